"""Laws, references and edge cases of the matrices of a graph."""

import itertools

import networkx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy.sparse import csgraph

from mgai.linear_algebra import graph_matrices as gm

unhurried = hypothesis_settings(deadline=None)  # the first call pays for lazy imports
PAIRS = list(itertools.combinations(range(6), 2))
graphs = st.lists(st.sampled_from(PAIRS), unique=True).map(
    lambda edges: torch.tensor(edges, dtype=torch.int64).reshape(-1, 2)
)


def known(edges):
    graph = networkx.Graph(edges.tolist())
    graph.add_nodes_from(range(6))
    return graph


@unhurried
@given(graphs)
def test_adjacency_and_laplacians_agree_with_networkx_and_scipy(edges):
    a, graph = gm.adjacency_matrix(edges, 6), known(edges)
    assert np.array_equal(a, networkx.to_numpy_array(graph, nodelist=range(6)))
    assert gm.degree_matrix(a).diagonal().tolist() == [graph.degree[v] for v in range(6)]
    assert np.array_equal(gm.laplacian(a), csgraph.laplacian(a.numpy()))
    np.testing.assert_allclose(gm.normalised_laplacian(a), csgraph.laplacian(a.numpy(), normed=True), atol=1e-15)


@unhurried
@given(graphs, st.integers(0, 2**15 - 1))
def test_the_laplacian_factors_through_the_incidence_matrix_whatever_the_directions(edges, bits):
    flips = [bool(bits >> i & 1) for i in range(len(edges))]
    directed = torch.where(torch.tensor(flips, dtype=torch.bool)[:, None], edges.flip(1), edges)
    b = gm.incidence_matrix(directed, 6)
    assert b.shape == (len(edges), 6) and not b.sum(dim=1).any()
    assert torch.equal(b.mT @ b, gm.laplacian(gm.adjacency_matrix(directed, 6)))
    x = torch.arange(6, dtype=torch.float64) ** 2
    assert torch.equal(b @ x, x[directed[:, 1]] - x[directed[:, 0]])


def test_incidence_agrees_with_networkx():
    edges = torch.tensor(PAIRS)
    expected = networkx.incidence_matrix(known(edges), range(6), PAIRS, oriented=True).toarray().T
    assert np.array_equal(gm.incidence_matrix(edges, 6), expected)


@unhurried
@given(graphs)
def test_zero_eigenvalues_count_components_and_the_mixed_form_has_none(edges):
    a, parts = gm.adjacency_matrix(edges, 6), networkx.number_connected_components(known(edges))
    for matrix in (gm.laplacian(a), gm.normalised_laplacian(a), gm.normalised_laplacian(a, self_loops=True)):
        values = torch.linalg.eigvalsh(matrix)
        assert values[0] > -1e-12 and int((values < 1e-9).sum()) == parts
    degrees, smallest = a.sum(0), torch.linalg.eigvalsh(gm.mixed_normalised_laplacian(a))[0].item()
    assert 1 / (degrees.max() + 1) - 1e-13 <= smallest <= 1 / (degrees.mean() + 1) + 1e-13


@unhurried
@given(graphs)
def test_the_normalised_spectrum_reaches_two_exactly_with_a_bipartite_component(edges):
    graph = known(edges)
    parts = [graph.subgraph(part) for part in networkx.connected_components(graph) if len(part) > 1]
    largest = torch.linalg.eigvalsh(gm.normalised_laplacian(gm.adjacency_matrix(edges, 6)))[-1].item()
    assert largest <= 2 + 1e-12
    assert (largest > 2 - 1e-9) == any(networkx.is_bipartite(part) for part in parts)


def test_self_loops_enter_degrees_and_adjacency_together():
    a = gm.adjacency_matrix(torch.tensor([[0, 1], [1, 2]]), 4)  # vertex 3 is isolated
    looped = a + torch.eye(4, dtype=a.dtype)
    root = torch.diag(looped.sum(0) ** -0.5)
    expected = torch.eye(4, dtype=a.dtype) - root @ looped @ root
    torch.testing.assert_close(gm.normalised_laplacian(a, self_loops=True), expected)
    excess = gm.mixed_normalised_laplacian(a) - expected
    torch.testing.assert_close(excess, torch.diag(1 / looped.sum(0)))


def test_weights_batches_float32_and_a_single_vertex():
    weights = torch.tensor([[0.0, 2.0], [2.0, 0.0]]).expand(3, 2, 2)
    assert gm.laplacian(weights).tolist() == [[[2, -2], [-2, 2]]] * 3
    found = gm.normalised_laplacian(weights)
    assert found.dtype == torch.float32 and found.shape == (3, 2, 2)
    torch.testing.assert_close(found[0], torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
    lonely = gm.adjacency_matrix(torch.zeros(0, 2, dtype=torch.int64), 1)
    assert lonely.tolist() == gm.normalised_laplacian(lonely).tolist() == [[0]]
    assert gm.mixed_normalised_laplacian(lonely).tolist() == [[1]]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: gm.adjacency_matrix(torch.tensor([[0, 3]]), 3), ValueError, "edges name vertices"),
        (lambda: gm.adjacency_matrix(torch.tensor([[-1, 1]]), 3), ValueError, "edges name vertices"),
        (lambda: gm.adjacency_matrix(torch.tensor([[1, 1]]), 3), ValueError, "edges hold a loop"),
        (lambda: gm.adjacency_matrix(torch.tensor([[0, 1], [1, 0]]), 3), ValueError, "one edge twice"),
        (lambda: gm.incidence_matrix(torch.tensor([[0, 1], [0, 1]]), 3), ValueError, "one edge twice"),
        (lambda: gm.incidence_matrix(torch.tensor([0, 1]), 3), ValueError, "edges must be pairs"),
        (lambda: gm.incidence_matrix(torch.zeros(0, 2, dtype=torch.int64), 0), ValueError, "n positive"),
        (lambda: gm.adjacency_matrix([(0, 1)], 3), TypeError, "edges must be a tensor of integers"),
        (lambda: gm.adjacency_matrix(torch.tensor([[0, 1]]), 2.0), TypeError, "n must be an integer"),
        (lambda: gm.laplacian(torch.tensor([[0.0, torch.inf], [torch.inf, 0.0]])), ValueError, "finite"),
        (lambda: gm.laplacian(torch.ones(2, 2)), ValueError, "zero diagonal"),
        (lambda: gm.laplacian(torch.tensor([[0.0, 1.0], [0.0, 0.0]])), ValueError, "a must be symmetric"),
        (lambda: gm.laplacian(torch.tensor([[0.0, -1.0], [-1.0, 0.0]])), ValueError, "no negative"),
        (lambda: gm.normalised_laplacian(torch.full((1, 1), torch.nan)), ValueError, "a must be symmetric"),
        (lambda: gm.degree_matrix(torch.zeros(2, 3)), ValueError, "a must be square"),
        (lambda: gm.degree_matrix(torch.zeros(2, 2, dtype=torch.int64)), TypeError, "a must be a floating"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
