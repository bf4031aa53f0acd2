r"""Consensus on a graph, :math:`x'=-Lx`: spectra in closed form, rates, what undirected and directed graphs conserve.

The matrices of undirected graphs are in :mod:`mgai.linear_algebra.graph_matrices`. Shown on the page
``chapters/2-calculus/consensus``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.calculus.argument_checks import check_tensor
from mgai.linear_algebra.low_rank import check_integer

KINDS = ("cycle", "path", "complete", "star")


def graph_edges(kind: str, n: int) -> Int[Tensor, "n_edges 2"]:
    r"""The edges of a cycle, path, complete graph or star (centre 0) on n vertices.

    Args:
        kind: one of ``cycle``, ``path``, ``complete``, ``star``.
        n: at least 3.

    Raises:
        ValueError: another kind, or n below 3.
        TypeError: ``n`` is no integer.

    >>> graph_edges("path", 3).tolist()
    [[0, 1], [1, 2]]
    """
    n = _checked(kind, n)
    pairs = {
        "cycle": [(i, (i + 1) % n) for i in range(n)],
        "path": [(i, i + 1) for i in range(n - 1)],
        "complete": [(i, j) for i in range(n) for j in range(i + 1, n)],
        "star": [(0, i) for i in range(1, n)],
    }
    return torch.tensor(pairs[kind])


def laplacian_spectrum(kind: str, n: int) -> Float[Tensor, " {n}"]:
    r"""Eigenvalues of the Laplacian in closed form, ascending (``thm-graph-spectra``).

    Cycle: :math:`4\sin^2(\pi k/n)`. Path: :math:`4\sin^2(\pi k/2n)`. Complete: 0 and n. Star: 0, 1 and n.

    Args, Raises: as :func:`graph_edges`.

    >>> laplacian_spectrum("star", 4)
    tensor([0., 1., 1., 4.], dtype=torch.float64)
    """
    n = _checked(kind, n)
    k = torch.arange(n, dtype=torch.float64)
    if kind in ("cycle", "path"):
        turn = math.pi * k / (n if kind == "cycle" else 2 * n)
        return (4 * torch.sin(turn) ** 2).sort().values
    values = torch.full((n,), float(n) if kind == "complete" else 1.0, dtype=torch.float64)
    values[0], values[-1] = 0, n
    return values


def consensus_flow(
    laplacian: Float[Tensor, "n n"], x0: Float[Tensor, "*batch n"], times: Float[Tensor, " t"]
) -> Float[Tensor, "*shape"]:
    r"""The states :math:`e^{-tL}x_0` at some times, for undirected and directed graphs.

    Args:
        laplacian: square; rows that sum to zero make the flow a consensus.
        x0: starts.
        times: any.

    Returns:
        The shape of ``times``, followed by that of ``x0``.

    Raises:
        ValueError: shapes that do not fit, or entries that are not finite.
        TypeError: an argument is no floating-point tensor.

    Cost: O(n³) a time.

    >>> one = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    >>> torch.allclose(consensus_flow(one, torch.tensor([0.0, 2.0]), torch.tensor([100.0])), torch.ones(1, 2))
    True
    """
    _check_square(laplacian)
    check_tensor(x0, "x0", *[None] * max(x0.ndim - 1, 0), len(laplacian))
    check_tensor(times, "times", None)
    steps = torch.linalg.matrix_exp(-times[:, None, None] * laplacian)
    return torch.einsum("tij,...j->t...i", steps, x0)


def disagreement(x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
    r"""The distance from consensus, :math:`\lVert x-\bar x\mathbf1\rVert`, with the mean :math:`\bar x`.

    >>> disagreement(torch.tensor([1.0, 3.0, 2.0, 2.0]))
    tensor(1.4142)
    """
    return torch.linalg.vector_norm(x - x.mean(dim=-1, keepdim=True), dim=-1)


def listening_laplacian(weights: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
    r"""The Laplacian of a directed graph: :math:`x_i'=\sum_jw_{ij}(x_j-x_i)` is :math:`x'=-Lx`.

    Vertex i listens to vertex j with the weight :math:`w_{ij}`. Rows sum to zero; columns need not.

    Args:
        weights: square, finite, not negative; the diagonal does not matter.

    Raises:
        ValueError, TypeError: ``weights`` is no such matrix.

    >>> listening_laplacian(torch.tensor([[0.0, 2.0], [0.0, 0.0]]))
    tensor([[ 2., -2.],
            [ 0.,  0.]])
    """
    _check_square(weights, "weights")
    if bool((weights < 0).any()):
        raise ValueError("weights must not be negative")
    return torch.diag(weights.sum(dim=1)) - weights


def consensus_weights(laplacian: Float[Tensor, "n n"]) -> Float[Tensor, " n"]:
    r"""The left null vector :math:`\pi^\top L=0`, with sum 1: :math:`\pi^\top x` is conserved (``thm-directed``).

    Args:
        laplacian: rows sum to zero, and some vertex can be heard by all (along directed edges).

    Raises:
        ValueError: the matrix is not square or not finite, or has more than one such vector.
        TypeError: it is no floating-point tensor.

    Cost: O(n³), a singular value decomposition.

    >>> consensus_weights(torch.tensor([[2.0, -2.0], [-1.0, 1.0]]))
    tensor([0.3333, 0.6667])
    """
    _check_square(laplacian)
    u, s, _ = torch.linalg.svd(laplacian)
    small = s <= len(s) * torch.finfo(s.dtype).eps * s[0].clamp(min=torch.finfo(s.dtype).tiny)
    if int(small.sum()) != 1:
        raise ValueError(f"laplacian has {int(small.sum())} left null vectors, not one: its vertices do not all agree")
    return u[:, -1] / u[:, -1].sum()


def tree_weights(laplacian: Float[Tensor, "n n"]) -> Float[Tensor, " n"]:
    r"""The same weights by counting trees: :math:`\pi_i\propto\det L^{(i)}`, row and column i left out.

    By the matrix-tree theorem this is the total weight of the spanning trees that lead from every vertex to i.

    Args, Raises: as :func:`consensus_weights`; ValueError when no such tree exists.

    Cost: O(n⁴).

    >>> tree_weights(torch.tensor([[2.0, -2.0], [-1.0, 1.0]]))
    tensor([0.3333, 0.6667])
    """
    _check_square(laplacian)
    n = len(laplacian)
    rest = [[j for j in range(n) if j != i] for i in range(n)]
    minors = torch.stack([torch.linalg.det(laplacian[keep][:, keep]) for keep in rest])
    if not float(minors.sum()) > 0:
        raise ValueError("laplacian has no spanning tree that leads to one vertex")
    return minors / minors.sum()


def _checked(kind: str, n: int) -> int:
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    return check_integer(n, "n", 3)


def _check_square(matrix: Tensor, argument: str = "laplacian") -> None:
    check_tensor(matrix, argument, None, None)
    check_tensor(matrix, argument, len(matrix), len(matrix))
