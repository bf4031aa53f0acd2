r"""The Wasserstein distance of order one on the line: closed forms, estimates from samples, and their exact mean.

Shown on the page ``chapters/6-information/wasserstein-distance``. With distribution functions F and G,
:math:`W_1(P,Q)=\min\mathbb E|X-Y|=\int|F-G|\,dx=\int_0^1|F^{-1}-G^{-1}|\,du` (``thm-crossings``).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.linear_algebra.low_rank import check_integer

_TAIL = 1e-14  # what a quadrature leaves out of each tail


def gaussian_wasserstein(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    r""":math:`W_1` of two Gaussians: :math:`\mathbb E|m+sZ|`, :math:`m=m_1-m_2`, :math:`s=|s_1-s_2|` (``eq-folded``).

    .. math:: W_1=s\sqrt{2/\pi}\,e^{-m^2/2s^2}+|m|\,\bigl(1-2\Phi(-|m|/s)\bigr)

    Args:
        mean_p, mean_q: finite.
        std_p, std_q: standard deviations, not negative (0 is a point mass).

    Raises:
        ValueError: a number is not finite, or a standard deviation is negative.

    Source: Leone, Nelson and Nottingham, Technometrics 3 (1961), for the folded normal law.

    >>> gaussian_wasserstein(0.0, 1.0, 2.0, 1.0), round(gaussian_wasserstein(0.0, 1.0, 0.0, 2.0), 4)
    (2.0, 0.7979)
    """
    if not all(map(math.isfinite, (mean_p, std_p, mean_q, std_q))):
        raise ValueError("mean_p, std_p, mean_q, std_q must be finite")
    if min(std_p, std_q) < 0:
        raise ValueError(f"std_p and std_q must not be negative, not {std_p} and {std_q}")
    return folded_normal_mean(mean_p - mean_q, abs(std_p - std_q))


def folded_normal_mean(mean: float, std: float) -> float:
    r""":math:`\mathbb E|m+sZ|` for a standard normal Z and :math:`s\ge0`.

    Raises ValueError when ``std`` is negative.

    >>> folded_normal_mean(-3.0, 0.0), round(folded_normal_mean(0.0, 1.0) ** 2 * math.pi, 12)
    (3.0, 2.0)
    """
    if std < 0:
        raise ValueError(f"std must not be negative, not {std}")
    if std == 0:
        return abs(mean)
    ratio = abs(mean) / std / math.sqrt(2)
    return std * math.sqrt(2 / math.pi) * math.exp(-(ratio**2)) + abs(mean) * math.erf(ratio)


def empirical_wasserstein(x: Float[Tensor, "*#batch n"], y: Float[Tensor, "*#batch n"]) -> Float[Tensor, "*shape"]:
    r""":math:`W_1` of two samples of one size: :math:`\frac1n\sum_i|x_{(i)}-y_{(i)}|`, by sorting (``thm-crossings``).

    Differentiable: the derivative by :math:`x_i` is the sign of its difference from the y of its rank, over n.

    Args:
        x, y: floating point, finite, n at least 1; leading axes are batches.

    Raises:
        TypeError, ValueError: a sample is not floating point, empty or not finite, or the sizes differ.

    Cost: O(n log n).

    >>> empirical_wasserstein(torch.tensor([0.0, 3.0]), torch.tensor([4.0, 1.0]))
    tensor(1.)
    """
    check_sample(x, "x")
    check_sample(y, "y")
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"y has {y.shape[-1]} draws and x {x.shape[-1]}: for unequal sizes use wasserstein_by_cdf")
    return (x.sort(-1).values - y.sort(-1).values).abs().mean(-1)


def wasserstein_by_cdf(x: Float[Tensor, " n"], y: Float[Tensor, " m"]) -> Float[Tensor, ""]:
    r""":math:`W_1` of two samples of any sizes: :math:`\int|F_n-G_m|\,dx`, a sum over the gaps of the merged samples.

    Args, Raises and cost as for :func:`empirical_wasserstein`, for single samples.

    >>> wasserstein_by_cdf(torch.tensor([0.0]), torch.tensor([1.0, -3.0]))
    tensor(2.)
    """
    for sample, name in ((x, "x"), (y, "y")):
        check_sample(sample, name)
        if sample.ndim != 1:
            raise ValueError(f"{name} must be one sample, not of shape {tuple(sample.shape)}")
    places = torch.cat([x, y]).sort().values
    shares = [torch.searchsorted(s.sort().values, places[:-1], right=True).to(places.dtype) / len(s) for s in (x, y)]
    return ((shares[0] - shares[1]).abs() * places.diff()).sum()


def expected_empirical_wasserstein(p: Any, q: Any, n: int, n_points: int = 401) -> float:
    r"""The mean of :math:`W_1(P_n,Q_n)` over pairs of independent samples of size n, exactly up to quadrature.

    At each x the two empirical distribution functions are independent binomial counts over n (``eq-mean-distance``):

    .. math:: \mathbb E\,W_1(P_n,Q_n)=\frac1n\int\mathbb E|B_{n,F(x)}-B'_{n,G(x)}|\,dx ,\qquad
        \mathbb E|B-B'|=\sum_k \Pr(B\le k<B')+\Pr(B'\le k<B) .

    Args:
        p, q: continuous laws with ``cdf`` and ``ppf``, such as SciPy's frozen distributions; tails no heavier than
            exponential, since the range of integration ends at their 1e-14 quantiles.
        n: draws in each sample, at least 1.
        n_points: nodes of the trapezoidal rule, which converges faster than any power where the laws are smooth.

    Raises:
        TypeError, ValueError: ``n`` or ``n_points`` is no integer or too small.

    Cost: O(n · n_points).

    >>> from scipy.stats import norm
    >>> round(expected_empirical_wasserstein(norm(), norm(), 1) * math.sqrt(math.pi), 9)  # E|X - Y| = 2/sqrt(pi)
    2.0
    """
    n, n_points = check_integer(n, "n", 1), check_integer(n_points, "n_points", 3)
    low = min(float(law.ppf(_TAIL)) for law in (p, q))
    high = max(float(law.ppf(1 - _TAIL)) for law in (p, q))
    x = torch.linspace(low, high, n_points, dtype=torch.float64)
    below, above = (_binomial_cdf(n, torch.as_tensor(law.cdf(x.numpy()))) for law in (p, q))
    differences = (below * (1 - above) + above * (1 - below)).sum(0)
    return float(torch.trapezoid(differences, x)) / n


def gaussian_bias(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    r"""The limit of :math:`n\,(\mathbb E\,W_1(P_n,Q_n)-W_1(P,Q))` for Gaussians of unequal spread (``eq-bias``).

    .. math:: \frac{2F(1-F)}{|f-g|}=\frac{2\,\Phi(z)\,\Phi(-z)\,s_1s_2}{|s_1-s_2|\,\varphi(z)}\quad\text{where}\ F=G ,
        \qquad z=\frac{m_2-m_1}{s_1-s_2} .

    Raises:
        ValueError: the standard deviations are equal or not positive.

    >>> round(gaussian_bias(0.0, 1.0, 0.0, 2.0), 4)
    2.5066
    """
    if min(std_p, std_q) <= 0 or std_p == std_q:
        raise ValueError(f"std_p and std_q must be positive and unequal, not {std_p} and {std_q}")
    z = (mean_q - mean_p) / (std_p - std_q)
    inside = math.erfc(z / math.sqrt(2)) * math.erfc(-z / math.sqrt(2)) / 4
    density = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return 2 * inside * std_p * std_q / abs(std_p - std_q) / density


def check_sample(sample: Tensor, name: str) -> None:
    """Raise unless ``sample`` is a floating-point tensor of finite draws, at least one, along its last axis."""
    if not isinstance(sample, Tensor) or not sample.is_floating_point():
        raise TypeError(f"{name} must be a floating-point tensor")
    if sample.ndim == 0 or sample.numel() == 0:
        raise ValueError(f"{name} must hold at least one draw, not shape {tuple(sample.shape)}")
    if not bool(torch.isfinite(sample).all()):
        raise ValueError(f"{name} has entries that are not finite")


def _binomial_cdf(n: int, share: Float[Tensor, " points"]) -> Float[Tensor, "n points"]:
    """P(B ≤ k) for k = 0..n-1 (at k = n it is one and adds nothing)."""
    k = torch.arange(n, dtype=share.dtype)[:, None]
    count = torch.lgamma(torch.tensor(n + 1.0, dtype=share.dtype)) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
    log_mass = count + torch.xlogy(k, share) + torch.xlogy(n - k, 1 - share)
    return log_mass.exp().cumsum(0).clamp(max=1.0)
