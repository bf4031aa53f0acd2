r"""Low-rank approximation: truncated SVD, its error, the rank that holds a given energy, and its storage.

The energy of a matrix is its squared Frobenius norm :math:`\sum_i s_i^2`, with singular values
:math:`s_1\ge s_2\ge\dots\ge0`. Shown on the page ``chapters/1-linear-algebra/low-rank``.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def truncated_svd(
    a: Float[Tensor, "m n"], k: int
) -> tuple[Float[Tensor, "m k"], Float[Tensor, " k"], Float[Tensor, "k n"]]:
    r"""The leading ``k`` singular triplets: :math:`A_k = U\,\mathrm{diag}(s)\,V^\top`.

    Args:
        a: a finite matrix, floating point.
        k: the rank, from 0 to min(m, n).

    Returns:
        ``u`` (m, k), ``s`` (k,) in descending order and ``vh`` (k, n), dtype and device of ``a``.

    Raises:
        TypeError: ``a`` is not a floating-point tensor, or ``k`` is no integer.
        ValueError: ``a`` is no finite matrix, or ``k`` is out of range.

    Cost: O(m n min(m, n)); the whole decomposition is computed and cut.

    >>> [part.tolist() for part in truncated_svd(torch.diag(torch.tensor([3.0, 2.0])), 1)[1:2]]
    [[3.0]]
    """
    check_matrix(a)
    k = check_integer(k, "k", 0, min(a.shape))
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    return u[:, :k], s[:k], vh[:k]


def low_rank_approximation(a: Float[Tensor, "m n"], k: int) -> Float[Tensor, "m n"]:
    r"""A matrix of rank at most ``k`` nearest to ``a``: :math:`A_k = \sum_{i\le k} s_i u_i v_i^\top`.

    No matrix of rank at most k is nearer, in the Frobenius norm or in the spectral norm (theorem
    ``thm-eckart-young``). For :math:`0<k<\operatorname{rank}A` it is the only nearest one in the
    Frobenius norm if and only if :math:`s_k > s_{k+1}`.

    Args, Raises and Cost: as for :func:`truncated_svd`.

    Source: Eckart and Young (1936); Mirsky (1960).

    >>> low_rank_approximation(torch.diag(torch.tensor([3.0, 2.0])), 1).abs()
    tensor([[3., 0.],
            [0., 0.]])
    """
    u, s, vh = truncated_svd(a, k)
    return (u * s) @ vh


def relative_errors(s: Float[Tensor, " r"]) -> Float[Tensor, " r+1"]:
    r"""The error of every truncation: :math:`e_k = (\sum_{i>k} s_i^2 / \sum_i s_i^2)^{1/2}`, k = 0..r.

    This is :math:`\|A-A_k\|_F/\|A\|_F`; the energy kept is :math:`1-e_k^2`. The tails are summed
    from the smallest value up, so that small errors keep their relative accuracy; all values
    are divided by the largest first, so that squares do not overflow.

    Args:
        s: singular values in descending order, finite, not negative.

    Returns:
        r + 1 values from 1 down to 0; all zero when every singular value is zero.

    Raises:
        TypeError: ``s`` is not a floating-point tensor.
        ValueError: ``s`` is no vector of singular values in descending order.

    Cost: O(r).

    >>> relative_errors(torch.tensor([4.0, 3.0]))
    tensor([1.0000, 0.6000, 0.0000])
    """
    _check_singular_values(s)
    errors = s.new_zeros(len(s) + 1)
    if len(s) and s[0] > 0:
        tails = (s / s[0]).square().flip(0).cumsum(0).flip(0)
        errors[:-1] = (tails / tails[0]).sqrt()
    return errors


def energy_rank(s: Float[Tensor, " r"], threshold: float = 0.9, rtol: float | None = None) -> int:
    r"""The smallest k with :math:`\sum_{i\le k} s_i^2 \ge t \sum_i s_i^2`, up to rounding of the matrix.

    Computed as the smallest k with :math:`e_k \le \sqrt{1-t} + \delta`. Since :math:`e_k\|A\|_F` is a
    distance, a perturbation of A by :math:`\delta\|A\|_F` moves it by no more than that (page ``low-rank``,
    corollary ``cor-lipschitz``); so ties that rounding of A would split count as reached, and at
    ``threshold=1`` the answer is the numerical rank. The rounding of t itself is covered too, unless
    t is so near 1, but not 1, that :math:`\sqrt{1-t}<1/(8r)`.

    Args:
        s: singular values in descending order, finite, not negative.
        threshold: the part t of the energy to keep, from 0 to 1.
        rtol: the relative uncertainty :math:`\delta` of the matrix; by default r times the machine epsilon
            of the dtype. With 0 nothing is forgiven, not even the rounding of t.

    Returns:
        An integer from 0 (a zero matrix, or t = 0) to r.

    Raises:
        TypeError: ``s`` is not a floating-point tensor.
        ValueError: ``s`` is no vector of singular values, or ``threshold`` or ``rtol`` is out of range.

    Cost: O(r).

    >>> s = torch.tensor([3.0, 1.0])  # energies 9 and 1: nine tenths exactly
    >>> energy_rank(s), energy_rank(s, 0.95), energy_rank(s, 0.0)
    (1, 2, 0)
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1, not {threshold}")
    _check_singular_values(s)
    delta = len(s) * torch.finfo(s.dtype).eps if rtol is None else rtol
    if not 0 <= delta < 1:
        raise ValueError(f"rtol must be from 0 to 1 (exclusive), not {rtol}")
    # errors descend and the last is zero, so counting those still too large gives the smallest k
    return int((relative_errors(s) > (1 - threshold) ** 0.5 + delta).sum())


