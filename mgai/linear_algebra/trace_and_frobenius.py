"""The trace, the Frobenius norm, the nearest orthogonal matrix, the pseudo-inverse of orthogonal columns.

Shown on the page ``chapters/1-linear-algebra/trace-and-frobenius``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Inexact, Num
from matplotlib.figure import Figure
from torch import Tensor

from mgai import figures


def trace(a: Num[Tensor, "*batch n n"]) -> Num[Tensor, "*batch"]:
    r"""The trace :math:`\operatorname{Tr}A=\sum_i a_{ii}`: linear, cyclic, and the sum of the eigenvalues.

    Formula ``cs-03-10``.

    Args:
        a: square matrices of numbers; the 0 x 0 matrix has trace 0.

    Returns:
        One number a matrix. Dtype of ``a`` (integers are summed as int64).

    Raises:
        TypeError: ``a`` is no tensor of numbers.
        ValueError: the last two axes differ.

    Cost: O(n). Source: Horn and Johnson, Matrix Analysis (2013), chapter 0.

    >>> trace(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    _check_matrix(a, "a", inexact=False)
    if a.shape[-1] != a.shape[-2]:
        raise ValueError(f"a must be square, not of shape {tuple(a.shape)}")
    return a.diagonal(dim1=-2, dim2=-1).sum(dim=-1)


def frobenius_inner(a: Inexact[Tensor, "*batch m n"], b: Inexact[Tensor, "*batch m n"]) -> Inexact[Tensor, "*batch"]:
    r"""The inner product :math:`\langle A,B\rangle=\operatorname{Tr}(A^{\mathsf H}B)` of matrices.

    Formula ``cs-03-16``.

    It is the sum :math:`\sum_{ij}\overline{a_{ij}}\,b_{ij}` of the products of entries.

    Args:
        a, b: matrices of one shape, real or complex; conjugate-linear in ``a``.

    Raises:
        TypeError: an argument is no floating-point or complex tensor.
        ValueError: an argument is no matrix, or the shapes differ.

    Cost: O(mn), where forming the product of the two matrices first costs O(mn^2).

    >>> frobenius_inner(torch.eye(2), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    _check_matrix(a, "a")
    _check_matrix(b, "b")
    if a.shape != b.shape:
        raise ValueError(f"b must have the shape of a, {tuple(a.shape)}, not {tuple(b.shape)}")
    return (a.conj() * b).sum(dim=(-2, -1))


def frobenius_norm(a: Inexact[Tensor, "*batch m n"]) -> Float[Tensor, "*batch"]:
    r"""The Frobenius norm :math:`\|A\|_F=\bigl(\sum_{ij}|a_{ij}|^2\bigr)^{1/2}`.

    Formula ``cs-03-15``.

    The largest modulus is factored out first, so that no square overflows or underflows while the norm
    itself is representable.

    Args:
        a: matrices, real or complex; a matrix without entries has norm 0.

    Returns:
        One real number a matrix, in the real dtype of ``a``.

    Raises:
        TypeError: ``a`` is no floating-point or complex tensor.
        ValueError: ``a`` is no matrix.

    Cost: O(mn). Source: Golub and Van Loan, Matrix Computations (2013), section 2.3.

    >>> frobenius_norm(torch.tensor([[3e30], [4e30]]))
    tensor(5.0000e+30)
    """
    _check_matrix(a, "a")
    moduli = a.abs().flatten(start_dim=-2)
    largest = torch.nn.functional.pad(moduli, (0, 1)).amax(dim=-1, keepdim=True)  # the zero serves empty matrices
    scale = torch.where((largest > 0) & largest.isfinite(), largest, torch.ones_like(largest))
    return scale.squeeze(-1) * (moduli / scale).square().sum(dim=-1).sqrt()


def polar_factor(m: Inexact[Tensor, "*batch m n"]) -> Inexact[Tensor, "*batch m n"]:
    r"""A nearest matrix with orthonormal columns (rows, when wide): :math:`UV^{\mathsf H}` from the thin SVD.

    Formula ``cs-11-20``.

    It maximises :math:`\operatorname{Re}\langle Q,M\rangle`; see the theorem ``thm-nearest-orthogonal``.
    At full rank it is the only one. At a zero singular value there are others as near, and which of them
    is returned depends on the library; :func:`partial_isometry` is then the part that is determined.

    Args:
        m: matrices, real or complex, finite.

    Raises:
        TypeError: ``m`` is no floating-point or complex tensor.
        ValueError: ``m`` is no matrix, or has entries that are not finite.

    Cost: O(mn min(m, n)). Source: Fan and Hoffman (1955); Higham (1986).

    >>> polar_factor(torch.tensor([[0.0, -3.0], [5.0, 0.0]])).round(decimals=6)
    tensor([[ 0., -1.],
            [ 1.,  0.]])
    """
    left, _, right = _thin_svd(m)
    return left @ right


def partial_isometry(m: Inexact[Tensor, "*batch m n"]) -> Inexact[Tensor, "*batch m n"]:
    r"""The part :math:`U_rV_r^{\mathsf H}` of the polar factor that the nonzero singular values determine.

    Formula ``cs-11-20``.

    It is :math:`M\bigl((M^{\mathsf H}M)^{1/2}\bigr)^+`, unique for every matrix: zero for the zero matrix,
    :func:`polar_factor` at full rank. Singular values up to
    :math:`\max(m,n)\,\varepsilon\,\sigma_1` count as zero.

    Args:
        m: matrices, real or complex, finite.

    Raises:
        TypeError, ValueError: as for :func:`polar_factor`.

    Cost: O(mn min(m, n)). Source: Higham, Functions of Matrices (2008), chapter 8.

    >>> partial_isometry(torch.diag(torch.tensor([2.0, 0.0]))).abs()
    tensor([[1., 0.],
            [0., 0.]])
    """
    left, sigma, right = _thin_svd(m)
    negligible = max(m.shape[-2:]) * torch.finfo(sigma.dtype).eps * sigma.amax(dim=-1, keepdim=True)
    return (left * (sigma > negligible).unsqueeze(-2)) @ right


def distance_to_orthogonal(m: Inexact[Tensor, "*batch m n"]) -> Float[Tensor, "*batch"]:
    r"""The Frobenius distance to the nearest matrix with orthonormal columns (rows, when wide).

    It is :math:`\bigl(\sum_i(\sigma_i-1)^2\bigr)^{1/2}`; the sum has :math:`\min(m,n)` terms.
    See the theorem ``thm-nearest-orthogonal``.

    Args, Raises and Cost: as for :func:`polar_factor`.

    >>> distance_to_orthogonal(torch.diag(torch.tensor([4.0, 5.0])))
    tensor(5.)
    """
    _, sigma, _ = _thin_svd(m)
    return (sigma - 1).square().sum(dim=-1).sqrt()


def pseudo_inverse_of_orthogonal_columns(w: Inexact[Tensor, "m n"]) -> Inexact[Tensor, "n m"]:
    r"""The pseudo-inverse :math:`W^+=D^+W^{\mathsf H}` of a matrix with pairwise orthogonal columns.

    Formula ``cs-19-14``.

    Here :math:`D=W^{\mathsf H}W` is diagonal: row i of the result is column i of ``w``, conjugated, over its
    squared length, and a zero column gives a zero row.
    It equals :math:`W^{\mathsf H}` exactly when every nonzero column has length one.

    Args:
        w: one matrix whose columns are pairwise orthogonal, to 100 m roundings.

    Raises:
        TypeError: ``w`` is no floating-point or complex tensor.
        ValueError: ``w`` is no single matrix, or two of its columns are not orthogonal.

    Cost: O(mn^2) for the check, O(mn) for the result. Source: Penrose (1955).

    >>> pseudo_inverse_of_orthogonal_columns(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    _check_matrix(w, "w")
    if w.ndim != 2:
        raise ValueError(f"w must be one matrix, not of shape {tuple(w.shape)}")
    length = frobenius_norm(w.mT.unsqueeze(-1))
    length = torch.where(length > 0, length, torch.ones_like(length))
    unit = w / length
    overlap = (unit.mH @ unit).fill_diagonal_(0).abs()
    if not bool((overlap <= 100 * w.shape[0] * torch.finfo(length.dtype).eps).all()):
        raise ValueError(f"w has columns that are not orthogonal: the largest cosine is {overlap.max():.3g}")
    return (unit / length).mH


def distance_curves(
    m: Float[Tensor, "2 2"], n_angles: int = 361
) -> tuple[Float[Tensor, " n_angles"], Float[Tensor, " n_angles"], Float[Tensor, " n_angles"]]:
    r"""The distances :math:`\|M-Q\|_F` to every rotation and every reflection of the plane.

    Returns angles in degrees from -180 to 180, then the distances to the rotations by these angles and to
    the reflections, which are the same rotations after the sign of the second axis has been changed.
    Raises TypeError unless ``m`` is real floating point, ValueError unless it is 2 x 2 and n_angles >= 2.

    >>> angles, rotations, _ = distance_curves(torch.eye(2, dtype=torch.float64))
    >>> angles[rotations.argmin()].item()
    0.0
    """
    _check_matrix(m, "m")
    if m.is_complex():
        raise TypeError("m must be real: the unitary matrices fill more than two curves")
    if tuple(m.shape) != (2, 2) or n_angles < 2:
        raise ValueError(f"m must be 2 x 2, n_angles at least 2: {tuple(m.shape)}, {n_angles}")
    degrees = torch.linspace(-180, 180, n_angles, dtype=m.dtype, device=m.device)
    cosine, sine = (degrees * math.pi / 180).cos(), (degrees * math.pi / 180).sin()
    rotations = torch.stack([cosine, -sine, sine, cosine], dim=-1).reshape(-1, 2, 2)
    flip = torch.diag(torch.tensor([1, -1], dtype=m.dtype, device=m.device))
    return degrees, frobenius_norm(m - rotations), frobenius_norm(m - rotations @ flip)


@figures.style()
def nearest_orthogonal_figure(m: Float[Tensor, "2 2"]) -> Figure:
    """The distance from a 2 x 2 matrix to all orthogonal ones, with the distance to its polar factor."""
    degrees, *curves = (curve.cpu().numpy() for curve in distance_curves(m))
    best = distance_to_orthogonal(m).item()
    drawn = figures.figure(6.6, 3.8)
    axes = drawn.add_subplot(xlabel="angle of the first column of Q, in degrees", ylabel=r"$\|M-Q\|_F$")
    for curve, label, dash in zip(curves, ("rotations", "reflections"), figures.DASHES, strict=False):
        axes.plot(degrees, curve, linestyle=dash, linewidth=2, label=label)
    axes.axhline(best, color="black", linewidth=1, linestyle=":", label=r"$(\sum_i(\sigma_i-1)^2)^{1/2}$")
    axes.plot(*_angle_and_distance(m), "k*", markersize=13, label="polar factor")
    axes.set_xticks(range(-180, 181, 60))
    axes.set_ylim(bottom=0, top=1.35 * max(curve.max() for curve in curves))
    axes.legend(loc="upper center", ncols=2, fontsize=9)
    return drawn


def _angle_and_distance(m: Tensor) -> tuple[float, float]:
    factor = polar_factor(m)
    angle = math.degrees(math.atan2(factor[1, 0].item(), factor[0, 0].item()))
    return angle, frobenius_norm(m - factor).item()


def _thin_svd(m: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    _check_matrix(m, "m")
    if 0 in m.shape[-2:] or not bool(m.isfinite().all()):
        raise ValueError(f"m must have entries, all finite (shape {tuple(m.shape)})")
    return torch.linalg.svd(m, full_matrices=False)


def _check_matrix(a: Tensor, argument: str, inexact: bool = True) -> None:
    if not isinstance(a, Tensor) or a.dtype == torch.bool:
        raise TypeError(f"{argument} must be a tensor of numbers")
    if inexact and not (a.is_floating_point() or a.is_complex()):
        raise TypeError(f"{argument} must be floating point or complex, not {a.dtype}")
    if a.ndim < 2:
        raise ValueError(f"{argument} must be a matrix, not of shape {tuple(a.shape)}")
