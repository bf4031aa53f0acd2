r"""Least squares with p of d Gaussian features and n samples: exact risks on both sides of interpolation.

Shown on the page ``chapters/5-probability/inference-and-generalisation`` (formula ``cs-17-16``). The model is
:math:`y=\sum_jx_j\beta_j+\varepsilon` with independent standard normal features and noise of variance :math:`\sigma^2`;
the *energies* are :math:`\beta_j^2`, or their means. Features that are not used act as noise.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from scipy.integrate import quad
from scipy.stats import chi2
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor


def inverse_trace(n: int, p: int) -> float:
    r"""The mean of :math:`\operatorname{tr}(X^\top X)^+` for a standard normal n × p matrix.

    It is :math:`\frac{\min(n,p)}{|n-p|-1}` if :math:`|n-p|\ge2`, from the mean of an inverse Wishart matrix, and
    infinite otherwise (see ``thm-double-descent``).

    Raises:
        ValueError: n or p is not positive.

    >>> inverse_trace(10, 5), inverse_trace(5, 10), inverse_trace(5, 6)
    (1.25, 1.25, inf)
    """
    if n < 1 or p < 1:
        raise ValueError(f"n={n} and p={p} must be positive")
    return math.inf if abs(n - p) < 2 else min(n, p) / (abs(n - p) - 1)


def minimum_norm_risk(energies: Float[Tensor, " d"], noise_variance: float, n: int, p: int) -> float:
    r"""The mean squared error on new data of the least-squares solution of least norm on the first p features.

    Formula ``cs-17-16``. With the effective noise :math:`s^2=\sigma^2+\sum_{j>p}\beta_j^2` it is
    :math:`s^2+s^2\,\mathbb E\operatorname{tr}(X^\top X)^++(1-\frac np)_+\sum_{j\le p}\beta_j^2`. Belkin, Hsu and
    Xu (2020), theorem 1.

    Args:
        energies: :math:`\beta_j^2`, not negative.
        noise_variance: :math:`\sigma^2`, positive.
        n, p: numbers of samples and of features that are used, p from 0 to d.

    Raises:
        TypeError, ValueError: an argument lies outside its range.

    Cost: O(d).

    >>> minimum_norm_risk(torch.ones(2), 1.0, 4, 2)  # noise, and twice the noise over n - p - 1 = 1
    3.0
    """
    effective = effective_noise(energies, noise_variance, p)
    if p == 0:
        return effective
    lost = max(0.0, 1 - n / p) * float(energies[:p].sum())
    return effective * (1 + inverse_trace(n, p)) + lost


def effective_noise(energies: Float[Tensor, " d"], noise_variance: float, p: int) -> float:
    r"""The variance :math:`\sigma^2+\sum_{j>p}\beta_j^2` of what the first p features cannot tell.

    Raises:
        TypeError, ValueError: ``energies`` is no tensor of numbers that are not negative, ``noise_variance`` is not
            positive, or ``p`` lies outside 0, …, d.

    >>> effective_noise(torch.ones(3), 1.0, 2)
    2.0
    """
    check_tensor(energies, "energies", None)
    if bool((energies < 0).any()):
        raise ValueError("energies must not be negative")
    if not 0 <= p <= len(energies):
        raise ValueError(f"p={p} must lie between 0 and {len(energies)}")
    return check_positive(noise_variance, "noise_variance") + float(energies[p:].sum())


def minimum_norm_trials(
    energies: Float[Tensor, " d"], noise_variance: float, n: int, p: int, n_trials: int, generator: torch.Generator
) -> Float[Tensor, " n_trials"]:
    r"""Risks of minimum-norm solutions on drawn data: the mean is that of :func:`minimum_norm_risk`.

    All d features are drawn, the first p are fitted with the pseudo-inverse, and the risk given the solution,
    :math:`\sigma^2+\|\beta-\hat\beta\|^2`, is exact.

    Args:
        n_trials: samples of size n.
        generator: on the CPU.

    Raises:
        TypeError, ValueError: as :func:`effective_noise`; ``p`` is zero, or ``n`` or ``n_trials`` not positive.

    Cost: O(n_trials · n d + n_trials · n p min(n, p)).

    >>> minimum_norm_trials(torch.ones(2), 1.0, 9, 2, 3, torch.Generator().manual_seed(0)).shape
    torch.Size([3])
    """
    effective_noise(energies, noise_variance, p)
    if min(n, p, n_trials) < 1:
        raise ValueError(f"n={n}, p={p} and n_trials={n_trials} must be positive")
    x = torch.randn(n_trials, n, len(energies), dtype=energies.dtype, generator=generator).to(energies.device)
    noise = torch.randn(n_trials, n, dtype=energies.dtype, generator=generator).to(energies.device)
    beta = energies.sqrt()
    y = x @ beta + noise_variance**0.5 * noise
    fitted = (torch.linalg.pinv(x[..., :p]) @ y.unsqueeze(2)).squeeze(2)
    return noise_variance + ((beta[:p] - fitted) ** 2).sum(1) + (beta[p:] ** 2).sum()


def matched_ridge_risk(
    x: Float[Tensor, "*batch n p"], energies: Float[Tensor, " d"], noise_variance: float
) -> Float[Tensor, "*batch"]:
    r"""The risk given X of the ridge regression whose penalty is matched to random coefficients of these energies.

    The penalty is :math:`\sum_js^2w_j^2/\tau_j^2` for uncorrelated coefficients of mean zero and variance
    :math:`\tau_j^2`, and the risk :math:`s^2+\operatorname{tr}(D-DX^\top(XDX^\top+s^2I)^{-1}XD)` with
    :math:`D=\operatorname{diag}(\tau_1^2,\dots,\tau_p^2)`. Its mean never rises with p (see ``thm-matched-ridge``).

    Args:
        x: the first p features, one sample a row; leading axes are different sets of data.
        energies: :math:`\tau_j^2` of all d features.
        noise_variance: :math:`\sigma^2`.

    Raises:
        TypeError, ValueError: as :func:`effective_noise`.

    Cost: O(n²p + n³) for each set.

    >>> matched_ridge_risk(torch.ones(1, 1), torch.ones(1), 1.0)
    tensor(1.5000)
    """
    n, p = x.shape[-2:]
    effective = effective_noise(energies, noise_variance, p)
    scaled = x * energies[:p]
    gram = scaled @ x.mT + effective * torch.eye(n, dtype=x.dtype, device=x.device)
    explained = (torch.linalg.solve(gram, scaled) * scaled).sum((-2, -1))
    return effective + energies[:p].sum() - explained


def one_sample_ridge_risk(d: int, noise_variance: float, p: int) -> float:
    r"""The mean of :func:`matched_ridge_risk` for one sample and d energies equal to 1, by quadrature.

    It is :math:`\sigma^2+d-\mathbb E\frac e{e+\lambda}` where e is a chi-squared variable with p degrees of freedom
    and :math:`\lambda=\sigma^2+d-p`.

    Raises:
        ValueError: ``p`` lies outside 0, …, d, or ``noise_variance`` is not positive.

    >>> one_sample_ridge_risk(4, 1.0, 0)
    5.0
    """
    penalty = effective_noise(torch.ones(max(d, 1)), noise_variance, p)
    if p == 0:
        return penalty
    law = chi2(p)
    # over u² = e: the density of one degree of freedom is infinite at zero
    mean, _ = quad(lambda u: 2 * u * law.pdf(u * u) * u * u / (u * u + penalty), 0, 10 + p**0.5, epsabs=1e-12)
    return noise_variance + d - mean
