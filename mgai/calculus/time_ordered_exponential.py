r"""The solution of :math:`x'=A(t)x`: ordered products of short exponentials, the Magnus series, the naive exponential.

A generator is a function of times that gives one matrix for each of them. Shown on the page
``chapters/2-calculus/time-ordered-exponential``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer

Generator = Callable[[Tensor], Tensor]
METHODS = ("euler", "left", "midpoint", "naive", "magnus")
_NODES = 12  # Gauss-Legendre nodes: a sine over eight radians to rounding


def commutator(a: Float[Tensor, "*#batch n n"], b: Float[Tensor, "*#batch n n"]) -> Float[Tensor, "*batch n n"]:
    r"""The commutator :math:`[A,B]=AB-BA`.

    >>> commutator(torch.tensor([[0.0, 1.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [1.0, 0.0]]))
    tensor([[ 1.,  0.],
            [ 0., -1.]])
    """
    return a @ b - b @ a


def ordered_product(factors: Float[Tensor, "k n n"]) -> Float[Tensor, "n n"]:
    r"""The product :math:`F_k\cdots F_2F_1`: later factors to the left.

    Neighbours are multiplied in pairs, then the pairs, and so on, which keeps the order.

    Raises:
        ValueError: no factors, not square, or entries that are not finite.
        TypeError: ``factors`` is no floating-point tensor.

    >>> ordered_product(torch.tensor([[[1.0, 1.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]]))
    tensor([[2., 2.],
            [0., 1.]])
    """
    check_tensor(factors, "factors", None, None, None)
    check_tensor(factors, "factors", len(factors), factors.shape[1], factors.shape[1])
    while len(factors) > 1:
        last = factors[len(factors) - len(factors) % 2 :]  # one factor without a partner, or none
        pairs = factors[: len(factors) - len(last)]
        factors = torch.cat([pairs[1::2] @ pairs[0::2], last])
    return factors[0]


def magnus_terms(
    generator: Generator, starts: Float[Tensor, " k"], length: float
) -> tuple[Float[Tensor, "k n n"], Float[Tensor, "k n n"]]:
    r"""The first two terms of the Magnus series over the intervals from ``starts`` (``thm-magnus``).

    .. math:: \Omega_1=\int A(s)\,ds,\qquad \Omega_2=\tfrac12\int\!\!\int_{r<s}[A(s),A(r)]\,dr\,ds

    Args:
        generator: smooth; times of any shape to matrices.
        starts: where the intervals begin.
        length: of every interval, positive and finite.

    Returns:
        Both terms, by Gauss-Legendre quadrature with twelve nodes in each integral.

    Raises:
        ValueError: ``length`` or ``starts`` is not as stated.
        TypeError: ``starts`` is no floating-point tensor.

    Cost: 156 matrices an interval. Source: Magnus (1954); Blanes, Casas, Oteo and Ros (2009), section 2.

    >>> first, second = magnus_terms(lambda t: t[..., None, None].expand(*t.shape, 2, 2), torch.zeros(1).double(), 2.0)
    >>> torch.allclose(first, torch.full_like(first, 2.0)), torch.allclose(second, torch.zeros_like(second))
    (True, True)
    """
    check_tensor(starts, "starts", None)
    check_positive(length, "length")
    nodes, weights = (starts.new_tensor((each + shift) / 2) for each, shift in zip(_legendre(), (1, 0), strict=True))
    outer = generator(starts[:, None] + length * nodes)
    inner = generator(starts[:, None, None] + length * nodes[:, None] * nodes)  # from the start to each outer node
    until = length * torch.einsum("i,j,kijab->kiab", nodes, weights, inner)
    first = length * torch.einsum("i,kiab->kab", weights, outer)
    return first, length / 2 * torch.einsum("i,kiab->kab", weights, commutator(outer, until))


def short_steps(generator: Generator, t: float, n_steps: int, method: str = "midpoint") -> Float[Tensor, "k n n"]:
    r"""The factors of ``n_steps`` equal steps from 0 to t, in the order of time.

    ``euler``: :math:`I+hA(t_k)`. ``left``: :math:`e^{hA(t_k)}`. ``midpoint``: :math:`e^{hA(t_k+h/2)}`. ``naive``:
    :math:`e^{\Omega_1}` of the step. ``magnus``: :math:`e^{\Omega_1+\Omega_2}`. Their orders are 1, 1, 2, 2, 4.

    Args:
        generator: see the module; evaluated in float64.
        t: positive and finite.
        n_steps: at least 1.
        method: one of the five.

    Raises:
        ValueError: an argument is not as stated.
        TypeError: ``n_steps`` is no integer.

    >>> short_steps(lambda t: t[..., None, None], 2.0, 2, "euler").flatten()
    tensor([1., 2.], dtype=torch.float64)
    """
    check_positive(t, "t")
    n_steps = check_integer(n_steps, "n_steps", 1)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    h = t / n_steps
    starts = h * torch.arange(n_steps, dtype=torch.float64)
    if method in ("naive", "magnus"):
        first, second = magnus_terms(generator, starts, h)
        return torch.linalg.matrix_exp(first + second if method == "magnus" else first)
    exponents = h * generator(starts + (h / 2 if method == "midpoint" else 0))
    if method == "euler":
        return torch.eye(exponents.shape[-1], dtype=exponents.dtype, device=exponents.device) + exponents
    return torch.linalg.matrix_exp(exponents)


def time_ordered(generator: Generator, t: float, n_steps: int, method: str = "midpoint") -> Float[Tensor, "n n"]:
    r"""The solution matrix U(t) of :math:`U'=A(t)U`, :math:`U(0)=I`, as the ordered product of :func:`short_steps`.

    With one step and ``naive`` it is :math:`\exp\int_0^tA`, without any order. Arguments as :func:`short_steps`.

    >>> time_ordered(lambda t: t[..., None, None], 2.0, 1).log()
    tensor([[2.]], dtype=torch.float64)
    """
    return ordered_product(short_steps(generator, t, n_steps, method))


def rotating_generator(times: Float[Tensor, "*shape"], omega: float) -> Float[Tensor, "*shape 2 2"]:
    r"""The turning matrix :math:`A(t)=R(\omega t)\begin{pmatrix}1&0\\0&-1\end{pmatrix}R(-\omega t)` of the page.

    Its entries are the cosine and the sine of :math:`2\omega t`, its eigenvalues 1 and -1 at all times.

    >>> rotating_generator(torch.tensor(0.0), 3.0)
    tensor([[ 1.,  0.],
            [ 0., -1.]])
    """
    c, s = torch.cos(2 * omega * times), torch.sin(2 * omega * times)
    return torch.stack([torch.stack([c, s], dim=-1), torch.stack([s, -c], dim=-1)], dim=-2)


def rotating_solution(t: float, omega: float) -> Float[Tensor, "2 2"]:
    r"""The exact solution matrix :math:`e^{\omega tJ}e^{t(B-\omega J)}` of :func:`rotating_generator`.

    Derived as ``eq-rotating``: :math:`J=\begin{pmatrix}0&-1\\1&0\end{pmatrix}` is a quarter turn,
    :math:`B=\operatorname{diag}(1,-1)`. The result is float64.

    >>> torch.allclose(rotating_solution(1.0, 0.0), torch.diag(torch.tensor([1.0, -1.0]).double()).matrix_exp())
    True
    """
    turn = torch.tensor([[0.0, -omega], [omega, 0.0]], dtype=torch.float64)
    still = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))
    return torch.linalg.matrix_exp(t * turn) @ torch.linalg.matrix_exp(t * (still - turn))


def spectral_distance(a: Float[Tensor, "n n"], b: Float[Tensor, "n n"]) -> float:
    """The spectral norm of the difference.

    >>> spectral_distance(torch.eye(2), 3 * torch.eye(2))
    2.0
    """
    return float(torch.linalg.matrix_norm(a - b, 2))


def _legendre() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(_NODES)
