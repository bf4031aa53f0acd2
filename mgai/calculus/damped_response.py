r"""The damped system :math:`\dot x=-\gamma x+\cos\omega t` in closed form, and what it tells of the rate.

Shown on the pages ``chapters/2-calculus/damping-rate`` and ``chapters/2-calculus/damping-rate-error``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor

Rates = float | Float[Tensor, "*batch"]


def check_times(t: Tensor, at_least: int = 2) -> None:
    """Raise unless ``t`` is a finite vector of increasing times, ``at_least`` so many of them.

    >>> check_times(torch.tensor([0.0, 0.1, 0.3]))
    """
    check_tensor(t, "t", None)
    if len(t) < at_least:
        raise ValueError(f"t must hold at least {at_least} times, not {len(t)}")
    if not bool((t.diff() > 0).all()):
        raise ValueError("t must increase")


def forced_response(gamma: Rates, t: Float[Tensor, " n"], omega: float = 2.0) -> Float[Tensor, "*batch n"]:
    r"""The solution that starts at zero:
    :math:`\dfrac{\gamma\cos\omega t+\omega\sin\omega t-\gamma e^{-\gamma t}}{\gamma^2+\omega^2}`.

    Derived on ``chapters/2-calculus/damping-rate``.

    Args:
        gamma: the damping rate, any real number, or a batch of them.
        t: the times, measured from the start.
        omega: the angular frequency of the forcing, positive.

    Returns:
        One row of values for each rate.

    Raises:
        ValueError: an argument is not finite or not as stated.
        TypeError: ``t`` is no floating-point tensor.

    Cost: O(n) a rate.

    >>> forced_response(1.0, torch.tensor([0.0, 0.5], dtype=torch.float64))
    tensor([0.0000, 0.3233], dtype=torch.float64)
    """
    rate = _column(gamma, t, omega)
    top = rate * torch.cos(omega * t) + omega * torch.sin(omega * t) - rate * torch.exp(-rate * t)
    return top / (rate**2 + omega**2)


def solution(gamma: Rates, start: Rates, t: Float[Tensor, " n"], omega: float = 2.0) -> Float[Tensor, "*batch n"]:
    r"""The trajectory from :math:`x(0)=x_0`: :func:`forced_response` plus :math:`x_0e^{-\gamma t}`.

    Args:
        gamma, t, omega: as :func:`forced_response`.
        start: the value :math:`x_0`, a number or one for each rate.

    Returns and Raises: as :func:`forced_response`.

    >>> solution(1.0, 1.0, torch.tensor([0.0, 0.5], dtype=torch.float64))
    tensor([1.0000, 0.9299], dtype=torch.float64)
    """
    rate = _column(gamma, t, omega)
    return forced_response(gamma, t, omega) + _as_column(start, t, "start") * torch.exp(-rate * t)


def rate_sensitivity(
    gamma: Rates, start: Rates, t: Float[Tensor, " n"], omega: float = 2.0
) -> Float[Tensor, "*batch n"]:
    r"""How the trajectory answers to the rate, :math:`s=\partial x/\partial\gamma`, which solves
    :math:`\dot s=-\gamma s-x`, :math:`s(0)=0`.

    Args, Returns and Raises: as :func:`solution`.

    >>> rate_sensitivity(1.0, 1.0, torch.tensor([0.0, 0.5], dtype=torch.float64))
    tensor([ 0.0000, -0.3852], dtype=torch.float64)
    """
    rate, size = _column(gamma, t, omega), _column(gamma, t, omega) ** 2 + omega**2
    decay = torch.exp(-rate * t)
    forced = (torch.cos(omega * t) - decay + rate * t * decay) / size
    return forced - 2 * rate * forced_response(gamma, t, omega) / size - _as_column(start, t, "start") * t * decay


def fisher_information(
    gamma: float, start: float, t: Float[Tensor, " n"], noise: float, omega: float = 2.0
) -> Float[Tensor, "2 2"]:
    r"""The Fisher information on :math:`(\gamma,x_0)` of samples with independent normal errors.

    .. math:: F=\frac1{\sigma^2}\sum_i\begin{pmatrix}s_i\\d_i\end{pmatrix}\begin{pmatrix}s_i&d_i\end{pmatrix},
              \qquad d_i=\frac{\partial x(t_i)}{\partial x_0}=e^{-\gamma t_i}

    Args:
        gamma, start, t, omega: as :func:`solution`, numbers.
        noise: the standard deviation :math:`\sigma` of the errors, positive.

    Raises: as :func:`solution`.

    Source: Lehmann and Casella, Theory of Point Estimation, 1998, section 2.6.

    >>> fisher_information(1.0, 1.0, torch.tensor([0.0, 0.5], dtype=torch.float64), 1.0)
    tensor([[ 0.1484, -0.2336],
            [-0.2336,  1.3679]], dtype=torch.float64)
    """
    check_positive(noise, "noise")
    rows = torch.stack([rate_sensitivity(gamma, start, t, omega), torch.exp(-_column(gamma, t, omega) * t)])
    return rows @ rows.mT / noise**2


def rate_bound(
    gamma: float,
    start: float,
    t: Float[Tensor, " n"],
    noise: float,
    omega: float = 2.0,
    start_known: bool = False,
) -> float:
    r"""The Cramér-Rao bound: no unbiased estimate of the rate has a smaller standard deviation.

    It is :math:`F_{\gamma\gamma}^{-1/2}` when the start is known, and otherwise made from the Schur complement
    :math:`F_{\gamma\gamma}-F_{\gamma0}^2/F_{00}`: an unknown start costs what it could imitate.

    Args:
        gamma, start, t, noise, omega: as :func:`fisher_information`.
        start_known: whether :math:`x_0` need not be estimated.

    Raises:
        ValueError: an argument is not as stated, or the samples hold no information on the rate.

    >>> t = torch.arange(0, 5.05, 0.1, dtype=torch.float64)
    >>> round(rate_bound(1.0, 1.0, t, 0.1), 4), round(rate_bound(1.0, 1.0, t, 0.1, start_known=True), 4)
    (0.0665, 0.0507)
    """
    f = fisher_information(gamma, start, t, noise, omega)
    information = float(f[0, 0] if start_known else f[0, 0] - f[0, 1] ** 2 / f[1, 1])
    if information <= 1e-14 * float(f[0, 0]):
        raise ValueError("t: these samples hold no information on the rate")
    return 1 / math.sqrt(information)


def _column(gamma: Rates, t: Tensor, omega: float) -> Tensor:
    """The checked rate, ready to be broadcast over the times."""
    check_tensor(t, "t", None)
    check_positive(omega, "omega")
    return _as_column(gamma, t, "gamma")


def _as_column(value: Rates, t: Tensor, argument: str) -> Tensor:
    column = torch.as_tensor(value, dtype=t.dtype, device=t.device)
    if not bool(torch.isfinite(column).all()):
        raise ValueError(f"{argument} must be finite")
    return column[..., None] if column.ndim else column
