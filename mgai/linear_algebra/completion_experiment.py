"""Held-out prediction error of completion methods; every choice is made on a validation split.

The experiments of the page ``chapters/1-linear-algebra/matrix-completion``: which entries are hidden, which
penalty or rank is chosen and by what, and how far each prediction is off on entries that no method has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mgai import data, settings
from mgai.linear_algebra.completion_objective import largest_penalty
from mgai.linear_algebra.matrix_completion import (
    additive_fit,
    soft_impute,
    soft_impute_path,
    zero_filled_svd,
)
from mgai.linear_algebra.matrix_factorization import alternating_least_squares

#: Penalties of the sweep in units of the largest useful one, falling.
FRACTIONS = tuple(float(x) for x in torch.logspace(-0.25, -2.0, 8, dtype=torch.float64))
RANKS = (1, 2, 4, 8, 16)
#: Ranks and ridges (in the same units) tried for alternating least squares.
ALS_GRID = tuple((rank, ridge) for rank in (4, 8, 16) for ridge in (0.01, 0.03, 0.1))
_SWEEPS = 15  # of alternating least squares
_TRIALS = {"fast": 6, "full": 30}


class Split(NamedTuple):
    """Disjoint masks of the entries: to fit on, to choose by, and to be judged on (never seen before)."""

    train: Tensor
    validation: Tensor
    test: Tensor

    @property
    def observed(self) -> Bool[Tensor, "m n"]:
        """All that a method may look at: train and validation together."""
        return self.train | self.validation


class HeldOut(NamedTuple):
    """Test errors of the methods and of soft-impute at every penalty; the index and rank validation chose."""

    errors: Mapping[str, float]
    path_errors: tuple[float, ...]
    chosen: int
    rank: int


def split_entries(shape: tuple[int, int], observed: float, generator: torch.Generator) -> Split:
    """Entries observed independently with one probability; one observed entry in ten is for validation.

    >>> parts = split_entries((40, 50), 0.5, settings.generator("example"))
    >>> bool((sum(part.int() for part in parts) == 1).all())
    True
    """
    if not 0 < observed < 1:
        raise ValueError(f"observed must be between 0 and 1, not {observed}")
    draw = torch.rand(shape, generator=generator, dtype=torch.float64)
    return Split(draw < 0.9 * observed, (draw >= 0.9 * observed) & (draw < observed), draw >= observed)


def rmse(prediction: Float[Tensor, "m n"], truth: Float[Tensor, "m n"], where: Bool[Tensor, "m n"]) -> float:
    """Root mean square error over the entries of a mask, in the unit of the entries.

    >>> rmse(torch.zeros(1, 2), torch.tensor([[3.0, 9.0]]), torch.tensor([[True, False]]))
    3.0
    """
    return float((prediction - truth)[where].square().mean().sqrt())


def best(fits: Sequence[Tensor], truth: Float[Tensor, "m n"], where: Bool[Tensor, "m n"]) -> int:
    """The index of the fit with the smallest error on ``where`` (the validation entries)."""
    errors = [rmse(fit, truth, where) for fit in fits]
    return errors.index(min(errors))


def held_out(truth: Float[Tensor, "m n"], split: Split) -> HeldOut:
    """Fit on ``split.train``, choose by ``split.validation``, refit on both, judge on ``split.test``."""
    top = largest_penalty(truth, split.observed)
    penalties = [top * fraction for fraction in FRACTIONS]
    tried = soft_impute_path(truth, split.train, penalties, tolerance=2e-3)
    chosen = best([fit.matrix for fit in tried], truth, split.validation)
    path = [fit.matrix for fit in soft_impute_path(truth, split.observed, penalties, tolerance=2e-3)]
    grid = [(rank, ridge * top) for rank, ridge in ALS_GRID]
    ranks = [(rank,) for rank in RANKS]
    fits = {
        "soft-impute": path[chosen],
        "alternating least squares": _choose(_als, grid, truth, split),
        "row and column means": additive_fit(truth, split.observed),
        "rescaled zero-filled SVD": _choose(zero_filled_svd, ranks, truth, split),
        "zero-filled SVD": _choose(partial(zero_filled_svd, rescale=False), ranks, truth, split),
        "global mean": torch.full_like(truth, float(truth[split.observed].mean())),
        "zero": torch.zeros_like(truth),
    }
    return HeldOut(
        MappingProxyType({name: rmse(fit, truth, split.test) for name, fit in fits.items()}),
        tuple(rmse(fit, truth, split.test) for fit in path),
        chosen,
        int(torch.linalg.matrix_rank(path[chosen])),
    )


def digits_trials(n_images: int = 200, observed: float = 0.5) -> tuple[HeldOut, ...]:
    """Trials on scikit-learn's digits: each draws its images and its mask from a base seed of its own.

    One row an image, one column a pixel. Memoised within the process. Cost: about 0.5 s a trial; 6 trials in
    the ``fast`` profile, 30 in ``full``.
    """
    return tuple(
        _digits_trial(base, n_images, observed, str(settings.device()), settings.dtype()) for base in trial_seeds()
    )


def trial_seeds() -> tuple[int, ...]:
    """The base seeds of the trials: the book's seed and those that follow."""
    return tuple(range(settings.seed(), settings.seed() + _TRIALS[settings.profile()]))


def completed_images(
    images: Float[Tensor, "n h w"], split: Split, fractions: Sequence[float] = (0.3, 0.1, 0.03, 0.01)
) -> tuple[Float[Tensor, "n h w"], float]:
    """Images completed by soft-impute, one row an image, and the fraction of the largest penalty chosen."""
    flat = images.flatten(1)
    top = largest_penalty(flat, split.train)
    path = soft_impute_path(flat, split.train, [top * f for f in fractions], tolerance=1e-2)
    chosen = best([fit.matrix for fit in path], flat, split.validation)
    start = path[chosen].matrix
    refit = soft_impute(flat, split.observed, top * fractions[chosen], start=start, tolerance=1e-2)
    return refit.matrix.reshape(images.shape), fractions[chosen]


@cache
def _digits_trial(base: int, n_images: int, observed: float, device: str, dtype: torch.dtype) -> HeldOut:
    generator = settings.generator("matrix-completion/trial", base)
    pixels = data.digits().images.flatten(1)
    chosen = torch.randperm(len(pixels), generator=generator)[:n_images]
    split = split_entries((n_images, pixels.shape[1]), observed, generator)
    on_device = Split(*(mask.to(device) for mask in split))
    return held_out(pixels[chosen].to(device, dtype), on_device)


def _als(a: Tensor, observed: Tensor, rank: int, ridge: float) -> Tensor:
    u, v = alternating_least_squares(a, observed, rank, ridge, _SWEEPS)
    return u @ v.T


def _choose(fit: Callable[..., Tensor], grid: Sequence[tuple], truth: Tensor, split: Split) -> Tensor:
    """Fit with every setting on the train entries, and the validated setting once more on all observed."""
    fits = [fit(truth, split.train, *tried) for tried in grid]
    return fit(truth, split.observed, *grid[best(fits, truth, split.validation)])