def rebuilt_errors(a: Float[Tensor, "m n"], vh: Float[Tensor, "r n"], ranks: Sequence[int]) -> Float[Tensor, " ranks"]:
    r"""The errors :math:`\|A-AV_kV_k^\top\|_F/\|A\|_F` by their definition: A is projected, no singular value is used.

    With right singular vectors in the rows of ``vh`` this is :math:`\|A-A_k\|_F/\|A\|_F`, a reference for
    :func:`relative_errors` and :func:`energy_rank`.

    Args:
        a: a finite matrix, not zero.
        vh: orthonormal rows, leading direction first.
        ranks: numbers of rows of ``vh`` to keep.

    Raises:
        TypeError, ValueError: ``a`` or ``vh`` is no finite matrix, or a rank is out of range.

    Cost: O(m n k) for each rank k.

    >>> rebuilt_errors(torch.diag(torch.tensor([4.0, 3.0])), torch.eye(2), [0, 1, 2])
    tensor([1.0000, 0.6000, 0.0000])
    """
    check_matrix(a)
    check_matrix(vh, "vh")
    leading = [vh[: check_integer(k, "ranks", 0, len(vh))] for k in ranks]
    return torch.stack([(a - (a @ v.mT) @ v).norm() for v in leading]) / a.norm()


def stored_numbers(m: int, n: int, k: int) -> int:
    r"""Numbers that a truncated SVD of rank k stores: :math:`k(m+n+1)`, two factors and k singular values.

    With the singular values multiplied into a factor it is k less.

    m, n, k: rows, columns and a rank from 0 to min(m, n); ValueError or TypeError otherwise.

    >>> stored_numbers(5000, 784, 52)
    300820
    """
    m, n, k = _check_shape(m, n, k)
    return k * (m + n + 1)


def degrees_of_freedom(m: int, n: int, k: int) -> int:
    r"""The dimension of the set of m×n matrices of rank k: :math:`k(m+n-k) = mn-(m-k)(n-k)`, never above mn.

    m, n, k: as for :func:`stored_numbers`.

    >>> degrees_of_freedom(3, 4, 3), degrees_of_freedom(5000, 784, 52)
    (12, 298064)
    """
    m, n, k = _check_shape(m, n, k)
    return k * (m + n - k)


