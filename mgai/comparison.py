"""How claims compare: gaps without hidden rounding, tolerances with a reason, controls that are rejected.

Used by :mod:`mgai.claims` and :mod:`mgai.statistical`. Everything is compared in float64 or
complex128 on the CPU; integers beyond :math:`2^{53}`, which float64 cannot hold, are compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
import torch

from mgai.records import ClaimDefect, Control

NEAREST = 10.0  # the nearest control of a deterministic claim lies at least this many tolerances away
FAR = 10.0  # a control further off than this many times the reference is nobody's slip
ROUNDING = "rounding in float64"
_LARGEST_ROUNDING = 1e-6  # relative to the reference: a wider tolerance is no rounding
_LARGEST_EXACT = 2**53  # integers up to here are exact in float64


def as_array(value: Any, argument: str) -> np.ndarray:
    """``value`` as a NumPy array of numbers or truth values; anything else is a defect.

    Tensors of every dtype and device; Python integers of any size (dtype object beyond 64 bits).
    """
    try:
        array = _from_tensor(value) if isinstance(value, torch.Tensor) else np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ClaimDefect(f"{argument} is not numeric: {error}") from error
    if array.size == 0:
        raise ClaimDefect(f"{argument} is empty: there is nothing to compare")
    if array.dtype.kind == "O" and all(isinstance(entry, Integral) for entry in array.flat):
        return array
    if array.dtype.kind not in "biufc":
        raise ClaimDefect(f"{argument} is not numeric: {value!r}")
    return array


def as_control(value: Any, label: str) -> np.ndarray:
    """A control as an array; NaN is no plausible wrong value, since every comparison rejects it."""
    array = as_array(value, f"the control {label!r}")
    if has_nan(array):
        raise ClaimDefect(f"the control {label!r} has NaN: give a plausible wrong value")
    return array


def has_nan(array: np.ndarray) -> bool:
    """Whether any entry is NaN."""
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def differences(value: np.ndarray, target: np.ndarray) -> np.ndarray:
    """``value - target`` entrywise: zero exactly where they are equal, NaN where either is NaN."""
    if value.shape != target.shape:
        raise ClaimDefect(f"the shapes {value.shape} and {target.shape} differ: no broadcasting")
    if _beyond_float(value) or _beyond_float(target):
        return np.array([_exact_difference(a, b) for a, b in zip(_plain(value), _plain(target), strict=True)])
    wide = complex if "c" in (value.dtype.kind, target.dtype.kind) else float
    a, b = value.astype(wide), target.astype(wide)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(a == b, 0.0, a - b)


def gap(value: np.ndarray, target: np.ndarray) -> float:
    """The largest entrywise distance; infinite where either is NaN, zero where both are the same infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(differences(value, target))
    return float(np.inf) if np.isnan(apart).any() else float(apart.max())


def excess(low: np.ndarray, high: np.ndarray) -> float:
    """The largest entry of ``low - high``: positive where the inequality fails, infinite on NaN."""
    if "c" in (low.dtype.kind, high.dtype.kind):
        raise ClaimDefect("complex numbers have no order: compare their moduli")
    over = differences(low, high)
    return float(np.inf) if np.isnan(over).any() else float(over.max())


def distance_to(target: np.ndarray, tolerance: float) -> Callable[[np.ndarray], float]:
    """The distance from ``target`` in units of the tolerance; 0 or infinity when the tolerance is zero."""

    def distance(value: np.ndarray) -> float:
        apart = gap(value, target)
        if tolerance == 0:
            return 0.0 if apart == 0 else np.inf
        return apart / tolerance

    return distance


def scale(target: np.ndarray) -> float:
    """The largest finite modulus of the entries, zero if there is none."""
    try:
        size = np.abs(target.astype(complex if target.dtype.kind == "c" else float))
    except OverflowError:  # integers beyond the range of float64
        return np.inf
    size = size[np.isfinite(size)]
    return float(size.max()) if size.size else 0.0


