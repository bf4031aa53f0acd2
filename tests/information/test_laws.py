"""Laws: what passes for probabilities, all laws with a common denominator, draws; bad input."""

import math
from itertools import product

import numpy as np
import pytest
import torch

from mgai.information.laws import check_law, check_pair, lattice_laws, point_masses, random_laws
from mgai.settings import generator


@pytest.mark.parametrize(("n_outcomes", "denominator"), [(1, 3), (2, 1), (3, 4), (4, 5)])
def test_lattice_laws_are_all_counts_with_the_sum(n_outcomes, denominator):
    found = lattice_laws(n_outcomes, denominator).tolist()
    every = [list(c) for c in product(range(denominator + 1), repeat=n_outcomes) if sum(c) == denominator]
    assert sorted(found) == sorted(every)
    assert len(found) == math.comb(denominator + n_outcomes - 1, n_outcomes - 1)


def test_random_laws_have_the_moments_of_the_uniform_law_on_the_simplex():
    drawn = random_laws(20_000, 4, generator("test/laws"))
    check_law(drawn, "drawn")
    # a coordinate is Beta(1, 3): mean 1/4, variance 3/80
    np.testing.assert_allclose(drawn.mean(0).numpy(), 0.25, atol=6 * math.sqrt(3 / 80 / 20_000))
    np.testing.assert_allclose(drawn.var(0).numpy(), 3 / 80, rtol=0.08)


def test_point_masses_are_laws():
    assert point_masses(3).equal(torch.eye(3, dtype=torch.float64))


def test_softmax_in_single_precision_passes():
    check_law(torch.randn(50, 5000, generator=generator("test/softmax")).softmax(1), "p")


@pytest.mark.bad_input
def test_bad_input_is_named():
    half = torch.tensor([0.5, 0.5])
    for wrong in ([0.5, 0.5], torch.tensor([1, 0]), half.to(torch.complex64)):
        with pytest.raises(TypeError, match="p must be a real floating-point tensor"):
            check_law(wrong, "p")
    for wrong, message in (
        (torch.tensor(1.0), "at least one outcome"),
        (torch.zeros(3, 0), "at least one outcome"),
        (torch.tensor([1.5, -0.5]), "negative"),
        (torch.tensor([float("nan"), 1.0]), "NaN"),
        (torch.tensor([0.5, 0.4]), "sum to 1"),
        (torch.tensor([float("inf"), 0.0]), "sum to 1"),
        (torch.tensor([0.5, 0.5 + 1e-9], dtype=torch.float64), "sum to 1"),
    ):
        with pytest.raises(ValueError, match=f"p .*{message}"):
            check_law(wrong, "p")
    with pytest.raises(ValueError, match="q has 3"):
        check_pair(half, torch.ones(3) / 3)
    with pytest.raises(TypeError, match=r"q is torch\.float64"):
        check_pair(half, half.double())
    with pytest.raises(ValueError, match="do not fit"):
        check_pair(half.expand(2, 2), half.expand(3, 2))
    for arguments in ((0, 3), (3, 0), (20, 50), (2, 200_000)):
        with pytest.raises(ValueError, match="n_outcomes"):
            lattice_laws(*arguments)
    with pytest.raises(ValueError, match="n_laws"):
        random_laws(0, 2, torch.Generator())
    with pytest.raises(ValueError, match="n_outcomes"):
        point_masses(0)
