"""Entropy and divergences: against SciPy and loops, as laws, on the boundary; bad input; the figure."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.information import entropy_and_divergences_references as references
from mgai.information.entropy_and_divergences import (
    cross_entropy,
    entropy,
    information,
    is_absolutely_continuous,
    jensen_shannon,
    jensen_shannon_of_many,
    kl,
)
from mgai.information.entropy_and_divergences_figures import coins, coins_alt, coins_figure
from mgai.information.laws import lattice_laws, point_masses, random_laws
from mgai.settings import generator

counts = strategies.lists(strategies.integers(0, 9), min_size=4, max_size=4).filter(any)


def law(numbers):
    return torch.tensor(numbers, dtype=torch.float64) / sum(numbers)


def pairs(label, n=200, k=5):
    return random_laws(2 * n, k, generator(f"test/entropy/{label}")).reshape(2, n, k)


@given(counts, counts)
def test_values_agree_with_loops(a, b):
    p, q = law(a), law(b)
    loss = sum(x * (-math.log(y) if y else math.inf) for x, y in zip(p.tolist(), q.tolist(), strict=True) if x)
    own = sum(-x * math.log(x) for x in p.tolist() if x)
    assert float(cross_entropy(p, q)) == pytest.approx(loss, abs=1e-14)
    assert float(entropy(p)) == pytest.approx(own, abs=1e-14)
    assert float(kl(p, q)) == pytest.approx(loss - own, abs=1e-14)
    assert math.isinf(loss) != bool(is_absolutely_continuous(p, q))


@given(counts, counts)
def test_inequalities(a, b):
    p, q = law(a), law(b)
    assert 0 <= float(entropy(p)) <= math.log(4) + 1e-15
    assert float(kl(p, q)) >= -1e-15 and float(kl(p, p)) == 0
    assert float(cross_entropy(p, q)) >= float(entropy(p)) - 1e-15
    between = float(jensen_shannon(p, q))
    assert -1e-15 <= between <= math.log(2) + 1e-15
    assert between == pytest.approx(float(jensen_shannon(q, p)), abs=1e-15)
    assert between <= float(kl(p, q) + kl(q, p)) / 8 + 1e-15


def test_scipy_agrees():
    p, q = pairs("scipy")
    np.testing.assert_allclose(entropy(p).numpy(), references.entropy_by_scipy(p), rtol=1e-14)
    np.testing.assert_allclose(kl(p, q).numpy(), references.kl_by_scipy(p, q), atol=1e-14)
    np.testing.assert_allclose(jensen_shannon(p, q).numpy(), references.jensen_shannon_by_scipy(p, q), atol=1e-14)
    by_torch = references.cross_entropy_by_torch(p, q.log())
    np.testing.assert_allclose(cross_entropy(p, q).numpy(), by_torch.numpy(), rtol=1e-14)


def test_the_chain_rule_holds():
    p, q = random_laws(2, 12, generator("test/entropy/chain")).reshape(2, 3, 4)
    rows = [table.sum(1) for table in (p, q)]
    inner = sum(rows[0][i] * kl(p[i] / rows[0][i], q[i] / rows[1][i]) for i in range(3))
    assert float(kl(p.flatten(), q.flatten())) == pytest.approx(float(kl(*rows) + inner), abs=1e-14)


def test_mixtures_come_nearer():
    p, q = pairs("convex")
    for share in (0.25, 0.5):
        assert (kl(p, (1 - share) * q + share * p) <= (1 - share) * kl(p, q) + 1e-15).all()


def test_two_laws_are_many_laws():
    p, q = pairs("many")
    np.testing.assert_allclose(
        jensen_shannon_of_many(torch.stack([p, q], 1)).numpy(), jensen_shannon(p, q).numpy(), atol=1e-14
    )


def test_many_laws_agree_with_entropies():
    laws = random_laws(60, 4, generator("test/entropy/of-many")).reshape(20, 3, 4)
    weights = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64)
    by_entropies = entropy(weights @ laws) - entropy(laws) @ weights
    np.testing.assert_allclose(jensen_shannon_of_many(laws, weights).numpy(), by_entropies.numpy(), atol=1e-14)


def test_corners():
    corners = point_masses(3)
    assert entropy(corners).tolist() == [0, 0, 0]
    assert kl(corners[:, None], corners).tolist() == torch.full((3, 3), math.inf).fill_diagonal_(0).tolist()
    assert information(corners[0]).tolist() == [0, math.inf, math.inf]
    assert entropy(torch.ones(1)).tolist() == 0


def test_tiny_probabilities_do_not_overflow():
    p, q = torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor([3e-308, 1.0], dtype=torch.float64)
    assert float(kl(p, q)) == pytest.approx(308 * math.log(10) - math.log(3), rel=1e-12)


def test_batches_views_and_single_precision():
    p, q = pairs("batch", 6, 4)
    table = kl(p[:, None], q[None])
    assert table.shape == (6, 6) and float(table[2, 5]) == float(kl(p[2], q[5]))
    assert entropy(p.T.contiguous().T).equal(entropy(p))
    single = kl(p.float(), q.float())
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single.numpy(), kl(p, q).numpy(), atol=1e-5)


def test_gradients_with_zeros_are_finite():
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64)
    logits = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    for f in (kl, cross_entropy):
        slope = torch.func.grad(lambda z, f=f: f(p, z.softmax(0)))(logits)
        np.testing.assert_allclose(slope.numpy(), (logits.softmax(0) - p).numpy(), atol=1e-15)


def test_scaled_likelihood_is_the_cross_entropy():
    for a in lattice_laws(3, 4).tolist():
        for b in ([2, 1, 1], [1, 0, 3]):
            found = references.scaled_likelihood(a, b)
            expected = 4 * float(cross_entropy(law(a), law(b)))
            assert (math.inf if found == 0 else 4 * math.log(4) - math.log(found)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.bad_input
def test_bad_input_is_named():
    half, third = torch.tensor([0.5, 0.5]), torch.ones(3) / 3
    for f in (entropy, information):
        with pytest.raises(ValueError, match="p must sum"):
            f(2 * half)
    for f in (cross_entropy, kl, jensen_shannon, is_absolutely_continuous):
        with pytest.raises(ValueError, match="q has 3"):
            f(half, third)
        with pytest.raises(ValueError, match="q has entries"):
            f(half, torch.tensor([2.0, -1.0]))
        with pytest.raises(TypeError, match="p must be"):
            f([0.5, 0.5], half)
    with pytest.raises(ValueError, match="laws must have at least two axes"):
        jensen_shannon_of_many(half)
    with pytest.raises(ValueError, match="weights must be 2"):
        jensen_shannon_of_many(torch.eye(2), third)
    with pytest.raises(ValueError, match="weights must sum"):
        jensen_shannon_of_many(torch.eye(2), torch.ones(2))


def test_figure_shows_what_it_names():
    left, right = coins_figure().axes
    assert left.get_xlabel() == right.get_xlabel() != "" and left.get_ylabel() == "nats"
    loss, _, floor = (np.asarray(line.get_ydata()) for line in left.lines[:3])
    assert (loss >= floor[0] - 1e-12).all()
    assert max(right.lines[2].get_ydata()) < math.log(2)
    p = coins(torch.tensor([0.3], dtype=torch.float64))
    assert f"{float(entropy(p)):.3f} nats" in coins_alt()
    figures.check_alt(coins_alt())
