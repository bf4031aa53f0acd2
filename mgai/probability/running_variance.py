r"""Three ways to compute the variance of a sample in floating point, of which one cancels.

Shown on the page ``chapters/5-probability/rules-and-moments``. With the condition number
:math:`\kappa=\sqrt{1+\bar x^2/\sigma^2}` and the unit round-off u, relative errors are bounded to first order by
:math:`nu\kappa^2` for the textbook formula, and by :math:`nu\kappa` for the running one; the bound for two passes is
:math:`nu+n^2u^2\kappa^2` (Chan, Golub, LeVeque 1983). All divide by n: the variance of the law with the
probabilities 1/n.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor


def textbook_variance(sample: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r""":math:`\frac1n\sum_ix_i^2-\bar x^2`: formula ``cs-01-12`` as it stands. Cancels if the mean is large.

    Args:
        sample: the numbers.

    Raises:
        TypeError, ValueError: ``sample`` is no finite floating-point vector.

    Cost: one pass.

    >>> textbook_variance(torch.tensor([4096.0, 4098.0]))  # should be 1
    tensor(2.)
    """
    check_tensor(sample, "sample", None)
    return sample.square().mean() - sample.mean().square()


def two_pass_variance(sample: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r""":math:`\frac1n\sum_i(x_i-\bar x)^2`: first the mean, then the squares of the deviations.

    Raises:
        TypeError, ValueError: as :func:`textbook_variance`.

    Cost: two passes.

    >>> two_pass_variance(torch.tensor([4096.0, 4098.0]))
    tensor(1.)
    """
    check_tensor(sample, "sample", None)
    return (sample - sample.mean()).square().mean()


def running_variance(sample: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    r"""The variance by Welford's recurrence: one pass, and the sample need not be kept.

    :math:`m_k=m_{k-1}+(x_k-m_{k-1})/k` and :math:`S_k=S_{k-1}+(x_k-m_{k-1})(x_k-m_k)`, then :math:`S_n/n`; proof on the
    page ``chapters/5-probability/rules-and-moments``, ``thm-welford``.

    Args:
        sample: the numbers.

    Raises:
        TypeError, ValueError: as :func:`textbook_variance`.

    Cost: one pass, in a Python loop.

    Source: Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 4 (1962).

    >>> running_variance(torch.tensor([4096.0, 4098.0]))
    tensor(1.)
    """
    check_tensor(sample, "sample", None)
    mean, squares = torch.zeros_like(sample[0]), torch.zeros_like(sample[0])
    for k, x in enumerate(sample, start=1):
        before = x - mean
        mean = mean + before / k
        squares = squares + before * (x - mean)
    return squares / len(sample)


def condition_number(mean: float, deviation: float) -> float:
    r""":math:`\kappa=\sqrt{1+\mu^2/\sigma^2}`: how much a relative error of the data can grow in the variance.

    Raises:
        ValueError: ``deviation`` is not positive, or an argument is not finite.

    >>> condition_number(0.0, 2.0)
    1.0
    """
    if not (math.isfinite(mean) and 0 < deviation < math.inf):
        raise ValueError(f"mean={mean} and deviation={deviation} must be finite, the latter positive")
    return math.hypot(1.0, mean / deviation)