def tolerance_for(target: np.ndarray, rtol: float, atol: float, because: str) -> float:
    """``atol + rtol * max |target|``, refused if malformed or wider than rounding without a reason."""
    if not (0 <= rtol < 1 and 0 <= atol < np.inf):
        raise ClaimDefect(f"tolerances must be finite, not negative, rtol below 1: rtol={rtol}, atol={atol}")
    size = scale(target) if rtol else 1.0
    if not np.isfinite(size):
        raise ClaimDefect(f"rtol={rtol:g}: the reference is beyond float64, compare it exactly")
    require_reason(rtol, "rtol", because)
    require_reason(atol / max(scale(target), 1.0), "atol", because)
    return float(atol + rtol * size) if rtol else float(atol)


def require_reason(relative: float, argument: str, because: str) -> None:
    """A tolerance needs a reason, and one beyond rounding a reason of its own."""
    if relative > 0 and not because.strip():
        raise ClaimDefect(f"because is empty: say where {argument} comes from")
    if relative > _LARGEST_ROUNDING and because == ROUNDING:
        raise ClaimDefect(f"{argument} is more than rounding ({relative:g}): say in because= where it comes from")


def labelled(rejects: Mapping[str, Any]) -> Mapping[str, Any]:
    """``rejects`` if it is a mapping with at least one control, each with a label; a defect otherwise."""
    if not isinstance(rejects, Mapping) or not rejects:
        raise ClaimDefect("rejects is empty: a claim needs a labelled negative control")
    if not all(isinstance(label, str) and label.strip() for label in rejects):
        raise ClaimDefect("rejects has a control without a label: say which slip it is")
    return rejects


def rejected(wrong: Mapping[str, Any], distance: Callable[[Any], float], near: float = NEAREST) -> list[Control]:
    """The controls with their distances; one nearer than ``near`` tolerances is a defect of the claim."""
    controls = []
    for label, value in wrong.items():
        apart = distance(value)
        if not apart >= near:
            raise ClaimDefect(
                f"the control {label!r} is only {apart:.3g} tolerances off (at least {near:g} are needed): "
                "it is not wrong, or the tolerance is too wide"
            )
        controls.append(Control(label, "a predicate" if callable(value) else value, apart, True))
    return controls


def require_near(wrong: Mapping[str, np.ndarray], target: np.ndarray, tolerance: float) -> None:
    """At least one control is a competent person's slip: finite, at most ten times the reference away.

    A reference within the tolerance of zero says nothing about the size of a slip: any finite one will do.
    """
    size, nearest = scale(target), min(gap(value, target) for value in wrong.values())
    finite = target.dtype.kind not in "fc" or bool(np.isfinite(target).all())
    far = size > tolerance and nearest > FAR * max(size, NEAREST * tolerance)
    if far or (finite and np.isfinite(size) and not np.isfinite(nearest)):
        raise ClaimDefect("no control is near: add the smallest error a competent person would make")


def where(value: Any) -> dict[str, str]:
    """Dtype and device of a value, as they are stored with a claim."""
    if isinstance(value, torch.Tensor):
        return {"dtype": str(value.dtype).removeprefix("torch."), "device": value.device.type}
    dtype = np.asarray(value).dtype
    return {"dtype": "integer" if dtype.kind == "O" else str(dtype), "device": "cpu"}


def _from_tensor(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    if tensor.dtype.is_floating_point and tensor.dtype.itemsize < 4:
        tensor = tensor.float()  # NumPy has no bfloat16; float32 holds every value of the narrow types
    return tensor.numpy()


def _beyond_float(array: np.ndarray) -> bool:
    if array.dtype.kind not in "iuO":
        return False
    return max(abs(int(array.max())), abs(int(array.min()))) > _LARGEST_EXACT


def _plain(array: np.ndarray) -> list[Any]:
    return (array.astype(float) if array.dtype.kind == "f" else array).ravel().tolist()


def _exact_difference(a: Any, b: Any) -> float:
    if isinstance(a, complex) or isinstance(b, complex):
        raise ClaimDefect("integers beyond 2**53 are compared with real numbers only")
    if a == b:
        return 0.0
    if not (_finite(a) and _finite(b)):
        return (float(a) if isinstance(a, float) else 0.0) - (float(b) if isinstance(b, float) else 0.0)
    exact = Fraction(a) - Fraction(b)
    try:
        return float(exact)
    except OverflowError:
        return np.inf if exact > 0 else -np.inf


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or bool(np.isfinite(value))
