r"""Total variation restoration of images by a primal-dual method, with the duality gap as certificate.

Shown on the page ``chapters/3-optimization/total-variation``. The discrete gradient :math:`K` takes forward differences
down and across, zero at the last row and column; :math:`\mathrm{TV}(u)=\sum_i|(Ku)_i|` with Euclidean norms in the
plane. Images have shape ``(h, w)``, fields of differences ``(2, h, w)``; both on any device.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.optimization.steepest_descent import check_finite

NORM_SQUARED = 8.0  # an upper bound of the largest eigenvalue of K'K for every size


def differences(u: Float[Tensor, "h w"]) -> Float[Tensor, "2 h w"]:
    r"""The discrete gradient :math:`Ku`: :math:`u_{i+1,j}-u_{ij}` and :math:`u_{i,j+1}-u_{ij}`, zero at the far edges.

    Raises TypeError or ValueError unless ``u`` is a finite floating-point matrix with at least one entry.

    Cost: O(pixels).

    >>> differences(torch.tensor([[0.0, 1.0], [0.0, 3.0]]))[1]
    tensor([[1., 0.],
            [3., 0.]])
    """
    _check_image(u, "u")
    return _differences(u)


def adjoint(p: Float[Tensor, "2 h w"]) -> Float[Tensor, "h w"]:
    r"""The adjoint :math:`K^\top p`, minus a divergence: :math:`\langle Ku,p\rangle=\langle u,K^\top p\rangle`.

    Raises TypeError or ValueError unless ``p`` is a finite floating-point tensor of shape (2, h, w).

    >>> adjoint(torch.ones(2, 1, 2))
    tensor([[-1.,  1.]])
    """
    check_finite(p, "p")
    if p.ndim != 3 or len(p) != 2 or 0 in p.shape:
        raise ValueError(f"p must have the shape (2, h, w), not {tuple(p.shape)}")
    return _adjoint(p)


def total_variation(u: Float[Tensor, "h w"]) -> Float[Tensor, ""]:
    r""":math:`\mathrm{TV}(u)=\sum_i\sqrt{(Ku)_{1,i}^2+(Ku)_{2,i}^2}`. Raises as :func:`differences`.

    >>> total_variation(torch.tensor([[0.0, 4.0], [3.0, 0.0]]))
    tensor(12.)
    """
    return differences(u).norm(dim=0).sum()


def energy(
    u: Float[Tensor, "h w"], data: Float[Tensor, "h w"], weight: float, known: Float[Tensor, "h w"] | None = None
) -> Float[Tensor, ""]:
    r"""The objective :math:`E(u)=\tfrac12\sum_im_i(u_i-f_i)^2+\lambda\,\mathrm{TV}(u)`.

    Args:
        u, data: images of one shape; ``data`` is :math:`f`.
        weight: :math:`\lambda\ge0`.
        known: the mask :math:`m`, ones where a pixel is known and zeros where it is lost; all known if left out.

    Raises:
        TypeError, ValueError: shapes differ, entries are not finite, the weight is negative, the mask is not 0 and 1.

    >>> energy(torch.zeros(1, 2), torch.tensor([[0.0, 2.0]]), 1.0)
    tensor(2.)
    """
    known = _checked(data, weight, known)
    _check_image(u, "u")
    if u.shape != data.shape:
        raise ValueError(f"u has the shape {tuple(u.shape)}, data {tuple(data.shape)}")
    return (known * (u - data).square()).sum() / 2 + weight * total_variation(u)


def dual_value(
    p: Float[Tensor, "2 h w"], data: Float[Tensor, "h w"], weight: float, known: Float[Tensor, "h w"] | None = None
) -> Float[Tensor, ""]:
    r"""The dual objective :math:`D(p)=\min_{0\le u\le1}\tfrac12\sum_im_i(u_i-f_i)^2+\langle u,K^\top p\rangle`.

    By weak duality :math:`D(p)\le E(u)` for every image with values in [0, 1] and every :math:`|p_i|\le\lambda`.
    Derived on the page ``chapters/3-optimization/total-variation`` (``thm-tv-certificate``).

    Raises TypeError or ValueError as :func:`energy`, also when a vector of ``p`` is longer than the weight.

    >>> dual_value(torch.zeros(2, 1, 2), torch.tensor([[0.2, 0.9]]), 1.0)
    tensor(0.)
    """
    known, shift = _checked(data, weight, known), adjoint(p)
    if shift.shape != data.shape:
        raise ValueError(f"p has the shape {tuple(p.shape)}, data {tuple(data.shape)}")
    if float(p.norm(dim=0).max()) > weight * (1 + 1e-6) + 1e-12:
        raise ValueError(f"p has vectors longer than weight={weight}: it is not feasible for the dual problem")
    best = torch.where(known > 0, (data - shift).clamp(0, 1), (shift < 0).to(data))
    return (known * (best - data).square()).sum() / 2 + (best * shift).sum()


def duality_gap(
    u: Float[Tensor, "h w"],
    p: Float[Tensor, "2 h w"],
    data: Float[Tensor, "h w"],
    weight: float,
    known: Float[Tensor, "h w"] | None = None,
) -> Float[Tensor, ""]:
    r"""The certificate :math:`E(u)-D(p)\ge E(u)-\min E\ge0`, known without knowing the minimum.

    Where every pixel is known, :math:`\lVert u-u^*\rVert^2\le2\,(E(u)-D(p))`. Arguments, returns and raises as for
    :func:`energy` and :func:`dual_value`; the values of ``u`` must lie in [0, 1].

    >>> duality_gap(torch.tensor([[0.2, 0.9]]), torch.zeros(2, 1, 2), torch.tensor([[0.2, 0.9]]), 1.0)
    tensor(0.7000)
    """
    if bool(((u < 0) | (u > 1)).any()):
        raise ValueError("u has values outside [0, 1]: clip it, which does not raise its energy")
    return energy(u, data, weight, known) - dual_value(p, data, weight, known)


class PrimalDualState(NamedTuple):
    """An image, a dual field, and the two step sizes."""

    u: Float[Tensor, "h w"]
    p: Float[Tensor, "2 h w"]
    tau: float
    sigma: float


def primal_dual_start(data: Float[Tensor, "h w"]) -> PrimalDualState:
    r"""The data, clipped to [0, 1], no dual field, and :math:`\tau=\sigma=1/\sqrt8`."""
    _check_image(data, "data")
    step = 1 / math.sqrt(NORM_SQUARED)
    return PrimalDualState(data.clamp(0, 1), torch.zeros((2, *data.shape), dtype=data.dtype, device=data.device),
                           step, step)  # fmt: skip


def primal_dual_step(
    state: PrimalDualState,
    data: Float[Tensor, "h w"],
    weight: float,
    known: Float[Tensor, "h w"] | None = None,
    accelerate: bool = False,
) -> PrimalDualState:
    r"""One step of Chambolle and Pock's method for :math:`\min_{0\le u\le1}E(u)`.

    .. math:: u^+=\Bigl[\frac{u-\tau K^\top p+\tau mf}{1+\tau m}\Bigr]_0^1,\qquad
        p^+=\Pi_\lambda\bigl(p+\sigma K(u^++\theta(u^+-u))\bigr)

    :math:`\Pi_\lambda` shortens every vector to length :math:`\lambda`; :math:`\theta=1`. Derived on the page
    ``chapters/3-optimization/total-variation`` (``thm-tv-rate``).

    Args:
        state: :func:`primal_dual_start` before the first step.
        data, weight, known: as for :func:`energy`.
        accelerate: use :math:`\theta=1/\sqrt{1+\tau}`, and divide :math:`\sigma` by it before, multiply :math:`\tau`
            after the step in the field. That is the method for the modulus 1/2 of strong convexity; the data term has
            1 where every pixel is known, which is needed, and the smaller one is quicker here.

    Raises:
        TypeError, ValueError: as :func:`energy`, or acceleration with lost pixels.

    Cost: O(pixels). Source: Chambolle and Pock (2011), algorithms 1 and 2, in the order that updates the image first.

    >>> start = primal_dual_start(torch.tensor([[0.0, 1.0]]))
    >>> primal_dual_step(start, torch.tensor([[0.0, 1.0]]), 0.1).p[1]
    tensor([[0.1000, 0.0000]])
    """
    return _step(state, data, weight, _mask(data, weight, known, accelerate), accelerate)


def restore(
    data: Float[Tensor, "h w"],
    weight: float,
    n_steps: int,
    known: Float[Tensor, "h w"] | None = None,
    accelerate: bool = False,
) -> PrimalDualState:
    """Image and dual field after ``n_steps`` steps of :func:`primal_dual_step`, which see for the rest.

    Raises ValueError when ``n_steps`` is negative.

    >>> restore(torch.tensor([[0.0, 1.0]], dtype=torch.float64), 0.1, 300).u
    tensor([[0.1000, 0.9000]], dtype=torch.float64)
    """
    if n_steps < 0:
        raise ValueError(f"n_steps must not be negative, not {n_steps}")
    state, mask = primal_dual_start(data), _mask(data, weight, known, accelerate)
    for _ in range(n_steps):
        state = _step(state, data, weight, mask, accelerate)
    return state


def shorten(p: Float[Tensor, "2 h w"], length: float) -> Float[Tensor, "2 h w"]:
    r"""The projection :math:`\Pi_\lambda`: vectors longer than ``length`` are scaled down to it.

    >>> shorten(torch.tensor([[[3.0]], [[4.0]]]), 1.0).flatten()
    tensor([0.6000, 0.8000])
    """
    if not length >= 0:
        raise ValueError(f"length must not be negative, not {length}")
    norms = p.norm(dim=0)
    return p * (length / torch.where(norms > length, norms, length if length > 0 else 1.0)).clamp(max=1.0)


def _step(state: PrimalDualState, data: Tensor, weight: float, mask: Tensor, accelerate: bool) -> PrimalDualState:
    u, p, tau, sigma = state
    new = ((u - tau * _adjoint(p) + tau * mask * data) / (1 + tau * mask)).clamp(0, 1)
    theta = 1 / math.sqrt(1 + tau) if accelerate else 1.0
    sigma = sigma / theta
    p = shorten(p + sigma * _differences(new + theta * (new - u)), weight)
    return PrimalDualState(new, p, theta * tau, sigma)


def _differences(u: Tensor) -> Tensor:
    field = u.new_zeros(2, *u.shape)
    field[0, :-1], field[1, :, :-1] = u.diff(dim=0), u.diff(dim=1)
    return field


def _adjoint(p: Tensor) -> Tensor:
    image = torch.zeros_like(p[0])
    image[:-1] -= p[0, :-1]
    image[1:] += p[0, :-1]
    image[:, :-1] -= p[1, :, :-1]
    image[:, 1:] += p[1, :, :-1]
    return image


def _check_image(u: Tensor, name: str) -> None:
    check_finite(u, name)
    if u.ndim != 2 or 0 in u.shape:
        raise ValueError(f"{name} must have the shape (h, w) with at least one pixel, not {tuple(u.shape)}")


def _mask(data: Tensor, weight: float, known: Tensor | None, accelerate: bool) -> Tensor:
    mask = _checked(data, weight, known)
    if accelerate and bool((mask == 0).any()):
        raise ValueError("accelerate needs all pixels known: the data term is not strongly convex without them")
    return mask


def _checked(data: Tensor, weight: float, known: Tensor | None) -> Tensor:
    """The mask, after the checks that all functions share."""
    _check_image(data, "data")
    if not 0 <= weight < math.inf:
        raise ValueError(f"weight must be finite and not negative, not {weight}")
    if known is None:
        return torch.ones_like(data)
    check_finite(known, "known")
    if known.shape != data.shape or bool(((known != 0) & (known != 1)).any()):
        raise ValueError("known must hold zeros and ones in the shape of data")
    return known
