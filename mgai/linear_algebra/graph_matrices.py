r"""The matrices of an undirected graph: adjacency, degree, incidence, Laplacian, normalised Laplacian.

Shown on the page ``chapters/1-linear-algebra/structured-matrices``.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def adjacency_matrix(edges: Int[Tensor, "n_edges 2"], n: int) -> Float[Tensor, "{n} {n}"]:
    r"""The adjacency matrix: :math:`A_{ij}=1` when :math:`\{i,j\}` is an edge, else 0.

    Formula ``cs-16-10``.

    It is symmetric with a zero diagonal.

    Args:
        edges: pairs of vertices numbered from 0, each edge listed once, in either direction; no loops.
        n: number of vertices, at least 1.

    Returns:
        float64.

    Raises:
        TypeError: ``edges`` is no integer tensor, or ``n`` no integer.
        ValueError: a vertex out of range, a loop, or an edge listed twice (in either direction).

    Cost: O(n^2 + n_edges) memory.

    >>> adjacency_matrix(torch.tensor([[0, 1], [2, 1]]), 3)
    tensor([[0., 1., 0.],
            [1., 0., 1.],
            [0., 1., 0.]], dtype=torch.float64)
    """
    _check_edges(edges, n)
    a = torch.zeros(n, n, dtype=torch.float64, device=edges.device)
    a[edges[:, 0], edges[:, 1]] = 1
    a[edges[:, 1], edges[:, 0]] = 1
    return a


def degree_matrix(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n n"]:
    r"""The degree matrix :math:`D=\operatorname{diag}(d_1,\dots,d_n)`, :math:`d_j=\sum_iA_{ij}`.

    Formula ``cs-16-11``.

    For zeros and ones, :math:`d_j` is the number of neighbours of vertex j; with weights, their sum.

    Args:
        a: symmetric matrices of weights that are not negative, with a zero diagonal.

    Raises:
        TypeError, ValueError: ``a`` is not such a matrix.

    Cost: O(n^2).

    >>> degree_matrix(adjacency_matrix(torch.tensor([[0, 1], [2, 1]]), 3)).diagonal()
    tensor([1., 2., 1.], dtype=torch.float64)
    """
    _check_adjacency(a)
    return torch.diag_embed(a.sum(dim=-2))


def incidence_matrix(edges: Int[Tensor, "n_edges 2"], n: int) -> Float[Tensor, "n_edges {n}"]:
    r"""The signed incidence matrix: row e of the edge (i, j) has -1 at i, +1 at j, and zeros elsewhere.

    Formula ``cs-16-12``.

    :math:`Bx` lists the differences :math:`x_j-x_i` along the edges, so :math:`B^{\mathsf T}B=D-A`.
    The direction of an edge is a choice: reversing it changes the sign of its row and
    leaves the product as it is.

    Args:
        edges: as for :func:`adjacency_matrix`; the first vertex of a pair is the source.
        n: number of vertices, at least 1.

    Returns:
        float64; one row an edge, one column a vertex (many books use the transpose).

    Raises:
        TypeError, ValueError: as for :func:`adjacency_matrix`.

    Cost: O(n n_edges) memory. Source: Chung, Spectral Graph Theory (1997), section 1.2.

    >>> incidence_matrix(torch.tensor([[0, 1], [2, 1]]), 3)
    tensor([[-1.,  1.,  0.],
            [ 0.,  1., -1.]], dtype=torch.float64)
    """
    _check_edges(edges, n)
    b = torch.zeros(len(edges), n, dtype=torch.float64, device=edges.device)
    rows = torch.arange(len(edges), device=edges.device)
    b[rows, edges[:, 0]] = -1
    b[rows, edges[:, 1]] = 1
    return b


def laplacian(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n n"]:
    r"""The graph Laplacian :math:`L=D-A`, with :math:`x^{\mathsf T}Lx=\sum_{\{i,j\}}A_{ij}(x_i-x_j)^2`.

    Formula ``cs-16-17``.

    Positive semidefinite; the multiplicity of its eigenvalue 0 is the number of connected components. On a
    path it is minus the second difference. See the theorem ``thm-laplacian-kernel``.

    Args:
        a: symmetric matrices of weights that are not negative, with a zero diagonal.

    Raises:
        TypeError, ValueError: ``a`` is not such a matrix.

    Cost: O(n^2). Source: Chung, Spectral Graph Theory (1997), chapter 1.

    >>> laplacian(adjacency_matrix(torch.tensor([[0, 1]]), 2))
    tensor([[ 1., -1.],
            [-1.,  1.]], dtype=torch.float64)
    """
    return degree_matrix(a) - a


def normalised_laplacian(a: Float[Tensor, "*batch n n"], self_loops: bool = False) -> Float[Tensor, "*batch n n"]:
    r"""The normalised Laplacian :math:`D^{-1/2}(D-A)D^{-1/2}`.

    Formula ``cs-16-18``.

    It is :math:`I-D^{-1/2}AD^{-1/2}` when there are no isolated vertices. A vertex of
    degree zero gets a zero row, by the convention :math:`0^{-1/2}=0`, so that the multiplicity of the
    eigenvalue 0 stays the number of components. Eigenvalues lie in [0, 2]. With ``self_loops``, A becomes
    :math:`\tilde A=A+I` and D becomes :math:`\tilde D=D+I`, both at once, as in graph convolutional networks.

    Args:
        a: symmetric matrices of weights that are not negative, with a zero diagonal.
        self_loops: whether every vertex first gets an edge to itself, of weight 1.

    Raises:
        TypeError, ValueError: ``a`` is not such a matrix.

    Cost: O(n^2). Source: Chung, Spectral Graph Theory (1997), section 1.2; Kipf and Welling (2017).

    >>> normalised_laplacian(adjacency_matrix(torch.tensor([[0, 1]]), 3))
    tensor([[ 1., -1.,  0.],
            [-1.,  1.,  0.],
            [ 0.,  0.,  0.]], dtype=torch.float64)
    """
    degrees = degree_matrix(a).diagonal(dim1=-2, dim2=-1)
    if self_loops:
        a = a + torch.eye(a.shape[-1], dtype=a.dtype, device=a.device)
        degrees = degrees + 1
    linked = degrees > 0
    root = torch.where(linked, degrees, torch.ones_like(degrees)).rsqrt() * linked
    return torch.diag_embed(linked.to(a.dtype)) - root.unsqueeze(-1) * a * root.unsqueeze(-2)


def mixed_normalised_laplacian(a: Float[Tensor, "*batch n n"]) -> Float[Tensor, "*batch n n"]:
    r"""The inconsistent form :math:`I-\tilde D^{-1/2}A\tilde D^{-1/2}`, with :math:`\tilde D=D+I`.

    Its degrees count self-loops that its adjacency matrix lacks. Kept to show what goes
    wrong: it exceeds the consistent form by :math:`\tilde D^{-1}`, so its smallest eigenvalue is positive
    on every graph. See the theorem ``thm-mixed-laplacian``.

    Args, Raises and Cost: as for :func:`laplacian`.

    >>> torch.linalg.eigvalsh(mixed_normalised_laplacian(adjacency_matrix(torch.tensor([[0, 1]]), 2)))
    tensor([0.5000, 1.5000], dtype=torch.float64)
    """
    root = (degree_matrix(a).diagonal(dim1=-2, dim2=-1) + 1).rsqrt()
    return torch.eye(a.shape[-1], dtype=a.dtype, device=a.device) - root.unsqueeze(-1) * a * root.unsqueeze(-2)


def _check_edges(edges: Tensor, n: int) -> None:
    if not isinstance(edges, Tensor) or edges.dtype not in (torch.int64, torch.int32):
        raise TypeError("edges must be a tensor of integers")
    if not isinstance(n, int):
        raise TypeError(f"n must be an integer, not {n!r}")
    if edges.ndim != 2 or edges.shape[1] != 2 or n < 1:
        raise ValueError(f"edges must be pairs and n positive, not {tuple(edges.shape)} and n={n}")
    if len(edges) and not (edges.min() >= 0 and edges.max() < n):
        raise ValueError(f"edges name vertices from {edges.min()} to {edges.max()}, not from 0 to {n - 1}")
    if bool((edges[:, 0] == edges[:, 1]).any()):
        raise ValueError("edges hold a loop: an edge joins two different vertices")
    if len(edges.sort(dim=1).values.unique(dim=0)) != len(edges):
        raise ValueError("edges list one edge twice: {i, j} and {j, i} are the same edge")


def _check_adjacency(a: Tensor) -> None:
    if not isinstance(a, Tensor) or not a.is_floating_point():
        raise TypeError("a must be a floating-point tensor")
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"a must be square, not of shape {tuple(a.shape)}")
    if not torch.equal(a, a.mT):
        raise ValueError("a must be symmetric: the graph is undirected")
    if not bool((a.isfinite() & (a >= 0)).all()) or bool(a.diagonal(dim1=-2, dim2=-1).any()):
        raise ValueError("a must have finite entries, no negative one, and a zero diagonal")
