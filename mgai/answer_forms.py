"""The forms that an answer to an exercise may have: an integer, a number, an array, several of these, a word.

A form accepts what readers naturally hand in (Python numbers, lists, NumPy arrays, tensors of every dtype and device)
and converts it, arrays to float64 tensors on the CPU. What does not fit raises :class:`Unfit`, in words for the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mgai.comparison import as_array
from mgai.records import ClaimDefect, brief


class Unfit(Exception):
    """The answer has not the form asked for; the message says why."""


@dataclass(frozen=True)
class Form:
    """What is asked for, in words, and the conversion of an answer, which may depend on the arguments."""

    says: str
    convert: Callable[[Any, Mapping[str, Any]], Any]


def integer(says: str) -> Form:
    """One whole number; 3.0 is accepted for 3.

    >>> integer("the rank k").convert(np.int64(3), {})
    3
    """

    def convert(answer: Any, arguments: Mapping[str, Any]) -> int:
        number = _single(answer)
        if number.dtype.kind in "fc" and number.item() != np.round(number.item()):
            raise Unfit(f"it is {brief(number)}, not a whole number")
        return int(number.item().real)

    return Form(says, convert)


def number(says: str) -> Form:
    """One finite real number.

    >>> number("the error").convert(torch.tensor([0.5]), {})
    0.5
    """
    return Form(says, lambda answer, arguments: float(_single(answer).item().real))


def array(says: str, shape: Callable[..., tuple[int | None, ...]] | None = None) -> Form:
    """An array of finite real numbers; ``shape(**arguments)`` gives its extents, None for any.

    >>> array("as many numbers as x has", lambda x: x.shape).convert([1, 2], {"x": torch.zeros(2)})
    tensor([1., 2.], dtype=torch.float64)
    """

    def convert(answer: Any, arguments: Mapping[str, Any]) -> Tensor:
        found = torch.from_numpy(_real(answer).astype(float, order="C"))
        wanted = tuple(found.shape) if shape is None else tuple(shape(**arguments))
        fits = len(wanted) == found.ndim and all(n in (None, m) for n, m in zip(wanted, found.shape, strict=True))
        if not fits:
            text = ", ".join("any" if n is None else str(n) for n in wanted)
            raise Unfit(f"its shape is {tuple(found.shape)}, not ({text}{',' if len(wanted) == 1 else ''})")
        return found

    return Form(says, convert)


def several(says: str, *forms: Form) -> Form:
    """A tuple or list with one entry for each of ``forms``.

    >>> several("k and the error", integer("k"), number("the error")).convert((2, 0.5), {})
    (2, 0.5)
    """

    def convert(answer: Any, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
        is_array = isinstance(answer, (np.ndarray, Tensor)) and answer.ndim > 0
        if not (is_array or isinstance(answer, (tuple, list))):
            raise Unfit(f"it is {_kind(answer)}, not a tuple of {len(forms)}")
        if len(answer) != len(forms):
            raise Unfit(f"it has {len(answer)} entries, not {len(forms)}")
        converted = []
        for entry, form in zip(answer, forms, strict=True):
            try:
                converted.append(form.convert(entry, arguments))
            except Unfit as error:
                raise Unfit(f"{form.says}: {error}") from error
        return tuple(converted)

    return Form(says, convert)


def word(says: str, allowed: tuple[str, ...] = ()) -> Form:
    """A piece of text without spaces around it; one of ``allowed`` if there are any, capital letters aside.

    >>> word("yes or no", ("yes", "no")).convert(" Yes", {})
    'yes'
    """

    def convert(answer: Any, arguments: Mapping[str, Any]) -> str:
        if not isinstance(answer, str):
            raise Unfit(f"it is {_kind(answer)}, not a string")
        text = answer.strip().lower() if allowed else answer.strip()
        if allowed and text not in allowed:
            raise Unfit(f"it is {answer!r}, not one of {', '.join(allowed)}")
        return text

    return Form(says, convert)


def _single(answer: Any) -> np.ndarray:
    found = _real(answer)
    if found.size != 1:
        raise Unfit(f"it has {found.size} entries, not one")
    return found


def _real(answer: Any) -> np.ndarray:
    """The answer as a finite array of real numbers."""
    if answer is None or callable(answer) or isinstance(answer, (str, dict, set)):
        raise Unfit(f"it is {_kind(answer)}, not numeric")
    try:
        found = as_array(_without_tensors(answer), "the answer")
    except ClaimDefect as error:
        raise Unfit(f"it is {_kind(answer)} that cannot be read as numbers") from error
    if found.dtype.kind == "b":
        raise Unfit("it holds truth values, not numbers")
    if found.dtype.kind == "c" and not (found.imag == 0).all():
        raise Unfit("it has entries that are not real")
    found = found.real if found.dtype.kind == "c" else found
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        bad = int((~np.isfinite(found)).sum())
        many = f"{bad} of its {found.size} entries are NaN or infinite"
        raise Unfit(many if found.size > 1 else f"it is {found.item()}")
    return found


def _without_tensors(answer: Any) -> Any:
    """Tensors within lists as arrays: NumPy cannot read those that live on a GPU or carry a gradient."""
    if isinstance(answer, (list, tuple)):
        return [_without_tensors(entry) for entry in answer]
    return as_array(answer, "the answer") if isinstance(answer, Tensor) and answer.numel() else answer


def _kind(answer: Any) -> str:
    if answer is None:
        return "None (is there a return?)"
    if callable(answer):
        return "a function"
    name = type(answer).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"
