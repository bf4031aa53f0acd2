r"""The power law :math:`p(y)\propto(1+y^2)^{-\alpha}`: constant, moments, entropy, transport, and flows for it.

Shown on the page ``chapters/5-probability/heavy-tailed-flow``. With :math:`\nu=2\alpha-1` it is the law of
:math:`T_\nu/\sqrt\nu`, where :math:`T_\nu` has Student's law.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from scipy import special
from torch import Tensor

from mgai import settings
from mgai.calculus.argument_checks import check_tensor
from mgai.probability.monotone_flow import MonotoneFlow, excess, fit, panels


def normalising_constant(alpha: float) -> float:
    r"""The integral of :math:`(1+y^2)^{-\alpha}`, finite if and only if :math:`\alpha>\tfrac12`.

    .. math:: Z(\alpha)=\sqrt\pi\,\frac{\Gamma(\alpha-\frac12)}{\Gamma(\alpha)}

    Derived on the page (``thm-power-law``). Raises ValueError for :math:`\alpha\le\tfrac12`.

    >>> round(normalising_constant(1.0), 12) == round(math.pi, 12), normalising_constant(1.5)
    (True, 2.0)
    """
    _check(alpha)
    return math.sqrt(math.pi) * math.exp(math.lgamma(alpha - 0.5) - math.lgamma(alpha))


def absolute_moment(alpha: float, k: float) -> float:
    r"""The moment :math:`\mathbb E|Y|^k` of the power law; infinite unless :math:`k<2\alpha-1`.

    .. math:: \mathbb E|Y|^k=\frac{B\bigl(\frac{k+1}2,\alpha-\frac{k+1}2\bigr)}{B\bigl(\frac12,\alpha-\frac12\bigr)}

    Derived on the page (``thm-power-law``). k: not negative. Raises ValueError for alpha or k out of range.

    >>> round(absolute_moment(3.0, 2), 12), absolute_moment(1.5, 2)
    (0.333333333333, inf)
    """
    _check(alpha)
    if not 0 <= k < math.inf:
        raise ValueError(f"k must not be negative, and finite, not {k}")
    if k >= 2 * alpha - 1:
        return math.inf
    return math.exp(special.betaln((k + 1) / 2, alpha - (k + 1) / 2) - special.betaln(0.5, alpha - 0.5))


def mean_log(alpha: float) -> float:
    r"""The mean :math:`\mathbb E\ln(1+Y^2)=\psi(\alpha)-\psi(\alpha-\tfrac12)`, finite for every law of the family.

    >>> round(mean_log(1.0) - 2 * math.log(2), 12)
    0.0
    """
    _check(alpha)
    return float(special.digamma(alpha) - special.digamma(alpha - 0.5))


def power_law_entropy(alpha: float) -> float:
    r"""The differential entropy in nats, :math:`h=\ln Z+\alpha\,[\psi(\alpha)-\psi(\alpha-\tfrac12)]`.

    >>> round(power_law_entropy(1.0) - math.log(4 * math.pi), 12)  # Cauchy's law
    0.0
    """
    return math.log(normalising_constant(alpha)) + alpha * mean_log(alpha)


def power_law_sample(alpha: float, n: int, label: str) -> Float[Tensor, " n"]:
    """Independent draws: Student's law with 2 alpha - 1 degrees of freedom, over their root.

    >>> len(power_law_sample(1.0, 3, "example"))
    3
    """
    _check(alpha)
    nu = 2 * alpha - 1
    return torch.from_numpy(settings.numpy_generator(label).standard_t(nu, size=n) / math.sqrt(nu))


def power_law_survival(alpha: float, y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The probability :math:`\mathbb P(Y>y)=\tfrac12I_{1/(1+y^2)}(\alpha-\tfrac12,\tfrac12)` for y >= 0.

    Raises ValueError: alpha at most a half, or y negative or not finite.

    >>> power_law_survival(1.0, torch.tensor([0.0, 1.0], dtype=torch.float64))
    tensor([0.5000, 0.2500], dtype=torch.float64)
    """
    _check(alpha)
    check_tensor(y, "y", None)
    if bool((y < 0).any()):
        raise ValueError("y has negative entries")
    inside = 1 / (1 + y.double().cpu().numpy() ** 2)
    return torch.from_numpy(special.betainc(alpha - 0.5, 0.5, inside) / 2).to(y)


