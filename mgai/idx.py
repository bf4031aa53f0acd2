"""The IDX format of MNIST and its drop-ins: arrays of bytes behind a big-endian header, gzipped or not.

A header is two zero bytes, a type code (8: unsigned byte), the number of axes, and the length of each
axis as a 32-bit integer. Files that are not exactly that are refused by name.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np

#: The files of a set, images before labels.
STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SIDE = 28
CLASSES = 10
_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 8


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file in the folder that belongs to the set.

    Raises FileNotFoundError for a folder that is not there or holds none of the files.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"MGAI_DATA={str(folder)!r} is no folder")
    there = [_file(folder, stem) for stem in STEMS]
    found = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in there if file]
    if not found:
        raise FileNotFoundError(
            f"MGAI_DATA={str(folder)!r} has no IDX files: expected {', '.join(STEMS)}, gzipped or not"
        )
    return tuple(found)


def read_pair(folder: Path, pair: str) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """Images, labels and checksums of the pair ``train`` or ``t10k``.

    Raises FileNotFoundError when a file of the pair is missing, ValueError when they do not fit together.
    """
    stems = [stem for stem in STEMS if stem.startswith(pair)]
    files = [_file(folder, stem) for stem in stems]
    for stem, file in zip(stems, files, strict=True):
        if file is None:
            raise FileNotFoundError(f"{stem} (or {stem}.gz) is missing: images and labels come in pairs")
    pixels, of_images = read_images(files[0])
    labels, of_labels = read_labels(files[1])
    if len(pixels) != len(labels):
        raise ValueError(f"{files[0].name} has {len(pixels)} images, but {files[1].name} has {len(labels)} labels")
    return pixels, labels, dict(zip(stems, (of_images, of_labels), strict=True))


def read_images(path: Path) -> tuple[np.ndarray, str]:
    """The images of an IDX file, uint8 of shape ``(n, 28, 28)``, read-only, and the checksum of the file.

    Raises FileNotFoundError, or ValueError for a file that is no such array.
    """
    raw = _bytes(path)
    images = _array(raw, path.name, n_axes=3)
    if images.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"{path.name}: images are {images.shape[1]}×{images.shape[2]}, expected {SIDE}×{SIDE}")
    return images, hashlib.sha256(raw).hexdigest()


def read_labels(path: Path) -> tuple[np.ndarray, str]:
    """The labels of an IDX file, int64 of shape ``(n,)``, read-only, and the checksum of the file.

    Raises FileNotFoundError, or ValueError for a file that is no such array.
    """
    raw = _bytes(path)
    labels = _array(raw, path.name, n_axes=1).astype(np.int64)
    if labels.max() >= CLASSES:
        raise ValueError(f"{path.name}: a label is {labels.max()}, expected 0 to {CLASSES - 1}")
    labels.flags.writeable = False
    return labels, hashlib.sha256(raw).hexdigest()


def _file(folder: Path, stem: str) -> Path | None:
    plain, packed = folder / stem, folder / f"{stem}.gz"
    if plain.is_file() and packed.is_file():
        raise ValueError(f"{plain.name} and {packed.name} are both there: keep the one to be read")
    return plain if plain.is_file() else packed if packed.is_file() else None


def _bytes(path: Path) -> bytes:
    """The decompressed content; whether it is compressed is seen from the content, not from the name."""
    raw = path.read_bytes()
    if raw[:2] != _GZIP:
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error, struct.error) as error:
        raise ValueError(f"{path.name}: damaged or truncated gzip file ({error})") from error


def _array(raw: bytes, file: str, n_axes: int) -> np.ndarray:
    magic, header = bytes((0, 0, _UNSIGNED_BYTE, n_axes)), 4 + 4 * n_axes
    if raw[:4] != magic:
        raise ValueError(
            f"{file}: starts with {raw[:4].hex(' ') or 'nothing'}, expected {magic.hex(' ')} "
            f"(an IDX file of unsigned bytes with {n_axes} {'axes' if n_axes > 1 else 'axis'})"
        )
    if len(raw) < header:
        raise ValueError(f"{file}: truncated in its header: {len(raw)} bytes, expected at least {header}")
    shape = struct.unpack(f">{n_axes}I", raw[4:header])
    if len(raw) != header + math.prod(shape):
        raise ValueError(f"{file}: {len(raw)} bytes, expected {header + math.prod(shape)} for shape {shape}")
    if math.prod(shape) == 0:
        raise ValueError(f"{file}: holds nothing: its shape is {shape}")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)
