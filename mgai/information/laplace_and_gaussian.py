r"""A Gaussian beside a Laplace law: divergences and distance in closed form, and two estimates from samples.

Shown on the page ``chapters/6-information/wasserstein-distance``. The Laplace law of location a and scale b has the
density :math:`e^{-|x-a|/b}/2b`, variance :math:`2b^2` and entropy :math:`1+\ln 2b`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import log_ndtr
from torch import Tensor

from mgai.information.wasserstein_distance import check_sample, folded_normal_mean
from mgai.linear_algebra.low_rank import check_integer

_LARGEST_BIN = 2.0**52
_NO_CROSSING = 1e-7  # below it rounding hides the crossing, whose share of the distance is its square


def kl_gaussian_laplace(mean: float, std: float, location: float, scale: float) -> float:
    r""":math:`D(\mathcal N(m,s^2)\,\|\,\mathrm{Laplace}(a,b))`, finite for all parameters (``thm-kl-laplace``).

    .. math:: \ln 2b-\tfrac12\ln(2\pi e s^2)+\tfrac1b\,\mathbb E|m-a+sZ|

    Raises ValueError when ``std`` or ``scale`` is not positive.

    >>> round(kl_gaussian_laplace(0.0, 1.0, 0.0, 0.5**0.5), 6)
    0.056014
    """
    _check_positive(std, scale)
    entropy = 0.5 * math.log(2 * math.pi * math.e) + math.log(std)
    return math.log(2 * scale) - entropy + folded_normal_mean(mean - location, std) / scale


def kl_laplace_gaussian(location: float, scale: float, mean: float, std: float) -> float:
    r""":math:`D(\mathrm{Laplace}(a,b)\,\|\,\mathcal N(m,s^2))`, finite for all parameters (``thm-kl-laplace``).

    .. math:: \tfrac12\ln(2\pi s^2)-1-\ln 2b+\frac{2b^2+(a-m)^2}{2s^2}

    Raises ValueError when ``std`` or ``scale`` is not positive.

    >>> round(kl_laplace_gaussian(0.0, 0.5**0.5, 0.0, 1.0), 6)
    0.072365
    """
    _check_positive(std, scale)
    spread = scale**2 / std**2 + 0.5 * ((location - mean) / std) ** 2
    return 0.5 * math.log(2 * math.pi) + math.log(std) - 1 - math.log(2 * scale) + spread


def wasserstein_laplace_gaussian(scale: float, std: float) -> float:
    r""":math:`W_1(\mathrm{Laplace}(0,b),\mathcal N(0,s^2))`, in closed form up to one root (``eq-laplace-distance``).

    The tails of the moduli, :math:`e^{-x/b}` and :math:`2\Phi(-x/s)`, cross once, at c, if :math:`b<s\sqrt{\pi/2}`, and
    never otherwise (then c = 0). With A(c) and B(c) the integrals of the two from 0 to c,

    .. math:: W_1=b-s\sqrt{2/\pi}+2\,\bigl(B(c)-A(c)\bigr) .

    Raises ValueError when ``std`` or ``scale`` is not positive.

    >>> round(wasserstein_laplace_gaussian(2.0, 1.0) + math.sqrt(2 / math.pi), 12)
    2.0
    """
    _check_positive(std, scale)
    c = _tail_crossing(scale, std)
    laplace = -scale * math.expm1(-c / scale)
    gaussian = c * math.erfc(c / std / math.sqrt(2)) - std * math.sqrt(2 / math.pi) * math.expm1(-((c / std) ** 2) / 2)
    return scale - std * math.sqrt(2 / math.pi) + 2 * (gaussian - laplace)


def laplace_sample(scale: float, shape: tuple[int, ...], generator: torch.Generator) -> Float[Tensor, "*shape"]:
    """Draws from the centred Laplace law: an exponential one with a random sign, in float64 on the CPU.

    Raises ValueError when ``scale`` is not positive.

    >>> laplace_sample(2.0, (3,), torch.Generator().manual_seed(0)).shape
    torch.Size([3])
    """
    _check_positive(1.0, scale)
    sign, share = 2.0 * torch.rand(2, *shape, generator=generator, dtype=torch.float64) - 1
    return -scale * sign.sign() * torch.log((share + 1) / 2 + 2.0**-54)  # the shift keeps the logarithm finite


def histogram_kl(x: Float[Tensor, "*#batch n"], y: Float[Tensor, "*#batch m"], width: float) -> Float[Tensor, "*shape"]:
    r"""The divergence of two histograms: infinite when a bin that x fills is empty in y.

    .. math:: \sum_k \hat p_k\ln(\hat p_k/\hat q_k)

    Bins are :math:`[kw,(k+1)w)` for all integers k.

    Args:
        x, y: samples, floating point, finite; leading axes are batches.
        width: of a bin, positive.

    Raises:
        TypeError, ValueError: a sample is none, or ``width`` is not positive or too small for the range of the samples.

    >>> x, y = torch.tensor([0.5, 0.5, 0.5, 1.5]), torch.tensor([0.5, 1.5])
    >>> histogram_kl(x, y, 1.0), histogram_kl(x, y[:1], 1.0)
    (tensor(0.1308), tensor(inf))
    """
    check_sample(x, "x")
    check_sample(y, "y")
    if not width > 0:
        raise ValueError(f"width must be positive, not {width}")
    bins = [(sample / width).floor() for sample in (x, y)]
    if max(float(b.abs().max()) for b in bins) > _LARGEST_BIN:
        raise ValueError(f"width={width} is too small for the range of the samples")
    first = min(int(b.min()) for b in bins)
    count = max(int(b.max()) for b in bins) - first + 1
    p, q = (_shares((b - first).long(), count).to(x.dtype) for b in bins)
    return torch.where(p > 0, p * (p / q).log(), 0.0).sum(-1)


def nearest_neighbour_kl(
    x: Float[Tensor, "*#batch n"], y: Float[Tensor, "*#batch m"], k: int = 1
) -> Float[Tensor, "*shape"]:
    r"""An estimate of :math:`D(P\|Q)` from k-th nearest neighbours.

    .. math:: \frac1n\sum_i\ln\frac{\nu_i}{\rho_i}+\ln\frac m{n-1}

    ρ is the distance of :math:`x_i` to its k-th neighbour in x, ν to that in y. Consistent for densities on the line;
    infinite or undefined when draws coincide.

    Args:
        x, y: samples of more than k draws, floating point, finite; leading axes are batches.
        k: at least 1.

    Raises:
        TypeError, ValueError: a sample is none or too small, or ``k`` is no positive integer.

    Cost: O(n (k + log nm)), since the line is ordered.

    Source: Wang, Kulkarni and Verdú, IEEE Transactions on Information Theory 55 (2009).

    >>> nearest_neighbour_kl(torch.tensor([0.0, 1.0]), torch.tensor([0.5, 3.0]))  # ln(1/2) + ln 2
    tensor(0.)
    """
    check_sample(x, "x")
    check_sample(y, "y")
    k = check_integer(k, "k", 1)
    n, m = x.shape[-1], y.shape[-1]
    if min(n - 1, m) < k:
        raise ValueError(f"x and y must hold more than k={k} draws, not {n} and {m}")
    within, across = _kth_distance(x, x, k + 1), _kth_distance(x, y, k)  # each draw is its own neighbour
    return (across / within).log().mean(-1) + math.log(m / (n - 1))


def _shares(bins: Tensor, count: int) -> Tensor:
    """The share of draws in each bin."""
    counts = torch.zeros(*bins.shape[:-1], count, dtype=torch.float64, device=bins.device)
    return counts.scatter_add(-1, bins, torch.ones_like(bins, dtype=torch.float64)) / bins.shape[-1]


def _kth_distance(points: Tensor, others: Tensor, k: int) -> Tensor:
    """The k-th smallest distance of each point to the others: among the k on its left and the k on its right."""
    ends = others.new_full((*others.shape[:-1], k), math.inf)
    padded = torch.cat([-ends, others.sort(-1).values, ends], dim=-1)
    first = torch.searchsorted(padded, points.contiguous()) - k
    windows = first.unsqueeze(-1) + torch.arange(2 * k, device=points.device)
    near = padded.gather(-1, windows.flatten(-2)).unflatten(-1, (-1, 2 * k))
    return (near - points.unsqueeze(-1)).abs().kthvalue(k, dim=-1).values


def _tail_crossing(scale: float, std: float) -> float:
    """Where exp(-x/b) = 2Φ(-x/s) beyond 0, or 0: a Gaussian's hazard rate grows, a Laplace law's is constant."""
    ratio = std / scale
    if ratio <= math.sqrt(2 / math.pi):
        return 0.0

    def gap(t: float) -> float:  # logarithm of the Gaussian tail over the Laplace tail, at x = ts
        return math.log(2) + float(log_ndtr(-t)) + t * ratio

    low = 2 * ratio + 1.0  # there the logarithm is negative, since 2Φ(-t) is at most exp(-t²/2)
    while gap(low) <= 0:
        low /= 2
        if low < _NO_CROSSING:
            return 0.0
    return std * float(brentq(gap, low, 2 * low, xtol=1e-15))


def _check_positive(std: float, scale: float) -> None:
    if not (0 < std < math.inf and 0 < scale < math.inf):
        raise ValueError(f"std and scale must be positive and finite, not {std} and {scale}")
