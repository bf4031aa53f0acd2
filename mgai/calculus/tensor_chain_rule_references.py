"""References for derivatives by tensors: central differences, and the chain rule term by term.

Used on the pages ``chapters/2-calculus/tensor-chain-rule`` and ``chapters/2-calculus/vector-and-matrix-derivatives``.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from string import ascii_lowercase, ascii_uppercase

from jaxtyping import Float
from torch import Tensor

from mgai.calculus.differentiation import central_jacobian
from mgai.linear_algebra.tensor_contraction import contract_by_loops


def central_jacobian_tensor(
    function: Callable[[Tensor], Tensor], w: Float[Tensor, "*inputs"]
) -> Float[Tensor, "*outputs_and_inputs"]:
    """The partial derivatives by central differences: the outputs' axes, then those of ``w``.

    Raises ValueError when ``w`` is empty or not finite, TypeError for other tensors.

    >>> import torch
    >>> central_jacobian_tensor(lambda w: w.square().sum(), torch.ones(1, 2, dtype=torch.float64)).round(decimals=6)
    tensor([[2., 2.]], dtype=torch.float64)
    """
    found = central_jacobian(lambda flat: function(flat.reshape(w.shape)), w.flatten())
    return found.reshape(found.shape[:-1] + w.shape)


def product_by_loops(
    p: Float[Tensor, "*rows_and_shared"], q: Float[Tensor, "*shared_and_columns"], n_shared: int
) -> Float[Tensor, "*rows_and_columns"]:
    """The last axes of P summed against the first of Q, by loops over all values of all indices.

    Raises ValueError when the shared extents differ.

    >>> import torch
    >>> product_by_loops(torch.ones(2, 3, 4), torch.ones(3, 4), 2)
    tensor([12., 12.])
    """
    first = ascii_lowercase[: p.ndim]
    second = first[p.ndim - n_shared :] + ascii_uppercase[: q.ndim - n_shared]
    output = first[: p.ndim - n_shared] + second[n_shared:]
    return contract_by_loops(f"{first},{second}->{output}", p, q)[0]


def contracted_entry_by_entry(
    gradient: Float[Tensor, "m samples"], tensor: Float[Tensor, "m samples rows columns"]
) -> list[list[float]]:
    r"""The sums :math:`\sum_{ij}G_{ij}T_{ijkl}` for all k and l, by loops over Python numbers.

    >>> import torch
    >>> contracted_entry_by_entry(torch.tensor([[2.0]]), torch.tensor([[[[3.0, 4.0]]]]))
    [[6.0, 8.0]]
    """
    g, t = gradient.tolist(), tensor.tolist()
    m, samples, rows, columns = tensor.shape
    places = list(product(range(m), range(samples)))
    return [[sum(g[i][j] * t[i][j][k][n] for i, j in places) for n in range(columns)] for k in range(rows)]
