"""Consensus: spectra in closed form, conserved means, directed limits by three routes, figures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai.calculus import consensus
from mgai.calculus import consensus_figures as drawings
from mgai.linear_algebra.graph_matrices import laplacian
from mgai.settings import generator

seeds = strategies.integers(0, 10**6)


@pytest.mark.parametrize("kind", consensus.KINDS)
@pytest.mark.parametrize("n", [3, 4, 7, 20])
def test_spectra(kind, n):
    found = torch.linalg.eigvalsh(drawings.kind_laplacian(kind, n))
    torch.testing.assert_close(found, consensus.laplacian_spectrum(kind, n), rtol=0, atol=1e-12)
    count = {"cycle": n, "path": n - 1, "complete": n * (n - 1) // 2, "star": n - 1}[kind]
    assert len(consensus.graph_edges(kind, n)) == count


@given(seeds, strategies.integers(2, 6))
def test_undirected_graphs_keep_the_mean_and_agree(seed, n):
    rng = generator(f"test/consensus/{seed}")
    a = torch.rand(n, n, dtype=torch.float64, generator=rng).triu(1)
    matrix = laplacian(a + a.T)
    torch.testing.assert_close(consensus.listening_laplacian(a + a.T), matrix)
    x0, times = torch.randn(2, n, dtype=torch.float64, generator=rng), torch.tensor([0.0, 0.3, 1.0]).double()
    x = consensus.consensus_flow(matrix, x0, times)
    assert x.shape == (3, 2, n)
    torch.testing.assert_close(x[0], x0)
    torch.testing.assert_close(x.mean(-1), x0.mean(-1).expand(3, 2), rtol=0, atol=1e-12)
    rate = torch.linalg.eigvalsh(matrix)[1]
    assert (consensus.disagreement(x) <= torch.exp(-rate * times)[:, None] * consensus.disagreement(x0) + 1e-12).all()


@given(seeds, strategies.integers(2, 6))
def test_directed_graphs_agree_on_the_weighted_start(seed, n):
    rng = generator(f"test/consensus/directed/{seed}")
    matrix = consensus.listening_laplacian(torch.rand(n, n, dtype=torch.float64, generator=rng) + 0.1)
    weights = consensus.consensus_weights(matrix)
    assert (weights > 0).all() and (weights @ matrix).abs().max() < 1e-13
    torch.testing.assert_close(weights, consensus.tree_weights(matrix), rtol=1e-10, atol=1e-12)
    x0 = torch.randn(n, dtype=torch.float64, generator=rng)
    end = consensus.consensus_flow(matrix, x0, torch.tensor([150.0], dtype=torch.float64))[0]
    torch.testing.assert_close(end, (weights @ x0).expand(n), rtol=0, atol=1e-10)


def test_a_leader_decides_alone():
    weights = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    matrix = consensus.listening_laplacian(weights)
    torch.testing.assert_close(consensus.consensus_weights(matrix), torch.tensor([1.0, 0.0, 0.0]))
    assert consensus.tree_weights(matrix).tolist() == [1.0, 0.0, 0.0]


def test_figure_has_labels_and_shows_the_decays():
    x0 = torch.eye(6, dtype=torch.float64)[5]
    axes = drawings.consensus_figure(x0).axes[0]
    assert axes.get_xlabel() and axes.get_ylabel()
    times = torch.linspace(0, 8, 81, dtype=torch.float64)
    for line, shares in zip(axes.lines[::2], drawings.decays(x0, times).values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), shares.numpy())
    for line, bound in zip(axes.lines[::2], axes.lines[1::2], strict=True):
        assert (line.get_ydata() <= bound.get_ydata() + 1e-12).all()
    assert f"{drawings.decays(x0, times[[10]])['path'][0]:.1e} at t = 1" in drawings.consensus_alt(x0)


@pytest.mark.bad_input
def test_bad_input():
    for function in (consensus.graph_edges, consensus.laplacian_spectrum):
        with pytest.raises(ValueError, match="kind"):
            function("tree", 5)
        with pytest.raises(ValueError, match="n must"):
            function("path", 2)
    with pytest.raises(ValueError, match="weights must not be negative"):
        consensus.listening_laplacian(-torch.ones(2, 2))
    with pytest.raises(ValueError, match="laplacian"):
        consensus.consensus_flow(torch.ones(2, 3), torch.ones(2), torch.ones(1))
    with pytest.raises(ValueError, match="x0"):
        consensus.consensus_flow(torch.ones(2, 2), torch.ones(3), torch.ones(1))
    with pytest.raises(ValueError, match="2 left null vectors"):
        consensus.consensus_weights(torch.zeros(2, 2))
    with pytest.raises(ValueError, match="spanning tree"):
        consensus.tree_weights(torch.zeros(2, 2))