def power_law_quantile(alpha: float, level: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The point beyond which lies the probability ``level``, between 0 and a half.

    >>> power_law_quantile(1.0, torch.tensor([0.25], dtype=torch.float64))
    tensor([1.0000], dtype=torch.float64)
    """
    _check(alpha)
    inside = special.betaincinv(alpha - 0.5, 0.5, 2 * level.double().cpu().numpy())
    return torch.from_numpy(np.sqrt((1 - inside) / inside)).to(level)


def power_law_transport(alpha: float, y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The increasing map of the power law to the standard normal; it grows like :math:`\sqrt{2(2\alpha-1)\ln y}`.

    >>> power_law_transport(1.0, torch.tensor([-1.0, 1.0], dtype=torch.float64))
    tensor([-0.6745,  0.6745], dtype=torch.float64)
    """
    return -y.sign() * torch.special.ndtri(power_law_survival(alpha, y.abs()))


def power_law_nodes(alpha: float, n_panels: int = 250) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""Nodes in :math:`t=\operatorname{arsinh}y` and weights for expectations; in t the tails are exponential.

    The density of t is :math:`(\cosh t)^{1-2\alpha}/Z`; it is cut off where it has fallen by :math:`e^{-45}`.

    >>> t, w = power_law_nodes(3.0)
    >>> round(float(w @ torch.sinh(t) ** 2), 12)
    0.333333333333
    """
    _check(alpha)
    edges = torch.cat([torch.arange(0, 6, 0.125), torch.linspace(6, 6 + 45 / (2 * alpha - 1), n_panels)]).double()
    t, w = panels(edges)
    w = w * torch.exp((1 - 2 * alpha) * (t + torch.log1p(torch.exp(-2 * t)) - math.log(2)))
    w = w / normalising_constant(alpha)
    return torch.cat([-t.flip(0), t]), torch.cat([w.flip(0), w])


def linear_excess(flow: MonotoneFlow, alpha: float) -> float:
    r"""What a flow with linear tails and a normal reference costs beyond the entropy: infinite for alpha <= 3/2.

    There :math:`\mathbb E\,g_\theta(Y)^2\ge a^2\,\mathbb EY^2/2-\text{const}` is infinite (``thm-linear-tails``).

    >>> linear_excess(fit(power_law_sample(1.5, 100, "example")), 1.5)
    inf
    """
    if alpha <= 1.5:
        return math.inf
    t, w = power_law_nodes(alpha)
    return excess(flow, torch.sinh(t), w, power_law_entropy(alpha))


def fit_adapted(y: Float[Tensor, " n"]) -> tuple[MonotoneFlow, float]:
    r"""The remedy: a flow of greatest likelihood after the tail map :math:`t=\operatorname{arsinh}(y)/\tau`.

    The scale is the sample's mean of :math:`|\operatorname{arsinh}y|`. The log-determinant of the tail map does not
    depend on the flow's parameters, so that the problem stays convex. Returns the flow, which acts on t, and the scale.

    >>> flow, scale = fit_adapted(power_law_sample(1.0, 200, "example"))
    >>> scale > 0
    True
    """
    t = torch.asinh(y)
    scale = float(t.abs().mean())
    return fit(t / scale), scale


def adapted_excess(flow: MonotoneFlow, scale: float, alpha: float) -> float:
    r"""What the flow with the tail map costs beyond the entropy; finite for every :math:`\alpha>\tfrac12`.

    .. math:: \mathbb E\,\ell_\theta(t)+\ln\tau+\tfrac12\mathbb E\ln(1+Y^2)-h,\qquad t=\operatorname{arsinh}(Y)/\tau

    >>> 0 < adapted_excess(*fit_adapted(power_law_sample(1.0, 200, "example")), 1.0) < math.inf
    True
    """
    t, w = power_law_nodes(alpha)
    return excess(flow, t / scale, w, power_law_entropy(alpha) - math.log(scale) - mean_log(alpha) / 2)


def gradient_tail_constant(alpha: float, slope: float) -> float:
    r"""The limit of :math:`t^{\alpha-1/2}\,\mathbb P(G>t)` for the gradient :math:`G=a^2Y^2-1` of the log slope.

    .. math:: \frac{2\,a^{2\alpha-1}}{(2\alpha-1)\,Z(\alpha)}

    Derived on the page (``thm-linear-tails``). Raises ValueError: alpha at most a half, or a slope not positive.

    >>> round(gradient_tail_constant(1.0, 1.0) * math.pi, 12)
    2.0
    """
    if not 0 < slope < math.inf:
        raise ValueError(f"slope must be positive, not {slope}")
    nu = 2 * alpha - 1
    return 2 * slope**nu / (nu * normalising_constant(alpha))


def mean_concentration(alpha: float, n: int) -> float:
    r"""How much of a sum of squares a few samples carry, exactly: :math:`\mathbb E\frac{\sum_iY_i^4}{(\sum_iY_i^2)^2}`.

    .. math:: n\int_0^\infty s\,\varphi''(s)\,\varphi(s)^{n-1}\,ds,\qquad
        \varphi(s)=\mathbb E e^{-sY^2}

    It lies between 1/n and 1; for :math:`\tfrac12<\alpha<\tfrac32` it tends to :math:`\tfrac32-\alpha` as n grows.

    Derived on the page (``thm-concentration``). Raises ValueError: alpha at most a half, or n < 1.

    >>> round(mean_concentration(1.0, 1), 6)
    1.0
    """
    _check(alpha)
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    t, w = power_law_nodes(alpha, 100)
    log_square, w = 2 * t[t > 0].sinh().log(), 2 * w[t > 0]
    # Both ends of the integrand in ln s fall exponentially, so that the trapezoidal rule is exact to rounding.
    log_s = torch.arange(-(35 + math.log(n)) / min(alpha - 0.5, 2), 60, 0.3, dtype=torch.float64)
    z = torch.exp((log_s[:, None] + log_square).clamp(max=7))
    missing, second = -torch.expm1(-z) @ w, (z.square() * torch.exp(-z)) @ w
    return float(0.3 * n * (second * torch.exp((n - 1) * torch.log1p(-missing.clamp(max=1 - 1e-16)))).sum())


def slope_gradient(x: Float[Tensor, " n"], nu: float = math.inf) -> Float[Tensor, " n"]:
    r"""The derivative by :math:`\ln a` of a sample's cost under a map with :math:`x=ay`: normal or Student reference.

    .. math:: \frac{\partial\ell}{\partial\ln a}=\frac{(\nu+1)\,x^2}{\nu+x^2}-1\in[-1,\nu),\qquad
        \nu=\infty:\quad x^2-1

    Derived on the page (``thm-student-reference``). nu: degrees of freedom of the reference, positive; infinite for the
    normal one. Raises ValueError unless nu is positive.

    >>> slope_gradient(torch.tensor([0.0, 1e9])), slope_gradient(torch.tensor([1e9]), 3.0)
    (tensor([-1.0000e+00,  1.0000e+18]), tensor([3.]))
    """
    if not nu > 0:
        raise ValueError(f"nu must be positive, not {nu}")
    square = x.square()
    return square - 1 if math.isinf(nu) else (nu + 1) / (1 + nu / square) - 1


def _check(alpha: float) -> None:
    if not 0.5 < alpha < math.inf:
        raise ValueError(f"alpha must be larger than 1/2 and finite, not {alpha}: the density has no finite integral")