def break_even_rank(m: int, n: int) -> int:
    r"""The largest rank whose truncated SVD stores fewer numbers than the matrix: :math:`k(m+n+1)<mn`.

    m, n: rows and columns; ValueError or TypeError unless they are integers, not negative.

    >>> break_even_rank(5000, 784), break_even_rank(2, 2)
    (677, 0)
    """
    m, n, _ = _check_shape(m, n, 0)
    return max(m * n - 1, 0) // (m + n + 1)


def reconstructions(
    images: Float[Tensor, "n h w"], ranks: Sequence[int], n_shown: int | None = None
) -> Float[Tensor, "ranks shown h w"]:
    """Images rebuilt from the leading singular triplets of the matrix whose rows they are, one frame a rank.

    Args:
        images: a stack of images; each becomes one row of h·w entries, not centred.
        ranks: ranks from 0 to min(n, h·w).
        n_shown: how many of the images to rebuild, from the first on; by default all. All n determine the triplets.

    Raises:
        TypeError, ValueError: as :func:`truncated_svd`; also for a stack that has not three axes.

    Cost: one SVD, O(n h w min(n, h w)), and one product of the rows shown a rank.

    >>> stack = torch.eye(4).reshape(4, 2, 2)
    >>> reconstructions(stack, [0, 4]).sum(dim=(1, 2, 3))
    tensor([0., 4.])
    """
    if not isinstance(images, Tensor):
        raise TypeError("images must be a real floating-point tensor")
    if images.ndim != 3:
        raise ValueError(f"images must have three axes, n, h, w, not shape {tuple(images.shape)}")
    a = images.flatten(1)
    check_matrix(a, "images")
    shown = len(a) if n_shown is None else check_integer(n_shown, "n_shown", 0, len(a))
    chosen = [check_integer(k, "ranks", 0, min(a.shape)) for k in ranks]
    u, s, vh = truncated_svd(a, max(chosen, default=0))
    frames = [((u[:shown, :k] * s[:k]) @ vh[:k]).reshape(shown, *images.shape[1:]) for k in chosen]
    return torch.stack(frames) if frames else images.new_zeros((0, shown, *images.shape[1:]))


def check_matrix(a: Tensor, argument: str = "a") -> None:
    """Raise unless ``a`` is a finite floating-point matrix: TypeError for its type, ValueError otherwise."""
    if not isinstance(a, Tensor) or not a.is_floating_point():
        raise TypeError(f"{argument} must be a real floating-point tensor")
    if a.ndim != 2:
        raise ValueError(f"{argument} must be a matrix, not of shape {tuple(a.shape)}")
    if not bool(torch.isfinite(a).all()):
        raise ValueError(f"{argument} has entries that are not finite")


def _check_singular_values(s: Tensor) -> None:
    if not isinstance(s, Tensor) or not s.is_floating_point():
        raise TypeError("s must be a real floating-point tensor")
    if s.ndim != 1 or not bool(torch.isfinite(s).all()):
        raise ValueError("s must be a vector of finite singular values")
    if len(s) and (bool((s[1:] > s[:-1]).any()) or bool(s[-1] < 0)):
        raise ValueError("s must hold singular values in descending order, none negative")


def check_integer(value: int, argument: str, low: int, high: int | None = None) -> int:
    """``value`` as an integer from ``low`` to ``high``: TypeError if it is none, ValueError out of range."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{argument} must be an integer, not {value!r}") from None
    if number < low or (high is not None and number > high):
        allowed = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{argument} must be {allowed}, not {number}")
    return number


def _check_shape(m: int, n: int, k: int) -> tuple[int, int, int]:
    m, n = (check_integer(size, name, 0) for size, name in ((m, "m"), (n, "n")))
    return m, n, check_integer(k, "k", 0, min(m, n))
