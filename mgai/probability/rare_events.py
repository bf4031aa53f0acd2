r"""Probabilities of rare means: Chernoff's bound, the prefactor of Bahadur and Rao, and what a tilted estimator costs.

Shown on the page ``chapters/5-probability/rare-events``. All probabilities are natural logarithms. ``law`` is one of
:mod:`mgai.probability.exponential_families`, the event is :math:`\bar X_n\ge a` with :math:`a>\mathbb EX`.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive
from mgai.probability.exponential_families import Law, Normal


def chernoff(law: Law, n: int, a: float) -> float:
    r"""The bound :math:`\ln P(\bar X_n\ge a)\le-nI(a)` (``thm-rare-events-cramer``).

    Args:
        law: of the summands.
        n: their number, positive.
        a: above the mean of the law, inside its range.

    Raises:
        ValueError: n is not positive, or a is not above the mean.

    Source: Cramér (1938), Chernoff (1952).

    >>> from mgai.probability.exponential_families import Exponential
    >>> round(chernoff(Exponential(1.0), 10, 2.0), 6)
    -3.068528
    """
    _check(law, n, a)
    return -n * float(law.rate(torch.tensor(a, dtype=torch.float64)))


def bahadur_rao(law: Law, n: int, a: float) -> float:
    r"""The leading term of :math:`\ln P(\bar X_n\ge a)`, prefactor included (``thm-rare-events-prefactor``).

    .. math:: -nI(a)-\ln\bigl(c\,s\sqrt{2\pi n}\bigr),\qquad c=\theta\ \text{ or }\ (1-e^{-\theta h})/h

    with :math:`\Lambda'(\theta)=a`, :math:`s^2=\Lambda''(\theta)`; the second for a law on a lattice of span h, where
    na must be an attainable sum.

    Args:
        law, n, a: as :func:`chernoff`.

    Raises:
        ValueError: as :func:`chernoff`.

    Source: Bahadur and Rao (1960), theorem 1.

    >>> from mgai.probability.exponential_families import Bernoulli
    >>> law = Bernoulli(0.5)
    >>> round(law.log_tail(1000, 0.7) - bahadur_rao(law, 1000, 0.7), 3)
    -0.004
    """
    return chernoff(law, n, a) - math.log(decay_constant(law, law.tilt(a)) * _tilted_deviation(law, a) * _root(n))


def decay_constant(law: Law, theta: float) -> float:
    r"""c with :math:`1/c=\int_0^\infty e^{-\theta t}dt`, or :math:`h\sum_{k\ge0}e^{-\theta hk}` on a lattice of span h.

    Raises:
        ValueError: :math:`\theta` is not positive.

    >>> from mgai.probability.exponential_families import Exponential, Poisson
    >>> decay_constant(Exponential(1.0), 0.5), round(decay_constant(Poisson(1.0), math.log(2)), 12)
    (0.5, 0.5)
    """
    check_positive(theta, "theta")
    return -math.expm1(-theta * law.span) / law.span if law.span else theta


def normal_log_tail(law: Law, n: int, a: float) -> float:
    r"""The central limit theorem, extrapolated: :math:`\ln\bar\Phi((a-\mu)\sqrt n/\sigma)`.

    Args:
        law, n, a: as :func:`chernoff`.

    Raises:
        ValueError: as :func:`chernoff`.

    >>> from mgai.probability.exponential_families import Exponential
    >>> round(normal_log_tail(Exponential(1.0), 1, 2.0), 4)
    -1.841
    """
    _check(law, n, a)
    return Normal(law.mean, law.variance).log_tail(n, a)


def log_second_moment(law: Law, n: int, a: float, theta: float) -> float:
    r"""The logarithm of the second moment of one weighted draw from the law tilted by :math:`\theta`.

    .. math:: \mathbb E_\theta\bigl[W^2\bigr]=e^{n(\Lambda(\theta)+\Lambda(-\theta))}\,P_{-\theta}(\bar X_n\ge a),\qquad
              W=\mathbf 1\{S_n\ge na\}\,e^{-\theta S_n+n\Lambda(\theta)}

    See ``thm-rare-events-tilting``. For :math:`\theta=0` it is the probability itself.

    Args:
        law, n, a: as :func:`chernoff`.
        theta: any tilt with a finite :math:`\Lambda(\theta)`.

    Returns:
        Infinity where :math:`\Lambda(-\theta)` is infinite.

    Raises:
        ValueError: as :func:`chernoff`; or there is no law tilted by :math:`\theta`.

    >>> from mgai.probability.exponential_families import Exponential
    >>> log_second_moment(Exponential(1.0), 5, 2.0, -1.0)  # twice the decay
    inf
    """
    _check(law, n, a)
    law.tilted(theta)  # refuses a tilt without a law
    both = law.log_mgf(torch.tensor([theta, -theta], dtype=torch.float64)).sum()
    if not bool(both.isfinite()):
        return math.inf
    return n * float(both) + law.tilted(-theta).log_tail(n, a)


def relative_deviation(law: Law, n: int, a: float, theta: float) -> float:
    r"""The standard deviation of one weighted draw in units of :math:`P(\bar X_n\ge a)`: draws needed are its square.

    Args:
        law, n, a, theta: as :func:`log_second_moment`.

    Raises:
        ValueError: as :func:`log_second_moment`; or the result is beyond the range of floats.

    >>> from mgai.probability.exponential_families import Normal
    >>> round(relative_deviation(Normal(), 1, 3.0, 0.0), 2), round(relative_deviation(Normal(), 1, 3.0, 3.0), 2)
    (27.2, 1.84)
    """
    excess = log_second_moment(law, n, a, theta) - 2 * law.log_tail(n, a)
    if excess > 1400 and excess < math.inf:
        raise ValueError(f"the relative deviation is about e^{excess / 2:.0f}: use log_second_moment")
    return math.sqrt(max(math.expm1(excess), 0.0)) if excess < 700 else math.exp(excess / 2)


def log_weights(law: Law, n: int, sums: Float[Tensor, " m"], theta: float) -> Float[Tensor, " m"]:
    r""":math:`\ln\frac{dP}{dP_\theta}=-\theta S_n+n\Lambda(\theta)`: what a draw from the tilted law counts.

    Args:
        law: of the summands, before the tilt.
        n: their number.
        sums: :math:`S_n`, drawn under the tilted law.
        theta: the tilt.

    Raises:
        ValueError: n is not positive.

    >>> log_weights(Normal(), 4, torch.tensor([2.0]), 1.0)
    tensor([0.])
    """
    if n < 1:
        raise ValueError(f"n must be a positive integer, not {n}")
    return -theta * sums + n * float(law.log_mgf(torch.tensor(theta, dtype=torch.float64)))


def two_sided_log_second_moment(c: float) -> float:
    r""":math:`\ln\bigl(e^{c^2}(\tfrac12+\bar\Phi(2c))\bigr)`: a tilt by c for the event :math:`|Z|\ge c`, Z normal.

    Raises:
        ValueError: c is not positive.

    Source: after the example of Glasserman and Wang (1997).

    >>> round(two_sided_log_second_moment(3.0), 4)  # of plain draws it is ln P, about -6
    8.3069
    """
    far = torch.special.ndtr(torch.tensor(-2 * check_positive(c, "c"), dtype=torch.float64))
    return c * c + math.log(0.5 + float(far))


def _tilted_deviation(law: Law, a: float) -> float:
    return math.sqrt(law.tilted(law.tilt(a)).variance)


def _root(n: int) -> float:
    return math.sqrt(2 * math.pi * n)


def _check(law: Law, n: int, a: float) -> None:
    if n != int(n) or n < 1:
        raise ValueError(f"n must be a positive integer, not {n}")
    if not law.mean < a < math.inf:
        raise ValueError(f"a must be above the mean {law.mean:g} and finite, not {a}")
