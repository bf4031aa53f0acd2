"""The one place that reads the environment: device, dtype, seed, profile, data folder.

========================  =========================================  ===========
Variable                  Meaning                                    Default
========================  =========================================  ===========
``MGAI_DEVICE``           ``auto``, ``cpu``, ``cuda`` or ``cuda:N``  ``auto``
``MGAI_DTYPE``            ``float32`` or ``float64``                 ``float64``
``MGAI_SEED``             base seed, an integer                      ``0``
``MGAI_PROFILE``          ``fast`` or ``full``                       ``fast``
``MGAI_DATA``             folder with MNIST in IDX files             none
``MGAI_COLLECT``          ``1``: failing claims do not raise         ``0``
========================  =========================================  ===========

Random numbers come from generators derived by hashing (seed, label). There is no global
random state, so a cell gives the same numbers alone and on its page.

>>> import torch
>>> a = torch.randn(2, generator=generator("example"))
>>> b = torch.randn(2, generator=generator("example"))
>>> bool((a == b).all())
True
"""

from __future__ import annotations

import hashlib
import operator
import os
import re
from pathlib import Path
from typing import SupportsIndex

import numpy as np
import torch

PROFILES = ("fast", "full")
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def device() -> torch.device:
    """Where tensors of the book live: ``auto`` picks CUDA where there is one.

    On a CUDA device TF32 is switched off, in products and in convolutions: it keeps ten bits of
    the significand, far fewer than the tolerances of float32 assume. Nothing else is made deterministic,
    so that sums on a GPU may differ by rounding from run to run, which every tolerance allows for.

    Raises ValueError for a device that this machine or this build of torch does not have.
    """
    name = os.environ.get("MGAI_DEVICE", "auto")
    if name != "auto" and not re.fullmatch(r"cpu|cuda(:(0|[1-9][0-9]{0,5}))?", name):
        raise ValueError(f"MGAI_DEVICE={name!r} is no device of the book: use auto, cpu, cuda or cuda:N")
    there = torch.cuda.device_count() if name != "cpu" and torch.cuda.is_available() else 0
    index = int(name.partition(":")[2] or 0)  # not torch's, which keeps it in eight bits
    if name.startswith("cuda") and index >= there:
        raise ValueError(f"MGAI_DEVICE={name!r}, but torch sees {there or 'no'} CUDA devices here")
    chosen = torch.device(name if name != "auto" else "cuda" if there else "cpu")
    if chosen.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
    return chosen


def dtype() -> torch.dtype:
    """The floating-point type of experiments (identities are always checked in float64)."""
    return DTYPES[_one_of("MGAI_DTYPE", tuple(DTYPES), "float64")]


def seed() -> int:
    """The base seed from which every generator is derived."""
    text = os.environ.get("MGAI_SEED", "0")
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"MGAI_SEED={text!r} is not an integer") from None


def profile() -> str:
    """``fast`` (the default everywhere) or ``full`` (larger sweeps, the same claims)."""
    return _one_of("MGAI_PROFILE", PROFILES, "fast")


def data_folder() -> Path | None:
    """The folder of IDX files named by ``MGAI_DATA``, or None when none is named."""
    text = os.environ.get("MGAI_DATA", "")
    if text and not text.strip():
        raise ValueError(f"MGAI_DATA={text!r} names no folder")
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError as error:  # a home folder that does not exist
        raise ValueError(f"MGAI_DATA={text!r} names no folder: {error}") from error


def collects_failures() -> bool:
    """Whether a failing claim is only recorded (``make check``) instead of raised."""
    return _one_of("MGAI_COLLECT", ("0", "1"), "0") == "1"


def derived_seed(label: str, base_seed: SupportsIndex | None = None) -> int:
    """A 63-bit seed from (base seed, label) by SHA-256; replicas of different seeds are independent.

    >>> derived_seed("a", 0) == derived_seed("a", 0), derived_seed("a", 0) == derived_seed("a", 1)
    (True, False)
    """
    if not isinstance(label, str):
        raise TypeError(f"label is a {type(label).__name__}, not a string")
    if not label.strip():
        raise ValueError("label is empty: name what the random numbers are for")
    base = seed() if base_seed is None else _integer(base_seed)
    digest = hashlib.sha256(f"{base}\0{label}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(label: str, base_seed: SupportsIndex | None = None) -> torch.Generator:
    r"""A torch generator on the CPU for ``label``.

    Draw on the CPU and move the result, so that every device sees the same numbers. Of the derived
    seed torch's Mersenne twister uses the low 32 bits, so that two labels coincide with probability
    :math:`2^{-32}`; :func:`numpy_generator` uses all of it.
    """
    return torch.Generator().manual_seed(derived_seed(label, base_seed))


def numpy_generator(label: str, base_seed: SupportsIndex | None = None) -> np.random.Generator:
    """A NumPy generator for ``label`` (independent of the torch generator of the same label)."""
    return np.random.default_rng(derived_seed(f"numpy:{label}", base_seed))


def _integer(base_seed: SupportsIndex) -> int:
    """The same text for every kind of integer: 1, True and NumPy's 1 are one seed; 1.0 is none."""
    try:
        return int(operator.index(base_seed))
    except TypeError:
        raise TypeError(f"base_seed={base_seed!r} is not an integer") from None


def _one_of(variable: str, allowed: tuple[str, ...], default: str) -> str:
    value = os.environ.get(variable, default)
    if value not in allowed:
        raise ValueError(f"{variable}={value!r} is not one of {', '.join(allowed)}")
    return value
