r"""How gradients grow with depth: products of random Jacobians, in theory and by backpropagation.

Weights are independent normal, of variance :math:`\sigma_w^2/n`, in layers of one width n, without biases. Shown on
the page ``chapters/2-calculus/deep-products``.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.activations import Activation, activation
from mgai.calculus.argument_checks import check_positive
from mgai.linear_algebra.low_rank import check_integer

#: A linear network as a special case of the ones with an activation.
IDENTITY = Activation("identity", lambda z: z, torch.ones_like, {})


def typical_rate(sigma_w: float, width: int) -> float:
    r"""The mean of :math:`\log(\|W^\top u\|/\|u\|)`: :math:`\lambda_1=\tfrac12(\log(2\sigma_w^2/n)+\psi(n/2))`.

    Exact for every n, and about :math:`\log\sigma_w-1/2n`. It is the rate at which almost every gradient of a deep
    linear network grows (page ``deep-products``, ``thm-linear-growth``), and the first of
    :func:`lyapunov_exponents`.

    sigma_w: positive and finite; width: at least 1; ValueError or TypeError otherwise.

    Source: Cohen and Newman (1984); Newman (1986).

    >>> round(typical_rate(1.0, 1), 4), round(typical_rate(1.0, 100), 4)
    (-0.6352, -0.005)
    """
    return float(lyapunov_exponents(sigma_w, width)[0])


def lyapunov_exponents(sigma_w: float, width: int) -> Float[Tensor, " width"]:
    r"""Growth rates of all singular values: :math:`\lambda_i=\tfrac12(\log(2\sigma_w^2/n)+\psi(\tfrac{n-i+1}2))`.

    sigma_w, width: as for :func:`typical_rate`. Descending, float64.

    Source: Newman (1986).

    >>> lyapunov_exponents(1.0, 2)
    tensor([-0.2886, -0.9818], dtype=torch.float64)
    """
    check_positive(sigma_w, "sigma_w")
    width = check_integer(width, "width", 1)
    degrees = torch.arange(width, 0, -1, dtype=torch.float64)
    return (math.log(2 * sigma_w**2 / width) + torch.special.digamma(degrees / 2)) / 2


def log_norm_variance(width: int) -> float:
    r"""The variance that each linear layer adds to :math:`\log\|g\|`: :math:`\tfrac14\psi'(n/2)\approx1/2n`.

    width: at least 1; ValueError or TypeError otherwise.

    >>> round(log_norm_variance(1), 4)
    1.2337
    """
    width = check_integer(width, "width", 1)
    return float(torch.special.polygamma(1, torch.tensor(width / 2, dtype=torch.float64))) / 4


def gradient_log_norms(
    name: str, sigma_w: float, width: int, depth: int, n_networks: int, generator: torch.Generator
) -> Float[Tensor, "n_networks depth"]:
    r"""The logarithm of the gradient's norm after 1, 2, ..., depth layers back, for independent random networks.

    Each network maps a normal input of variance 1 through ``depth`` layers :math:`a_l=\sigma(W_la_{l-1})`; a unit
    vector is then taken back from the output by :math:`u\mapsto W_l^\top(\sigma'(z_l)\odot u)`, scaled to length one
    after each layer so that nothing overflows.

    Args:
        name: an activation, or ``"identity"``.
        sigma_w: positive and finite.
        width, depth, n_networks: at least 1.
        generator: on the CPU; the result is on the CPU, in float64.

    Raises:
        ValueError, TypeError: an argument is not as stated.

    Cost: O(n_networks depth width²) normal draws, which dominate; that many numbers are kept.

    >>> gradient_log_norms("identity", 1.0, 4, 3, 2, torch.Generator()).shape
    torch.Size([2, 3])
    """
    check_positive(sigma_w, "sigma_w")
    sigma = IDENTITY if name == "identity" else activation(name)
    width, depth = check_integer(width, "width", 1), check_integer(depth, "depth", 1)
    shape = (check_integer(n_networks, "n_networks", 1), width, width)
    a = torch.randn(*shape[:2], 1, dtype=torch.float64, generator=generator)
    u = torch.randn(*shape[:2], 1, dtype=torch.float64, generator=generator)
    layers = []
    for _ in range(depth):
        w = torch.randn(*shape, dtype=torch.float64, generator=generator).mul_(sigma_w / width**0.5)
        z = w @ a
        a = sigma(z)
        layers.append((w, sigma.derivative(z)))
    return _lengths(u / u.norm(dim=1, keepdim=True), layers)


def _lengths(u: Tensor, layers: list[tuple[Tensor, Tensor]]) -> Tensor:
    logs = []
    for w, slopes in reversed(layers):
        u = w.mT @ (slopes * u)
        length = u.norm(dim=1, keepdim=True)
        logs.append(length[:, 0, 0].log())
        u = u / torch.where(length > 0, length, torch.ones_like(length))  # a dead ReLU network: log 0 from here on
    return torch.stack(logs, dim=1).cumsum(dim=1)


def triangular_log_growth(
    width: int, depth: int, n_networks: int, generator: torch.Generator
) -> Float[Tensor, "n_networks depth width"]:
    r"""The :math:`\log|R_{ii}|` of the product :math:`W_l\cdots W_1=QR` after each layer l, for :math:`\sigma_w=1`.

    Factored layer by layer, :math:`W_lQ_{l-1}=Q_lR_l`, so that no small number is lost to rounding. The diagonal
    entries of the layers multiply, and :math:`|R_{11}|/|R_{nn}|` is a lower bound of the condition number
    (page ``deep-products``, ``thm-condition``).

    width, depth, n_networks: at least 1; ValueError or TypeError otherwise. CPU, float64.

    Cost: one QR decomposition, O(width³), a layer and network.

    >>> triangular_log_growth(3, 5, 2, torch.Generator()).shape
    torch.Size([2, 5, 3])
    """
    width, depth = check_integer(width, "width", 1), check_integer(depth, "depth", 1)
    shape = (check_integer(n_networks, "n_networks", 1), width, width)
    q, logs = torch.eye(width, dtype=torch.float64).expand(shape), []
    for _ in range(depth):
        w = torch.randn(*shape, dtype=torch.float64, generator=generator) / width**0.5
        q, r = torch.linalg.qr(w @ q)
        logs.append(r.diagonal(dim1=-2, dim2=-1).abs().log())
    return torch.stack(logs, dim=1).cumsum(dim=1)


def next_variance(q: float, sigma_w: float) -> float:
    r"""The variance of the pre-activations one tanh layer on: :math:`\sigma_w^2E\tanh^2(\sqrt qZ)`.

    Holds in the limit of infinite width, without biases.

    q: the variance, at least 0; sigma_w: positive; ValueError otherwise.

    Source: Poole et al. (2016), without biases.

    >>> next_variance(0.0, 1.5)
    0.0
    """
    return check_positive(sigma_w, "sigma_w") ** 2 * _average(q, "tanh")


def growth_factor(q: float, sigma_w: float) -> float:
    r"""The factor on the mean square of the gradient in a tanh layer: :math:`\chi=\sigma_w^2E\tanh'(\sqrt qZ)^2`.

    q, sigma_w: as for :func:`next_variance`.

    Source: Schoenholz et al. (2017).

    >>> round(growth_factor(0.0, 1.5), 12)
    2.25
    """
    return check_positive(sigma_w, "sigma_w") ** 2 * _average(q, "slope")


def mean_field_log_growth(sigma_w: float, depth: int) -> Float[Tensor, " depth"]:
    r"""The predicted :math:`\log\|g\|` after 1, 2, ..., depth tanh layers back.

    It is :math:`\tfrac12\sum\log\chi(q_l)` over the layers passed, from the last one on. The variances start from
    :math:`q_1=\sigma_w^2`, an input of variance 1, and follow :func:`next_variance`.

    sigma_w: positive; depth: at least 1; ValueError or TypeError otherwise.

    >>> bool(mean_field_log_growth(3.0, 2)[1] > mean_field_log_growth(1.0, 2)[1])
    True
    """
    q, factors = check_positive(sigma_w, "sigma_w") ** 2, []
    for _ in range(check_integer(depth, "depth", 1)):
        factors.append(growth_factor(q, sigma_w))
        q = next_variance(q, sigma_w)
    return torch.tensor(factors[::-1], dtype=torch.float64).log().cumsum(dim=0) / 2


@cache
def _average(q: float, what: str) -> float:
    r"""A mean over :math:`Z\sim N(0,1)` by the trapezoidal rule.

    For a function that is analytic in a strip about the real axis its error falls like :math:`e^{-2\pi b/h}`, with the
    half width b of the strip. That of :math:`\tanh(\sqrt qz)` is :math:`\pi/2\sqrt q`, so that h = 0.01 serves up to
    q of several hundred.
    """
    if not (math.isfinite(q) and q >= 0):
        raise ValueError(f"q must be finite and not negative, not {q}")
    z = torch.linspace(-9.0, 9.0, 1801, dtype=torch.float64)
    value = torch.tanh(math.sqrt(q) * z)
    square = value.square() if what == "tanh" else (1 - value.square()).square()
    return float((square * torch.exp(-z.square() / 2)).sum()) * 0.01 / math.sqrt(2 * math.pi)


def last_step_squares(
    sigma_w: float, width: int, n_networks: int, generator: torch.Generator
) -> Float[Tensor, " n_networks"]:
    r"""Draws of :math:`\|D_1W_2^\top v\|^2/\|v\|^2` in tanh networks whose input has mean square 1.

    Their mean is :func:`growth_factor` at :math:`q=\sigma_w^2`, exactly, at every width: :math:`W_2` does not enter
    :math:`D_1`.

    sigma_w: positive; width, n_networks: at least 1; ValueError or TypeError otherwise. CPU, float64.

    Cost: 2 width² normal draws a network.

    >>> last_step_squares(1.0, 4, 3, torch.Generator()).shape
    torch.Size([3])
    """
    check_positive(sigma_w, "sigma_w")
    width = check_integer(width, "width", 1)
    shape = (2, check_integer(n_networks, "n_networks", 1), width, width)
    w1, w2 = torch.randn(*shape, dtype=torch.float64, generator=generator) * (sigma_w / width**0.5)
    x = v = torch.ones(width, dtype=torch.float64)
    return ((1 - torch.tanh(w1 @ x).square()) * (w2.mT @ v)).square().sum(dim=1) / width


def layer_gradients(
    name: str, sigma_w: float, width: int, depth: int, generator: torch.Generator
) -> Float[Tensor, "depth width width"]:
    r"""The gradients of :math:`\tfrac12\|a_L\|^2` in the weights of one random network, by reverse mode.

    Args:
        name, sigma_w, width, depth, generator: as for :func:`gradient_log_norms`.

    Raises:
        ValueError, TypeError: an argument is not as stated.

    >>> layer_gradients("tanh", 1.0, 3, 2, torch.Generator()).shape
    torch.Size([2, 3, 3])
    """
    check_positive(sigma_w, "sigma_w")
    sigma = IDENTITY if name == "identity" else activation(name)
    width, depth = check_integer(width, "width", 1), check_integer(depth, "depth", 1)
    draws = torch.randn(depth, width, width, dtype=torch.float64, generator=generator)
    weights = (draws * (sigma_w / width**0.5)).requires_grad_()
    a = torch.randn(width, dtype=torch.float64, generator=generator)
    for w in weights:
        a = sigma(w @ a)
    return torch.autograd.grad(a.square().sum() / 2, weights)[0]
