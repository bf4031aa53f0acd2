"""The environment is read strictly, and random numbers depend on (seed, label) and on nothing else."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import settings

LABELS = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and text.isprintable())
SEEDS = st.integers(-(2**70), 2**70)


@pytest.fixture
def plain(monkeypatch):
    for name in ("DEVICE", "DTYPE", "SEED", "PROFILE", "DATA", "COLLECT"):
        monkeypatch.delenv(f"MGAI_{name}", raising=False)
    return monkeypatch


def test_defaults(plain):
    assert settings.device().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert settings.dtype() is torch.float64
    assert settings.seed() == 0
    assert settings.profile() == "fast"
    assert settings.data_folder() is None
    assert settings.collects_failures() is False


def test_values_are_taken_from_the_environment(plain):
    for name, value in {"DEVICE": "cpu", "DTYPE": "float32", "SEED": "-7", "PROFILE": "full"}.items():
        plain.setenv(f"MGAI_{name}", value)
    plain.setenv("MGAI_DATA", "~/images")
    plain.setenv("MGAI_COLLECT", "1")
    assert settings.device() == torch.device("cpu")
    assert settings.dtype() is torch.float32
    assert (settings.seed(), settings.profile()) == (-7, "full")
    assert settings.data_folder() == Path.home() / "images"
    assert settings.collects_failures() is True


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("MGAI_DEVICE", "", settings.device),
        ("MGAI_DEVICE", "gpu", settings.device),
        ("MGAI_DEVICE", "meta", settings.device),
        ("MGAI_DEVICE", "mps", settings.device),
        ("MGAI_DEVICE", "CPU", settings.device),
        ("MGAI_DEVICE", "cuda:-1", settings.device),
        ("MGAI_DEVICE", "cuda:99", settings.device),
        ("MGAI_DEVICE", "cpu\n", settings.device),
        ("MGAI_DEVICE", "cuda:200", settings.device),
        ("MGAI_DEVICE", "cuda:01", settings.device),
        ("MGAI_DEVICE", "cuda:99999999999999999999", settings.device),
        ("MGAI_DTYPE", "", settings.dtype),
        ("MGAI_DTYPE", "float16", settings.dtype),
        ("MGAI_DTYPE", "torch.float32", settings.dtype),
        ("MGAI_SEED", "", settings.seed),
        ("MGAI_SEED", "1.0", settings.seed),
        ("MGAI_SEED", "one", settings.seed),
        ("MGAI_PROFILE", "", settings.profile),
        ("MGAI_PROFILE", "Fast", settings.profile),
        ("MGAI_DATA", "  ", settings.data_folder),
        ("MGAI_DATA", "~nobody-of-this-name/x", settings.data_folder),
        ("MGAI_COLLECT", "yes", settings.collects_failures),
        ("MGAI_COLLECT", "", settings.collects_failures),
    ],
)
def test_a_bad_value_is_refused_by_name(plain, variable, value, read):
    plain.setenv(variable, value)
    with pytest.raises(ValueError, match=variable):
        read()


@pytest.mark.parametrize("number", [2, 127, 128, 200, 256, 300])
def test_a_gpu_beyond_those_that_there_are_is_refused(plain, number):
    """torch reads cuda:200 as cuda:-56, and cuda:256 as cuda:0."""
    plain.setenv("MGAI_DEVICE", f"cuda:{number}")
    plain.setattr(torch.cuda, "is_available", lambda: True)
    plain.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ValueError, match=f"cuda:{number}', but torch sees 2 CUDA devices"):
        settings.device()


def test_cuda_is_refused_where_there_is_none(plain):
    plain.setenv("MGAI_DEVICE", "cuda")
    plain.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="MGAI_DEVICE='cuda'"):
        settings.device()


def test_only_existing_cuda_devices_are_accepted(plain):
    plain.setattr(torch.cuda, "is_available", lambda: True)
    plain.setattr(torch.cuda, "device_count", lambda: 2)
    plain.setenv("MGAI_DEVICE", "cuda:1")
    assert settings.device() == torch.device("cuda:1")
    plain.setenv("MGAI_DEVICE", "cuda:2")
    with pytest.raises(ValueError, match="sees 2 CUDA"):
        settings.device()


@given(LABELS, SEEDS)
def test_derived_seed_is_the_hash_of_seed_and_label(label, seed):
    digest = hashlib.sha256(str(seed).encode() + b"\x00" + label.encode()).digest()
    expected = 0
    for byte in digest[:8]:
        expected = expected * 256 + byte
    assert settings.derived_seed(label, seed) == expected // 2
    assert 0 <= settings.derived_seed(label, seed) < 2**63


def test_derived_seed_never_changes():
    # Worked out once by sha256sum: `printf '0\0example' | sha256sum | cut -c1-16`, halved.
    assert settings.derived_seed("example", 0) == int("9502023fa058d2a5", 16) // 2


def test_base_seed_is_the_setting_by_default(plain):
    plain.setenv("MGAI_SEED", "5")
    assert settings.derived_seed("x") == settings.derived_seed("x", 5) != settings.derived_seed("x", 4)


def test_every_kind_of_integer_is_the_same_seed():
    assert settings.derived_seed("x", np.int64(1)) == settings.derived_seed("x", 1)


def test_seeds_and_labels_give_different_seeds():
    seeds = {settings.derived_seed(f"label {i}", s) for i in range(100) for s in range(100)}
    assert len(seeds) == 10_000


def draw(label, seed=None):
    return torch.randn(50, generator=settings.generator(label, seed))


def test_a_generator_depends_on_its_label_and_seed_only():
    torch.manual_seed(1)
    first = draw("a", 0)
    torch.manual_seed(2)
    torch.randn(7)
    assert torch.equal(draw("a", 0), first)
    assert not torch.equal(draw("b", 0), first)
    assert not torch.equal(draw("a", 1), first)


def test_generators_leave_the_global_state_alone():
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    draw("a")
    settings.numpy_generator("a").standard_normal(5)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_numpy_generator_depends_on_its_label_and_seed_only():
    first = settings.numpy_generator("a", 0).random(8)
    assert np.array_equal(settings.numpy_generator("a", 0).random(8), first)
    assert not np.array_equal(settings.numpy_generator("a", 1).random(8), first)
    assert not np.array_equal(settings.numpy_generator("b", 0).random(8), first)


def test_replicas_are_uncorrelated():
    # 200 replicas of 50 normal draws: the mean product of different replicas has deviation 50^(-1/2)/141.
    rows = torch.stack([draw("replicas", seed) for seed in range(200)])
    products = (rows @ rows.T / 50)[~torch.eye(200, dtype=bool)]
    assert abs(products.mean()) < 5 / 50**0.5 / (200 * 199 / 2) ** 0.5
    assert products.abs().max() < 1  # identical replicas would have about 1


def test_generators_live_on_the_cpu(plain):
    plain.setattr(torch.cuda, "is_available", lambda: True)
    assert settings.generator("a").device == torch.device("cpu")


@pytest.mark.parametrize("label", ["", " ", "\n"])
def test_an_empty_label_is_refused(label):
    with pytest.raises(ValueError, match="label is empty"):
        settings.generator(label)


@pytest.mark.bad_input
@pytest.mark.parametrize("label", [None, 3, b"a"])
def test_a_label_that_is_no_text_is_refused(label):
    with pytest.raises(TypeError, match="label"):
        settings.derived_seed(label, 0)


@pytest.mark.bad_input
@pytest.mark.parametrize("seed", [1.0, "1", 0.5])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match="base_seed"):
        settings.generator("a", seed)


def test_tf32_is_off_on_a_cuda_device(monkeypatch):
    monkeypatch.setenv("MGAI_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    try:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
        assert settings.device() == torch.device("cuda")
        assert (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) == (False, False)
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before
