"""The figures of the page ``chapters/3-optimization/optimizers``: factors, paths, and Adam's first steps."""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures
from mgai.optimization.adaptive_rates import uncorrected_ratio
from mgai.optimization.momentum_rates import Tuning, best_momentum, momentum_factor, nesterov_factor, usual_nesterov
from mgai.optimization.optimizers import momentum_step, nesterov_step, zeros

_BETA = 0.81
_N_STEPS = 400


@functools.lru_cache
def measured_factors(beta: float, n_products: int = 22) -> tuple[Tensor, Tensor, Tensor]:
    r"""The products :math:`\eta\lambda` of a grid, and the factors that steps of momentum and of Nesterov show on them.

    One run for each learning rate, all as one computation: the geometric mean over 400 steps of what a step leaves of
    the state (distance and velocity). Where a run oscillates that is exact only in the limit of many steps.
    """
    products = torch.linspace(0.05, 2 * (1 + beta) + 0.4, n_products, dtype=torch.float64)
    rows = []
    for step in (momentum_step, _nesterov_on_a_parabola):
        theta, velocity = torch.ones_like(products), torch.zeros_like(products)
        growth = torch.zeros_like(products)
        for _ in range(_N_STEPS):
            theta, velocity = step(theta, theta, velocity, products, beta)
            size = torch.hypot(theta, velocity)
            growth += size.clamp(min=1e-300).log()
            theta, velocity = theta / size, velocity / size  # the step is linear in the state
        rows.append((growth / _N_STEPS).exp())
    return products, rows[0], rows[1]


def _nesterov_on_a_parabola(theta: Tensor, _: Tensor, velocity: Tensor, lr: Tensor, beta: float) -> tuple:
    return nesterov_step(theta, lambda p: p, velocity, lr, beta)


@figures.style()
def factors_figure(beta: float = _BETA) -> Figure:
    """What a step leaves of a component, against learning rate times eigenvalue: formulas (lines) and runs (dots)."""
    drawn = figures.figure(7.0, 4.0)
    axes = drawn.add_subplot(xlabel="learning rate × eigenvalue, ηλ", ylabel="factor of the error per step")
    s, b = torch.linspace(0, 2 * (1 + beta) + 0.4, 600, dtype=torch.float64), torch.tensor(beta, dtype=torch.float64)
    products, heavy, nesterov = measured_factors(beta)
    rows = ((momentum_factor(s, b), heavy, "momentum"), (nesterov_factor(s, b), nesterov, "Nesterov"))
    for (line, dots, label), colour, dash, marker in zip(
        rows, figures.COLOURS, figures.DASHES, figures.MARKERS, strict=False
    ):
        axes.plot(s, line, dash, color=colour, label=label)
        axes.plot(products, dots, marker, color=colour, markersize=4)
    axes.plot(s, momentum_factor(s, 0 * b), ":", color="0.4", label="no momentum")
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_ylim(0, 1.6)
    axes.legend(loc="lower right", fontsize=9, title=f"β = {beta:g}; dots: measured")
    return drawn


def factors_alt(beta: float = _BETA) -> str:
    """What :func:`factors_figure` shows, in words and numbers."""
    s = torch.linspace(0, 2 * (1 + beta) + 0.4, 600, dtype=torch.float64)
    b = torch.tensor(beta, dtype=torch.float64)
    rows = []
    for name, factor in (("Momentum", momentum_factor(s, b)), ("Nesterov", nesterov_factor(s, b))):
        rows.append(f"{name}: smallest factor {factor.min():.2f}, above 1 from ηλ = {s[factor < 1].max():.2f} on")
    return f"Two curves of the factor per step over ηλ for β = {beta:g}, with measured dots on them. {'; '.join(rows)}."


