"""The sweeps of the page ``chapters/3-optimization/noise-and-saddles``: levels and runs are rows of one batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.escape_times import stationary_points, tilted_slope
from mgai.optimization.gradient_descent_trajectories import gradients
from mgai.optimization.noise_and_saddles import first_exit
from mgai.optimization.small_network_references import Slice


def saddle_experiment(
    case: Slice,
    generator: torch.Generator,
    levels: Sequence[float] = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
    n: int = 500,
    step: float = 0.1,
    radius: float = 0.3,
) -> tuple[Sequence[float], Float[Tensor, " levels"], float, float, float]:
    """Median steps until noisy descent from the saddle of a slice is ``radius`` off along the unstable direction.

    Args:
        case: the slice with its saddle.
        generator: draws the noise.
        levels: standard deviations of the noise in each component of the gradient.
        n: runs a level.
        step, radius: positive.

    Returns:
        The levels, the medians, the negative eigenvalue at the saddle, the step and the radius.

    >>> from mgai.optimization.small_network_references import example_slice
    >>> medians = saddle_experiment(example_slice(), torch.Generator().manual_seed(0), (1e-2, 1e-3), 100)[1]
    >>> bool(medians[1] > medians[0] > 1)
    True
    """
    slope = gradients(case.loss)
    values, vectors = torch.linalg.eigh(torch.func.jacrev(slope)(case.saddle))
    noise = case.saddle.new_tensor(list(levels)).repeat_interleave(n)

    def outside(points: Tensor) -> Tensor:
        return ((points - case.saddle) @ vectors[:, 0]).abs() > radius

    counts, _ = first_exit(slope, case.saddle.repeat(len(noise), 1), step, noise, outside, generator)
    return levels, counts.view(len(levels), n).double().quantile(0.5, dim=1), float(values[0]), step, radius


def well_experiment(diffusions: Sequence[float], step: float, n: int, generator: torch.Generator) -> dict[float, float]:
    r"""Mean times from the shallow minimum of the tilted double well to the deep one, for several :math:`D`.

    diffusions: :math:`D=\tfrac12\eta\sigma^2`; step: :math:`\eta`; n: runs for each D; a step takes the time
    :math:`\eta`.

    >>> times = well_experiment([0.1, 0.07], 0.1, 200, torch.Generator().manual_seed(0))
    >>> times[0.07] > times[0.1] > 1
    True
    """
    deep, _, shallow = stationary_points()
    noise = torch.tensor([math.sqrt(2 * d / step) for d in diffusions], dtype=torch.float64).repeat_interleave(n)
    starts = torch.full((len(noise), 1), shallow, dtype=torch.float64)
    counts, _ = first_exit(tilted_slope, starts, step, noise, lambda x: x[:, 0] <= deep, generator)
    times = step * counts.view(len(diffusions), n).double().mean(1)
    return dict(zip(diffusions, times.tolist(), strict=True))
