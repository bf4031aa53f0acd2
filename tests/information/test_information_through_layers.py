"""Layers: counting, bins, bias, noise, Gaussian chains, nearest neighbours, experiments, figures, bad input."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import special
from scipy.spatial import cKDTree

from mgai import figures
from mgai.information import information_through_layers as layers
from mgai.information import information_through_layers_experiments as experiments
from mgai.information import information_through_layers_figures as drawings
from mgai.information import information_through_layers_references as references
from mgai.information import nearest_neighbours as nn
from mgai.information.laws import random_laws
from mgai.settings import generator

DOUBLE = torch.float64
BITS = torch.tensor(list(itertools.product((0, 1), repeat=3)))


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/layers/{label}"))


def test_counting_states():
    assert layers.code_entropy(BITS) == pytest.approx(3 * math.log(2))
    assert layers.code_entropy(BITS[:, :1]) == pytest.approx(math.log(2))
    assert layers.code_entropy(BITS[:1]) == 0.0
    assert layers.code_entropy(BITS.T.contiguous().T.float()) == pytest.approx(3 * math.log(2))
    total = BITS.sum(1, keepdim=True)
    assert layers.shared_information(BITS, total) == pytest.approx(layers.code_entropy(total))
    parity = total % 2
    assert layers.shared_information(BITS[:, :2], parity) == pytest.approx(0.0, abs=1e-12)
    assert layers.pooled_entropy(BITS) == pytest.approx(math.log(2))


@given(strategies.integers(0, 10**6))
def test_layers_only_lose(seed):
    chain = experiments.sign_chain((4, 3, 2), generator(f"test/layers/{seed}"))
    entropies = [layers.code_entropy(t) for t in chain]
    label = torch.randint(3, (16, 1), generator=generator(f"test/layers/label/{seed}"))
    on_label = [layers.shared_information(label, t) for t in chain]
    for values in (entropies, on_label):
        assert all(b <= a + 1e-12 for a, b in itertools.pairwise(values))


def test_bins_are_nested_and_scale():
    t = draws("bins", 50, 3)
    assert torch.equal(layers.binned(t, 0.25) // 2, layers.binned(t, 0.5))
    assert torch.equal(layers.binned(4 * t, 2.0), layers.binned(t, 0.5))


@pytest.mark.parametrize("n", [1, 2, 7])
def test_the_mean_plugin_entropy_is_that_of_all_tables(n):
    p = random_laws(1, 4, generator(f"test/layers/plugin/{n}"))[0]
    assert layers.expected_plugin_entropy(p, n) == pytest.approx(references.enumerated_plugin(p, n), abs=1e-12)
    joint = random_laws(1, 4, generator(f"test/layers/table/{n}"))[0].reshape(2, 2)
    found = layers.expected_plugin_information(joint, n)
    assert found == pytest.approx(references.enumerated_information(joint, n), abs=1e-12)
    assert layers.expected_plugin_entropy(torch.tensor([1.0, 0.0], dtype=DOUBLE), n) == 0.0


def test_the_bias_has_its_two_terms():
    p = torch.tensor([0.4, 0.35, 0.25], dtype=DOUBLE)
    exact = float(torch.special.entr(p).sum())
    errors = [n**3 * (layers.expected_plugin_entropy(p, n) - exact - sum(layers.plugin_bias(p, n))) for n in (200, 400)]
    assert errors[0] == pytest.approx(errors[1], rel=0.05)  # what is left falls like 1/n³


def test_noise():
    states = torch.tensor([0.0, 1.0, 1.0, 4.0], dtype=DOUBLE)
    for sigma in (0.2, 1.0, 5.0):
        found = layers.noisy_information(states, sigma)
        assert found == pytest.approx(references.noisy_by_quadrature(states, sigma), abs=1e-8)
        assert found == pytest.approx(layers.noisy_information(3 * states + 1, 3 * sigma), abs=1e-10)
    assert layers.noisy_information(states, 0.01) == pytest.approx(layers.code_entropy(states[:, None]), abs=1e-9)
    assert layers.noisy_information(states[1:3].float(), 1.0) < 1e-9


def test_gaussian_information():
    root = draws("gauss", 6, 5, 5)
    covariance = root @ root.mT + 0.1 * torch.eye(5)
    found = layers.gaussian_information(covariance, 2)
    assert torch.allclose(found, references.canonical_information(covariance, 2))
    logdets = [np.linalg.slogdet(c)[1] for c in (covariance[:, :2, :2], covariance[:, 2:, 2:], covariance)]
    assert np.allclose(found.numpy(), (logdets[0] + logdets[1] - logdets[2]) / 2)
    w = [draws("w", 2, 3), draws("v", 3, 2)]
    covariances = layers.chain_covariances(w, 0.7)
    x, z, u = draws("x", 200_000, 3), draws("z", 200_000, 2), draws("u", 200_000, 3)
    t = (x @ w[0].T + 0.7 * z) @ w[1].T + 0.7 * u
    sampled = torch.cov(torch.cat([x, t], 1).T)
    assert torch.allclose(sampled, covariances[1], atol=0.02 * float(covariances[1].max()))


@pytest.mark.parametrize(("d", "m", "k"), [(1, 1, 1), (2, 3, 3), (1, 4, 5)])
def test_neighbours_are_those_of_a_tree(d, m, k):
    x, y = draws(f"tree/{d}", 60, d), draws(f"leaf/{m}", 60, m)
    y[:, 0] += 2 * x[:, 0]
    both = torch.cat([x, y], 1).numpy()
    radius = np.nextafter(cKDTree(both).query(both, k + 1, p=np.inf)[0][:, k], 0)
    counts = [cKDTree(a).query_ball_point(a, radius, p=np.inf, return_length=True) for a in (x.numpy(), y.numpy())]
    exact = special.digamma(k) + special.digamma(60) - sum(special.digamma(c).mean() for c in counts)
    assert float(nn.ksg(x, y, k)) == pytest.approx(float(exact), abs=1e-12)
    assert torch.allclose(nn.ksg(torch.stack([x, x]), torch.stack([y, -y]), k), nn.ksg(x, y, k).expand(2))
    assert float(nn.ksg(x, y, k)) <= nn.ksg_ceiling(60, k)


@given(strategies.integers(0, 10**6), strategies.integers(2, 30), strategies.data())
def test_the_ceiling_holds_and_is_reached(seed, n, data):
    k = data.draw(strategies.integers(1, n - 1))
    x = draws(seed, n, 2)
    assert float(nn.ksg(x, x, k)) == pytest.approx(nn.ksg_ceiling(n, k), abs=1e-12)
    assert float(nn.ksg(x, x**3 + 0.1 * draws(seed + 1, n, 2), k)) <= nn.ksg_ceiling(n, k) + 1e-12
    assert nn.ksg_ceiling(n, k) == pytest.approx(float(special.digamma(n) - special.digamma(k)))


def test_collisions_by_enumeration():
    for n, m in ((1, 3), (2, 3), (3, 5), (4, 3)):
        hits = [len(set(row)) < n for row in itertools.product(range(m), repeat=n)]
        assert nn.collision_probability(n, m) == pytest.approx(np.mean(hits), abs=1e-12)


def test_pairs_have_the_information_asked_for():
    x, y = experiments.gaussian_pairs(1.5, 2, 50_000, 1, generator("test/layers/pairs"))
    sampled = torch.cov(torch.cat([x[0], y[0]], 1).T)
    assert float(layers.gaussian_information(sampled, 2)) == pytest.approx(1.5, abs=0.05)


def test_trained_layers_and_rescaling(monkeypatch):
    monkeypatch.setattr(experiments, "STEPS", (0, 5))
    run = experiments._trained.__wrapped__(3)
    assert run.codes.shape == (2, experiments.N_NETWORKS, experiments.N_POINTS, experiments.WIDTH)
    larger = experiments.rescaled(run.parameters[1], 4.0)
    assert torch.allclose(experiments.relu.logits(larger, run.x), experiments.relu.logits(run.parameters[1], run.x))
    assert torch.allclose(experiments.hidden(larger, run.x), 4 * run.codes[1])
    monkeypatch.setattr(drawings, "trained", lambda: run)
    monkeypatch.setattr(drawings, "STEPS", (0, 5))
    monkeypatch.setattr(drawings, "estimates", lambda d: torch.ones(len(experiments.TRUE), 3).double())
    for name in ("bins", "estimates"):
        drawn = getattr(drawings, f"{name}_figure")()
        figures.check_alt(getattr(drawings, f"{name}_alt")())
        assert all(axes.get_xlabel() for axes in drawn.axes) and "nats" in drawn.axes[0].get_ylabel()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layers.code_entropy(torch.zeros(3)), "codes"),
        (lambda: layers.code_entropy(torch.zeros(0, 2)), "codes"),
        (lambda: layers.code_entropy(torch.full((2, 2), math.nan)), "codes"),
        (lambda: layers.shared_information(torch.zeros(2, 1), torch.zeros(3, 1)), "b must"),
        (lambda: layers.binned(torch.zeros(3), 0.0), "width"),
        (lambda: layers.expected_plugin_entropy(torch.tensor([0.5, 0.5]), 0), "n=0"),
        (lambda: layers.expected_plugin_entropy(torch.tensor([0.5, 0.6]), 2), "p must"),
        (lambda: layers.expected_plugin_information(torch.tensor([0.5, 0.5]), 2), "joint"),
        (lambda: layers.plugin_bias(torch.tensor([1.0, 0.0]), 2), "zeros"),
        (lambda: layers.noisy_information(torch.zeros(2), 0.0), "sigma"),
        (lambda: layers.noisy_information(torch.zeros(0), 1.0), "states"),
        (lambda: layers.gaussian_information(torch.eye(2), 2), "split"),
        (lambda: layers.gaussian_information(torch.ones(2, 2), 1), "positive definite"),
        (lambda: layers.chain_covariances([], 1.0), "weights"),
        (lambda: layers.chain_covariances([torch.eye(2)], -1.0), "sigma"),
        (lambda: nn.ksg(torch.zeros(3), torch.zeros(3)), "x and y"),
        (lambda: nn.ksg(torch.zeros(3, 1), torch.zeros(3, 1), 3), "k=3"),
        (lambda: nn.ksg(torch.full((3, 1), math.inf), torch.zeros(3, 1), 1), "finite"),
        (lambda: nn.ksg_ceiling(3, 0), "k=0"),
        (lambda: nn.collision_probability(0, 3), "n=0"),
        (lambda: experiments.sign_chain((3,), torch.Generator()), "widths"),
        (lambda: experiments.rescaled({}, 0.0), "scale"),
        (lambda: experiments.gaussian_pairs(-1.0, 1, 2, 1, torch.Generator()), "information"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
