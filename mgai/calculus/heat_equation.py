r"""Linear systems :math:`x'=Ax+b`, and the heat equation :math:`u_t=u_{xx}` on a periodic grid as the example.

The circle has the circumference :math:`2\pi` and n points at the distance :math:`\Delta x=2\pi/n`. Shown on the page
``chapters/2-calculus/heat-equation``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.linear_algebra.low_rank import check_integer


def flow_by_eigenvectors(a: Float[Tensor, "n n"], x0: Float[Tensor, " n"], t: float) -> Float[Tensor, " n"]:
    r"""The solution of :math:`x'=Ax` at time t by eigenvectors: :math:`V e^{t\Lambda}V^{-1}x_0`.

    Args:
        a: a real diagonalisable matrix; the nearer to one that is not, the fewer digits are right.
        x0: the start.
        t: the time, of either sign.

    Raises:
        ValueError: shapes that do not fit, entries that are not finite, or eigenvectors that are dependent to rounding.
        TypeError: an argument is no floating-point tensor.

    Cost: O(n³). The relative error is about :math:`\varepsilon\kappa(V)`.

    >>> flow_by_eigenvectors(torch.diag(torch.tensor([0.0, 1.0])), torch.ones(2), 1.0)
    tensor([1.0000, 2.7183])
    """
    check_tensor(a, "a", None, None)
    check_tensor(x0, "x0", len(a))
    if a.shape[0] != a.shape[1]:
        raise ValueError(f"a must be square, not {tuple(a.shape)}")
    values, vectors = torch.linalg.eig(a)
    if not float(torch.linalg.cond(vectors)) < 1 / torch.finfo(a.dtype).eps:
        raise ValueError("a: its eigenvectors are dependent to rounding, so that they span no solution")
    return (vectors @ (torch.exp(t * values) * torch.linalg.solve(vectors, x0.to(vectors.dtype)))).real


def forced_flow(
    a: Float[Tensor, "n n"], b: Float[Tensor, " n"], x0: Float[Tensor, " n"], t: float
) -> Float[Tensor, " n"]:
    r"""The solution of :math:`x'=Ax+b` at time t, for every square A (``eq-augmented``).

    One exponential of the matrix with the further row of zeros and the further column b: the constant 1 becomes a
    component. A need not be invertible.

    Args:
        a, x0, t: as :func:`flow_by_eigenvectors`; any real square matrix.
        b: the constant force.

    Raises:
        ValueError, TypeError: as :func:`flow_by_eigenvectors`.

    Cost: O(n³). Source: Van Loan, IEEE Transactions on Automatic Control 23 (1978).

    >>> forced_flow(torch.zeros(1, 1), torch.ones(1), torch.ones(1), 3.0)
    tensor([4.])
    """
    check_tensor(a, "a", None, None)
    n = len(a)
    check_tensor(a, "a", n, n)
    check_tensor(b, "b", n)
    check_tensor(x0, "x0", n)
    whole = torch.cat([torch.cat([a, b[:, None]], dim=1), a.new_zeros(1, n + 1)])
    return (torch.linalg.matrix_exp(t * whole) @ torch.cat([x0, x0.new_ones(1)]))[:n]


def grid(n: int) -> Float[Tensor, " {n}"]:
    r"""The points :math:`2\pi j/n` of the circle, float64.

    >>> grid(4)[1] * 2 / torch.pi
    tensor(1., dtype=torch.float64)
    """
    return torch.arange(check_integer(n, "n", 1), dtype=torch.float64) * (2 * math.pi / n)


def laplacian_eigenvalues(n: int) -> Float[Tensor, " {n}"]:
    r"""Eigenvalues of the periodic second difference: :math:`-\frac4{\Delta x^2}\sin^2\frac{\pi k}n`, k = 0, ..., n-1.

    Derived on the page (``thm-discrete-laplacian``). n: at least 3; ValueError or TypeError otherwise.

    >>> -laplacian_eigenvalues(4) * (torch.pi / 2) ** 2
    tensor([0.0000, 2.0000, 4.0000, 2.0000], dtype=torch.float64)
    """
    n = check_integer(n, "n", 3)
    spacing = 2 * math.pi / n
    return -4 / spacing**2 * torch.sin(math.pi * torch.arange(n, dtype=torch.float64) / n) ** 2


def euler_heat(u: Float[Tensor, "*batch n"], ratio: float, n_steps: int) -> Float[Tensor, "*batch n"]:
    r"""Explicit Euler steps :math:`u_j\leftarrow u_j+r(u_{j+1}-2u_j+u_{j-1})` on the circle.

    Here :math:`r=\Delta t/\Delta x^2`. Stable up to :math:`r=\tfrac12` (``thm-euler-limit``).

    Args:
        u: values on the grid, the last axis being the circle.
        ratio: the r, positive and finite.
        n_steps: at least 0.

    Raises:
        ValueError: an argument is not as stated.
        TypeError: ``u`` is no floating-point tensor, ``n_steps`` no integer.

    Cost: O(n) a step.

    >>> euler_heat(torch.tensor([0.0, 4.0, 0.0, 0.0]), 0.25, 1)
    tensor([1., 2., 1., 0.])
    """
    check_tensor(u, "u", *[None] * max(u.ndim, 1))
    check_positive(ratio, "ratio")
    for _ in range(check_integer(n_steps, "n_steps", 0)):
        u = u + ratio * (torch.roll(u, 1, dims=-1) - 2 * u + torch.roll(u, -1, dims=-1))
    return u


def fourier_heat(u: Float[Tensor, " n"], t: float, exact: bool = True) -> Float[Tensor, " n"]:
    r"""The heat equation by Fourier modes: each is multiplied by :math:`e^{-k^2t}`.

    For the values of a trigonometric polynomial of degree below n/2 this is the exact solution of :math:`u_t=u_{xx}`.
    With ``exact=False`` the factor is :math:`e^{\lambda_kt}`, :math:`\lambda_k` as :func:`laplacian_eigenvalues`: the
    exact solution of the system of ordinary differential equations on the grid.

    Args:
        u: values on the grid, n at least 3.
        t: the time.
        exact: see above.

    Raises:
        ValueError, TypeError: ``u`` is no finite floating-point vector of three or more entries.

    Cost: O(n log n).

    >>> torch.allclose(fourier_heat(torch.cos(grid(8)), 1.0), torch.cos(grid(8)) / torch.e)
    True
    """
    check_tensor(u, "u", None)
    rates = laplacian_eigenvalues(len(u))[: len(u) // 2 + 1].to(u)
    if exact:
        rates = -torch.arange(len(rates), dtype=u.dtype, device=u.device).square()
    return torch.fft.irfft(torch.fft.rfft(u) * torch.exp(t * rates), n=len(u))


def second_difference(n: int, ends: str = "periodic") -> Float[Tensor, "{n} {n}"]:
    r"""The second difference on n points at unit distance, as a matrix; float64.

    ends: ``periodic``; ``insulated`` (nothing flows out: corners -1, minus the Laplacian of a path); ``cold`` (zero
    beyond the ends: corners -2).

    Raises:
        ValueError: another kind of ends, or n below 3.
        TypeError: ``n`` is no integer.

    >>> second_difference(3, "cold").sum(dim=0)  # what one unit at each point gives or loses
    tensor([-1.,  0., -1.], dtype=torch.float64)
    """
    n = check_integer(n, "n", 3)
    if ends not in ("periodic", "insulated", "cold"):
        raise ValueError(f"ends must be 'periodic', 'insulated' or 'cold', not {ends!r}")
    beside = torch.ones(n - 1, dtype=torch.float64)
    a = torch.diag(beside, 1) + torch.diag(beside, -1) - 2 * torch.eye(n, dtype=torch.float64)
    if ends == "periodic":
        a[0, -1] = a[-1, 0] = 1
    elif ends == "insulated":
        a[0, 0] = a[-1, -1] = -1
    return a
