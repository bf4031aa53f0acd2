r"""Which minima a step size and a batch size leave stable: a product of two numbers, and one parameter with batches.

Shown on the page ``chapters/4-networks/flat-and-sharp-minima``. The product model has the loss
:math:`\frac12(uv-c)^2`; its minima, :math:`uv=c\ne0`, have the curvature :math:`u^2+v^2` and 0.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer
from mgai.optimization.stochastic_gradient import batch_covariance

#: Steps of the runs on the product model from random starts, and the target c.
STEPS, TARGET = (0.2, 0.25, 0.33, 0.5, 0.8), 1.0
N_STARTS, N_STEPS = 300, 2000


def product_descent(
    start: Float[Tensor, "*batch 2"], target: float, step: float, n_steps: int
) -> Float[Tensor, "*batch 2"]:
    r"""Where gradient descent on :math:`\frac12(uv-c)^2` is after some steps; divergent runs end in inf or nan.

    Args:
        start: u and v. target: c. step: :math:`\eta`, positive. n_steps: at least 0.

    Raises:
        TypeError, ValueError: an argument is not as stated.

    >>> product_descent(torch.tensor([2.0, 1.0]), 1.0, 0.5, 1)
    tensor([1.5000, 0.0000])
    """
    if start.shape[-1:] != (2,):
        raise ValueError(f"start must hold pairs, not have the shape {tuple(start.shape)}")
    check_positive(step, "step")
    for _ in range(check_integer(n_steps, "n_steps", 0)):
        residual = start.prod(-1, keepdim=True) - target
        start = start - step * residual * start.flip(-1)
    return start


def product_ends(
    starts: Float[Tensor, "n 2"], target: float, step: float, n_steps: int
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    r"""The curvature :math:`u^2+v^2` in which the convergent runs end, and that in which gradient flow ends from there.

    Gradient flow keeps :math:`d=u^2-v^2`, so that it ends with :math:`\sqrt{d^2+4c^2}`. A run counts as convergent
    when :math:`|uv-c|<10^{-9}` after the last step. Arguments and errors as for :func:`product_descent`.

    >>> product_ends(torch.tensor([[2.0, 0.1], [9.0, 9.0]], dtype=torch.float64), 1.0, 0.25, 200)[1]
    tensor([4.4632], dtype=torch.float64)
    """
    ends = product_descent(starts, target, step, n_steps)
    converged = (ends.prod(-1) - target).abs() < 1e-9
    imbalance = starts[..., 0].square() - starts[..., 1].square()
    return ends[converged].square().sum(-1), torch.sqrt(imbalance[converged].square() + 4 * target**2)


def product_runs() -> dict[float, tuple[Tensor, Tensor]]:
    """For each step the curvatures in which runs from 300 random starts end, and those of gradient flow from there."""
    rng = settings.generator("sharpness/starts")
    starts = 6 * torch.rand(N_STARTS, 2, dtype=torch.float64, generator=rng) - 3
    return {step: product_ends(starts, TARGET, step, N_STEPS) for step in STEPS}


def mean_square_factor(curvatures: Float[Tensor, " n"], size: int, step: float) -> float:
    r"""By what one step multiplies the mean square of :math:`\theta` (theorem ``thm-sharpness-batches``).

    .. math:: (1-\eta a)^2+\eta^2\frac{s^2}B\,\frac{n-B}{n-1}

    Args:
        curvatures: :math:`a_i` of the losses :math:`\frac12a_i\theta^2`; a and :math:`s^2` are their mean and
            variance (divisor n).
        size: B, drawn without replacement. step: :math:`\eta`, positive.

    Raises:
        TypeError, ValueError: an argument is not as stated.

    >>> mean_square_factor(torch.tensor([0.5, 0.5, 0.5, 3.0]), 1, 1.0)
    1.1875
    """
    check_tensor(curvatures, "curvatures", None)
    check_positive(step, "step")
    mean = float(curvatures.mean())
    return (1 - step * mean) ** 2 + step**2 * float(batch_covariance(curvatures[:, None], size, replacement=False))


def largest_stable_step(curvatures: Float[Tensor, " n"], size: int) -> float:
    r"""The step at which :func:`mean_square_factor` is 1, :math:`2a/(a^2+\frac{s^2}B\frac{n-B}{n-1})`.

    It is :math:`2/a` for the full batch, B = n.

    Raises TypeError or ValueError as there, and ValueError when the mean curvature is not positive.

    >>> largest_stable_step(torch.tensor([1.0, 3.0]), 1), largest_stable_step(torch.tensor([1.0, 3.0]), 2)
    (0.8, 1.0)
    """
    check_tensor(curvatures, "curvatures", None)
    mean = check_positive(float(curvatures.mean()), "curvatures: their mean")
    return 2 * mean / (mean**2 + float(batch_covariance(curvatures[:, None], size, replacement=False)))


def typical_factor(curvatures: Float[Tensor, " n"], step: float) -> float:
    r"""By what one step with a batch of one multiplies :math:`|\theta|` in the long run: the geometric mean.

    .. math:: \lim_t|\theta_t|^{1/t}=\exp\Bigl(\tfrac1n\sum_i\ln|1-\eta a_i|\Bigr)\quad\text{almost surely}

    Raises TypeError or ValueError as :func:`mean_square_factor`.

    >>> round(typical_factor(torch.tensor([0.5, 0.5, 0.5, 3.0]), 1.0), 4)
    0.7071
    """
    check_tensor(curvatures, "curvatures", None)
    check_positive(step, "step")
    return math.exp(float((1 - step * curvatures).abs().log().mean()))
