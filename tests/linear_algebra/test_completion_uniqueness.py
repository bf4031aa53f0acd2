"""Degrees of freedom, visibility and second completions against Jacobians; coherence against its projector."""

import pytest
import torch

from mgai import settings
from mgai.linear_algebra import completion_uniqueness as uniqueness


def instance(label, m=14, n=10, rank=2, p=0.7):
    generator = settings.generator(f"test/uniqueness/{label}")
    u = torch.randn(m, rank, dtype=torch.float64, generator=generator)
    v = torch.randn(n, rank, dtype=torch.float64, generator=generator)
    return u, v, torch.rand(m, n, generator=generator) < p


@pytest.mark.parametrize(("m", "n", "rank"), [(4, 4, 1), (5, 3, 2), (3, 6, 3), (2, 2, 0)])
def test_degrees_of_freedom_are_the_rank_of_the_jacobian(m, n, rank):
    u, v, _ = instance("jacobian", m, n, rank)
    both = torch.func.jacrev(lambda u, v: (u @ v.T).flatten(), argnums=(0, 1))(u, v)
    jacobian = torch.cat([part.reshape(m * n, -1) for part in both], dim=1)
    found = int(torch.linalg.matrix_rank(jacobian)) if rank else 0
    assert found == uniqueness.degrees_of_freedom(m, n, rank)


def test_restricted_singular_values_agree_with_the_projected_jacobian():
    u, v, observed = instance("visible", 6, 5)
    both = torch.func.jacrev(lambda u, v: (u @ v.T).flatten(), argnums=(0, 1))(u, v)
    jacobian = torch.cat([part.flatten(1) for part in both], dim=1)
    basis = torch.linalg.svd(jacobian)[0][:, : uniqueness.degrees_of_freedom(6, 5, 2)]
    expected = torch.linalg.svdvals(basis[observed.flatten()])
    found = uniqueness.restricted_singular_values(u, v, observed)
    torch.testing.assert_close(found[: len(expected)], expected, rtol=0, atol=1e-12)
    everything = uniqueness.restricted_singular_values(u, v, torch.ones_like(observed))
    torch.testing.assert_close(everything, torch.ones_like(everything))


def test_fewer_observations_than_degrees_of_freedom_leave_invisible_directions():
    u, v, _ = instance("invisible", 6, 5)
    few = torch.zeros(6, 5).bool()
    few[:2] = True
    found = uniqueness.restricted_singular_values(u, v, few)
    assert len(found) == uniqueness.degrees_of_freedom(6, 5, 2)
    assert not bool(found[10:].any())


def test_second_completion_agrees_where_observed_and_has_the_rank():
    u, v, observed = instance("second")
    observed[3] = False
    observed[3, 5] = True
    other = uniqueness.second_completion(u, v, observed)
    torch.testing.assert_close(other[observed], (u @ v.T)[observed], rtol=0, atol=1e-13)
    assert int(torch.linalg.matrix_rank(other, rtol=1e-10)) <= 2
    assert float((other - u @ v.T).norm()) > 1e-3


def test_coherence_lies_between_one_and_m_over_k():
    u = instance("coherence")[0]
    projector = (u @ torch.linalg.pinv(u)).numpy()
    assert float(uniqueness.coherence(u)) == pytest.approx(14 / 2 * projector.diagonal().max())
    assert 1 <= float(uniqueness.coherence(u)) <= 7


@pytest.mark.bad_input
def test_bad_input_is_named():
    u, v, observed = instance("bad")
    with pytest.raises(ValueError, match="rank"):
        uniqueness.degrees_of_freedom(3, 3, 4)
    with pytest.raises(ValueError, match="no row is free"):
        uniqueness.second_completion(u, v, torch.ones_like(observed))
    for function in (uniqueness.second_completion, uniqueness.restricted_singular_values):
        with pytest.raises(ValueError, match="u and v must have equally many columns"):
            function(u[:, :1], v, observed)
        with pytest.raises(ValueError, match="observed must be Boolean of shape"):
            function(u, v, observed.T)
    with pytest.raises(ValueError, match="u must have between 1 and m columns"):
        uniqueness.coherence(torch.ones(1, 2))
