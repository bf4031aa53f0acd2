"""The figures of the page ``chapters/2-calculus/gradient-cost``: operations against inputs, errors against the step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.calculus.gradient_cost import complex_step, error_curve
from mgai.calculus.operation_tape import Program, difference_gradient, reverse_gradient, value_operations


def counts(program: Program, sizes: Sequence[int]) -> dict[str, list[int]]:
    """Operations for value, reverse sweep and differences, for each number of inputs; the inputs are all 1/2.

    >>> counts(lambda x: x[0] * x[1], [2])
    {'value': [1], 'value and gradient, reverse': [5], 'value and gradient, differences': [9]}
    """
    points = [torch.full((n,), 0.5, dtype=torch.float64) for n in sizes]
    return {
        "value": [value_operations(program, x) for x in points],
        "value and gradient, reverse": [reverse_gradient(program, x)[1] for x in points],
        "value and gradient, differences": [difference_gradient(program, x, 1e-8)[1] for x in points],
    }


@figures.style()
def operations_figure(program: Program, sizes: Sequence[int]) -> Figure:
    """Counted operations against the number of inputs, both axes logarithmic."""
    drawn = figures.figure(6.4, 4.0)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="inputs, n", ylabel="operations")
    for (label, numbers), marker, dash in zip(
        counts(program, sizes).items(), figures.MARKERS, figures.DASHES, strict=False
    ):
        axes.plot(sizes, numbers, marker=marker, linestyle=dash, label=label)
    axes.set_xticks(sizes, labels=[str(n) for n in sizes])
    axes.minorticks_off()
    axes.legend(loc="upper left", fontsize=10)
    return drawn


def operations_alt(program: Program, sizes: Sequence[int]) -> str:
    """What :func:`operations_figure` shows, in words and numbers."""
    rows = "; ".join(f"{label}: {numbers[0]} to {numbers[-1]}" for label, numbers in counts(program, sizes).items())
    return f"Operations for {sizes[0]} to {sizes[-1]} inputs. {rows}."


def curves(function: Callable[[Tensor], Tensor], x: Tensor, steps: Sequence[float], bits: int) -> dict[str, Tensor]:
    """The error curves of forward and central differences and of the complex step, one value a step.

    >>> x = torch.linspace(0, 1, 5, dtype=torch.float64)
    >>> [float(errors[0]) for errors in curves(torch.square, x, [0.5], 53).values()]
    [0.5, 0.0, 0.0]
    """
    true = torch.func.grad(lambda points: function(points).sum())(x)
    by_complex = (complex_step(function, x) - true).square().mean().sqrt()
    return {
        "forward difference": error_curve(function, x, steps, bits),
        "central difference": error_curve(function, x, steps, bits, central=True),
        "complex step, h = 1e-100": by_complex.expand(len(steps)),
    }


@figures.style()
def error_figure(function: Callable[[Tensor], Tensor], x: Tensor, steps: Sequence[float], bits: int = 53) -> Figure:
    """Errors of three routes to a derivative against the step, both axes logarithmic."""
    drawn = figures.figure(6.4, 4.2)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="step, $h$", ylabel="root mean square error of $f\\,'$")
    for (label, errors), marker, dash in zip(
        curves(function, x, steps, bits).items(), figures.MARKERS, figures.DASHES, strict=False
    ):
        axes.plot(steps, errors.cpu(), marker=marker, markersize=4, linestyle=dash, label=label)
    epsilon = 2.0**-bits
    for power, name in ((1 / 2, "1/2"), (1 / 3, "1/3")):
        axes.axvline(epsilon**power, color="0.4", linewidth=0.9, linestyle=":")
        axes.annotate(f"$\\varepsilon^{{{name}}}$", (epsilon**power, 1e-14), fontsize=11, ha="left", va="top")
    axes.legend(loc="upper center", fontsize=10)
    return drawn


def error_alt(function: Callable[[Tensor], Tensor], x: Tensor, steps: Sequence[float], bits: int = 53) -> str:
    """What :func:`error_figure` shows, in words and numbers."""
    parts = []
    for label, errors in curves(function, x, steps, bits).items():
        at = int(errors.argmin())
        where = f" at the step {steps[at]:.1g}" if errors.max() > errors.min() else " at every step"
        parts.append(f"{label}: smallest {errors[at]:.1e}{where}, {errors[0]:.1e} at the left end")
    return f"Errors against steps from {steps[0]:.0e} to {steps[-1]:.0e}; differences make a V. {'; '.join(parts)}."