@functools.lru_cache
def paths(condition_number: float, n_steps: int) -> dict[str, Float[Tensor, "n 2"]]:
    """Gradient descent, momentum and Nesterov's step, each with its usual best tuning, on a quadratic in the plane."""
    curvature = torch.tensor([1.0, condition_number], dtype=torch.float64)
    plain = Tuning(2 / (1 + condition_number), 0.0, (condition_number - 1) / (condition_number + 1))
    tunings = {
        "gradient descent": plain,
        "momentum": best_momentum(1.0, condition_number),
        "Nesterov": usual_nesterov(1.0, condition_number),
    }
    result = {}
    for name, tuning in tunings.items():
        theta = torch.tensor([1.0, 0.3], dtype=torch.float64)
        velocity, points = zeros(theta), [theta]
        for _ in range(n_steps):
            if name == "Nesterov":
                theta, velocity = nesterov_step(theta, curvature.mul, velocity, tuning.lr, tuning.beta)
            else:
                theta, velocity = momentum_step(theta, curvature * theta, velocity, tuning.lr, tuning.beta)
            points.append(theta)
        result[name] = torch.stack(points)
    return result


@figures.style()
def paths_figure(condition_number: float = 30.0, n_steps: int = 40) -> Figure:
    """The paths on the contours (left), and their distances from the minimiser (right)."""
    drawn = figures.figure(7.0, 3.4)
    plane = drawn.add_subplot(1, 2, 1, xlabel="$θ_1$", ylabel="$θ_2$")
    decay = drawn.add_subplot(1, 2, 2, yscale="log", xlabel="step", ylabel="distance from the minimiser")
    first, second = (torch.linspace(-r, r, 121, dtype=torch.float64) for r in (1.1, 0.7))
    grid = first[None, :] ** 2 + condition_number * second[:, None] ** 2
    plane.contour(first, second, grid, levels=[0.02, 0.1, 0.3, 0.8, 1.8, 3.6, 8, 14], colors="0.6", linewidths=0.7)
    for (name, path), colour, dash, marker in zip(
        paths(condition_number, n_steps).items(), figures.COLOURS, figures.DASHES, figures.MARKERS, strict=False
    ):
        plane.plot(*path.T, dash, marker=marker, color=colour, markersize=3, linewidth=1)
        decay.plot(path.norm(dim=1), dash, color=colour, label=name)
    decay.legend(fontsize=8, loc="lower left")
    return drawn


def paths_alt(condition_number: float = 30.0, n_steps: int = 40) -> str:
    """What :func:`paths_figure` shows, in words and numbers."""
    rows = (
        f"{name} reaches {path[1:, 1].abs().max():.2f} in height and is {path[-1].norm():.1e} away in the end"
        for name, path in paths(condition_number, n_steps).items()
    )
    return (
        f"Left, three paths of {n_steps} steps from the height 0.3 on elliptic contours, condition number "
        f"{condition_number:g}; right, their distances from the minimiser. {'; '.join(rows)}."
    )


@figures.style()
def first_steps_figure(betas: tuple[tuple[float, float], ...] = ((0.9, 0.999), (0.9, 0.99), (0.9, 0.9))) -> Figure:
    """How many times longer Adam's steps are without bias correction."""
    drawn = figures.figure(7.0, 3.6)
    axes = drawn.add_subplot(xscale="log", yscale="log", xlabel="step t", ylabel="length without / with correction")
    counts = torch.logspace(0, 4, 200, dtype=torch.float64).round().long().unique()
    for (beta1, beta2), colour, dash in zip(betas, figures.COLOURS, figures.DASHES, strict=False):
        axes.plot(counts, uncorrected_ratio(counts, beta1, beta2), color=colour, linestyle=dash,
                  label=f"$β_1$ = {beta1:g}, $β_2$ = {beta2:g}")  # fmt: skip
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_yticks([0.5, 1, 2, 5], ["0.5", "1", "2", "5"])
    axes.set_yticks([], minor=True)
    axes.legend(loc="upper right", fontsize=9)
    return drawn


def first_steps_alt(betas: tuple[tuple[float, float], ...] = ((0.9, 0.999), (0.9, 0.99), (0.9, 0.9))) -> str:
    """What :func:`first_steps_figure` shows, in words and numbers."""
    rows = []
    for beta1, beta2 in betas:
        ratios = uncorrected_ratio(torch.arange(1, 10_001), beta1, beta2)
        rows.append(f"β1 = {beta1:g}, β2 = {beta2:g}: {ratios[0]:.2f} at step 1, largest {ratios.max():.2f} at step "
                    f"{int(ratios.argmax()) + 1}, {ratios[-1]:.2f} at step 10,000")  # fmt: skip
    return f"{len(rows)} curves of the ratio of step lengths without and with correction. {'; '.join(rows)}."
