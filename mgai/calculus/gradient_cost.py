r"""Derivatives from differences: their errors in arithmetic of a given precision, the best step, the complex step.

What differences cost is counted in :mod:`mgai.calculus.operation_tape`. Shown on the page
``chapters/2-calculus/gradient-cost``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer

Map = Callable[[Tensor], Tensor]


def rounded(x: Float[Tensor, "*shape"], bits: int) -> Float[Tensor, "*shape"]:
    r"""The nearest numbers with a significand of ``bits`` bits: relative error at most :math:`\varepsilon=2^{-bits}`.

    bits: 1 to 53 (float32 has 24, float64 53); TypeError or ValueError otherwise.

    >>> rounded(torch.tensor([1.0, 1.3, 5.0], dtype=torch.float64), 2)
    tensor([1.0000, 1.5000, 4.0000], dtype=torch.float64)
    """
    bits = check_integer(bits, "bits", 1, 53)
    significand, exponent = torch.frexp(x)
    return torch.ldexp(torch.round(significand * 2.0**bits), exponent - bits)


def difference_quotient(
    function: Map, x: Float[Tensor, " n"], step: float, central: bool = False
) -> Float[Tensor, " n"]:
    r"""Derivatives of a function of one variable at many points: :math:`(f(x+h)-f(x))/h`, or central.

    The distance that the rounded points really have is what is divided by, so that only values of f bring rounding.

    Args:
        function: acts entrywise on tensors.
        x: the points.
        step: the h, positive and finite.
        central: :math:`(f(x+h)-f(x-h))/2h` instead.

    Raises:
        ValueError: ``step`` or ``x`` is not as stated.
        TypeError: ``x`` is no floating-point tensor.

    Cost: two evaluations a point. The errors are in ``thm-best-step``.

    >>> difference_quotient(torch.square, torch.tensor([1.0, 2.0]), 0.5)
    tensor([2.5000, 4.5000])
    >>> difference_quotient(torch.square, torch.tensor([1.0, 2.0]), 0.5, central=True)
    tensor([2., 4.])
    """
    check_positive(step, "step")
    check_tensor(x, "x", None)
    high, low = x + step, x - step if central else x
    return (function(high) - function(low)) / (high - low)


def complex_step(function: Callable[[Complex[Tensor, " n"]], Tensor], x: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""Derivatives of a real analytic function: :math:`\operatorname{Im}f(x+ih)/h` with :math:`h=10^{-100}`.

    No difference is taken, so nothing cancels, and the error :math:`h^2|f'''|/6` is far below rounding.

    Args:
        function: acts entrywise on complex tensors; analytic, without ``abs``, ``max`` or conjugation.
        x: the points, float64.

    Raises:
        ValueError: ``x`` is no finite vector.
        TypeError: ``x`` is not float64.

    Cost: one complex evaluation a point. Source: Squire and Trapp, SIAM Review 40 (1998).

    >>> complex_step(lambda z: z**3, torch.tensor([2.0], dtype=torch.float64))
    tensor([12.], dtype=torch.float64)
    """
    check_tensor(x, "x", None)
    if x.dtype != torch.float64:
        raise TypeError(f"x must be float64, not {x.dtype}: the step is too small for other types")
    step = 1e-100
    values = function(torch.complex(x, torch.full_like(x, step)))
    return (values.imag if values.is_complex() else torch.zeros_like(values)) / step


def best_step(noise: float, bound: float, central: bool = False) -> tuple[float, float]:
    r"""The step for which the bound of ``thm-best-step`` is least, and that bound.

    Forward: :math:`h=2\sqrt{\delta/M_2}`, error :math:`2\sqrt{\delta M_2}`. Central: :math:`h=(3\delta/M_3)^{1/3}`,
    error :math:`\tfrac12(9\delta^2M_3)^{1/3}`.

    Args:
        noise: the :math:`\delta`, the largest error of a computed value.
        bound: :math:`M_2\ge|f''|`, or :math:`M_3\ge|f'''|` when ``central``.

    Raises:
        ValueError: an argument is not positive and finite.

    >>> best_step(1e-16, 1.0)
    (2e-08, 2e-08)
    """
    check_positive(noise, "noise")
    check_positive(bound, "bound")
    if central:
        return (3 * noise / bound) ** (1 / 3), (9 * noise**2 * bound) ** (1 / 3) / 2
    return 2 * (noise / bound) ** 0.5, 2 * (noise * bound) ** 0.5


def error_curve(
    function: Map, x: Float[Tensor, " n"], steps: Sequence[float], bits: int, central: bool = False
) -> Float[Tensor, " steps"]:
    r"""Root mean square error over the points ``x`` of difference quotients, for each step.

    Values of the function are rounded to ``bits`` bits; the derivative that they are compared with is automatic.

    Args:
        function: acts entrywise, differentiable.
        x: the points, float64.
        steps: positive.
        bits: 1 to 53.
        central: as :func:`difference_quotient`.

    Raises:
        TypeError, ValueError: as :func:`difference_quotient` and :func:`rounded`.

    >>> x = torch.linspace(0, 1, 5, dtype=torch.float64)
    >>> error_curve(torch.square, x, [0.5, 0.25], 53)  # h f''/2
    tensor([0.5000, 0.2500], dtype=torch.float64)
    """
    true = torch.func.grad(lambda points: function(points).sum())(x)
    found = [difference_quotient(lambda p: rounded(function(p), bits), x, step, central) for step in steps]
    return torch.stack([(each - true).square().mean().sqrt() for each in found])


def best_on_grid(function: Map, x: Float[Tensor, " n"], bits: int, central: bool = False) -> tuple[float, float]:
    r"""The step with the smallest root mean square error among :math:`2^{-j/4}`, and that error.

    The grid covers a factor of 16 on either side of :math:`\varepsilon^{1/2}`, central :math:`\varepsilon^{1/3}`.
    Arguments as :func:`error_curve`.

    >>> x = torch.linspace(0.5, 2, 100, dtype=torch.float64)
    >>> step, error = best_on_grid(torch.exp, x, 40)
    >>> 2**-21 < step < 2**-17
    True
    """
    centre = -bits / (3 if central else 2)
    steps = [2.0 ** (centre + j / 4) for j in range(-16, 17)]
    errors = error_curve(function, x, steps, bits, central)
    at = int(errors.argmin())
    return steps[at], float(errors[at])


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    r"""The slope of the least-squares line through :math:`(\ln x,\ln y)`: the exponent of a power law.

    x, y: positive, two or more; ValueError otherwise.

    >>> round(slope([1, 2, 4], [3, 12, 48]), 12)
    2.0
    """
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(f"x and y must have one length of two or more, not {len(x)} and {len(y)}")
    for name, values in (("x", x), ("y", y)):
        for value in values:
            check_positive(float(value), name)
    logs = torch.tensor([[float(value) for value in values] for values in (x, y)], dtype=torch.float64).log()
    across, up = logs - logs.mean(dim=1, keepdim=True)
    return float(across @ up / (across @ across))
