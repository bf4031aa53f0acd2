"""Largest cross-entropies against search and random laws, the decomposition, the block law; bad input; the figure."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.information import cross_entropy_and_kl_references as references
from mgai.information.cross_entropy_and_kl import (
    block_law,
    decomposition,
    largest_for_logits,
    largest_over_data,
    largest_over_models,
)
from mgai.information.cross_entropy_and_kl_figures import bounds_alt, bounds_figure
from mgai.information.entropy_and_divergences import cross_entropy, entropy, kl
from mgai.information.laws import random_laws
from mgai.settings import generator


def draws(label, n=200, k=4):
    return random_laws(n, k, generator(f"test/bounds/{label}"))


def test_no_law_exceeds_the_bound_of_a_model_and_one_attains_it():
    q = draws("model", 1)[0]
    bound = largest_over_data(q)
    for f in (cross_entropy, kl):
        assert (f(draws("data"), q) <= bound).all()
        assert float(f(torch.eye(4, dtype=torch.float64)[q.argmin()], q)) == float(bound)
    assert references.largest_by_linear_program(q) == pytest.approx(float(bound), rel=1e-9)
    assert references.largest_divergence_on_lattice(q) == pytest.approx(float(bound), rel=1e-13)


@given(strategies.integers(0, 10**6), strategies.integers(2, 5), strategies.floats(0.001, 1))
def test_no_model_exceeds_the_bound_of_a_floor(seed, n, share):
    p, floor = draws(seed, 1, n)[0], share / n
    q = floor + (1 - n * floor) * draws(f"model/{seed}", 50, n)
    bound = float(largest_over_models(p, floor))
    assert float(cross_entropy(p, q / q.sum(1, keepdim=True)).max()) <= bound + 1e-12
    assert references.largest_cross_entropy_on_lattice(p, floor, 3) == pytest.approx(bound, abs=1e-12)
    assert bound <= -math.log(floor) + 1e-12


def test_ends_of_the_floor():
    p = draws("ends", 3)
    np.testing.assert_allclose(largest_over_models(p, 0.25).numpy(), math.log(4), rtol=1e-14)
    assert largest_over_models(p, 0.0).isinf().all()
    assert largest_over_models(torch.ones(2, 1), 0.0).tolist() == [0, 0]
    assert largest_over_data(torch.ones(1)).item() == 0


def test_decomposition_has_two_parts_of_one_shape():
    p, q = draws("parts", 3), draws("parts-q", 5)
    parts = decomposition(p[:, None], q[None])
    assert parts[0].shape == parts[1].shape == (3, 5)
    np.testing.assert_allclose((parts[0] + parts[1]).numpy(), cross_entropy(p[:, None], q[None]).numpy(), rtol=1e-14)


@given(strategies.integers(1, 50), strategies.floats(0, 20))
def test_bounded_logits_agree_with_the_worst_softmax(n, bound):
    logits = torch.full((n,), bound, dtype=torch.float64)
    logits[0] = -bound if n > 1 else bound
    worst = torch.nn.functional.cross_entropy(logits, torch.tensor(0))
    assert largest_for_logits(n, bound) == pytest.approx(float(worst), abs=1e-12)


def test_large_logits_do_not_overflow():
    assert largest_for_logits(3, 1e4) == pytest.approx(2e4 + math.log(2), rel=1e-15)


@pytest.mark.parametrize("n_blocks", [1, 2, 3, 4])
def test_blocks_have_their_probability_and_information(n_blocks):
    law = block_law(n_blocks)
    assert float(law.sum()) == pytest.approx(1 - 2.0**-n_blocks, abs=1e-13)
    bits = float(-(law * law.log2()).sum())
    assert bits == pytest.approx(references.block_entropy_in_bits(n_blocks), rel=1e-12)


@pytest.mark.bad_input
def test_bad_input_is_named():
    half = torch.tensor([0.5, 0.5])
    with pytest.raises(ValueError, match="q must sum"):
        largest_over_data(2 * half)
    for floor in (-0.1, 0.6, float("nan")):
        with pytest.raises(ValueError, match="floor"):
            largest_over_models(half, floor)
    with pytest.raises(ValueError, match="q has 3"):
        decomposition(half, torch.ones(3) / 3)
    for wrong in ((0, 1.0), (3, -1.0), (3, math.inf), (3, math.nan)):
        with pytest.raises(ValueError, match=r"n_outcomes|bound"):
            largest_for_logits(*wrong)
    for wrong in (0, 5):
        with pytest.raises(ValueError, match="n_blocks"):
            block_law(wrong)
    with pytest.raises(ValueError, match="q must be positive"):
        references.largest_by_linear_program(torch.tensor([1.0, 0.0]))


def test_figure_shows_what_it_names():
    left, right = bounds_figure().axes
    assert "given" in left.get_xlabel() and "given" in right.get_xlabel() and left.get_ylabel() == "nats"
    loss, divergence = (np.asarray(line.get_ydata()) for line in left.lines[:2])
    np.testing.assert_allclose(
        loss - divergence, float(entropy(torch.tensor([0.2, 0.8], dtype=torch.float64))), atol=1e-12
    )
    line, curve, bound = (np.asarray(drawn.get_ydata()) for drawn in right.lines[:3])
    np.testing.assert_allclose(np.diff(line, 2), 0, atol=1e-14)
    assert (np.diff(curve, 2) > 0).all() and line.max() == curve.max() == bound[0]
    assert f"{line.max():.3f}" in bounds_alt()
    figures.check_alt(bounds_alt())
