"""Checks of arguments that the modules of this chapter share; every message names the argument."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def check_tensor(value: Tensor, argument: str, *sizes: int | None) -> None:
    """Raise unless ``value`` is a finite real floating-point tensor of the shape ``sizes`` (None: any size from 1).

    Raises:
        TypeError: it is no floating-point tensor.
        ValueError: it has another shape, no entries, or entries that are not finite.

    >>> check_tensor(torch.zeros(2, 3), "x", None, 3)
    """
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise TypeError(f"{argument} must be a real floating-point tensor")
    fits = value.ndim == len(sizes) and all(
        size >= 1 if wanted is None else size == wanted for size, wanted in zip(value.shape, sizes, strict=True)
    )
    if not fits:
        wanted = ", ".join("at least 1" if size is None else str(size) for size in sizes)
        raise ValueError(f"{argument} must have shape ({wanted}), not {tuple(value.shape)}")
    ends = torch.aminmax(value.detach())  # NaN spreads to both; no tensor of the size of value is made
    if not all(math.isfinite(end) for end in ends):
        raise ValueError(f"{argument} has entries that are not finite")


def check_positive(value: float, argument: str) -> float:
    """``value`` if it is a positive finite number; ValueError otherwise.

    >>> check_positive(0.5, "step")
    0.5
    """
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{argument} must be positive and finite, not {value}")
    return value
