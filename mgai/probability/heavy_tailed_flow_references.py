r"""Other routes to what the page ``chapters/5-probability/heavy-tailed-flow`` computes, for claims and tests."""

from __future__ import annotations

import math

import torch
from scipy import integrate

from mgai.probability.heavy_tailed_flow import power_law_nodes


def moment_integral(alpha: float, k: float, reach: float = math.inf) -> float:
    r"""The integral of :math:`|y|^k(1+y^2)^{-\alpha}` over :math:`|y|\le R` (``reach``), by quadrature in arsinh y.

    >>> round(moment_integral(1.0, 0.0) - math.pi, 9), round(moment_integral(0.5, 0.0, math.sinh(3.0)), 9)
    (0.0, 6.0)
    """

    def integrand(t: float) -> float:
        return math.tanh(t) ** k * math.exp((k + 1 - 2 * alpha) * (t + math.log1p(math.exp(-2 * t)) - math.log(2)))

    end = 40 / (2 * alpha - 1 - k) if math.isinf(reach) else math.asinh(reach)
    parts = [(0.0, min(end, 3.0))] + ([(3.0, end)] if end > 3 else [])
    return 2 * math.fsum(integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-12, limit=500)[0] for ends in parts)


def entropy_integral(alpha: float) -> float:
    r"""The entropy of the power law as a derivative: :math:`\ln Z-\alpha\,(\ln Z)'`, both by quadrature.

    The derivative is a central difference of fourth order with the step 0.01 times :math:`\alpha-\tfrac12`.

    >>> abs(entropy_integral(1.0) - math.log(4 * math.pi)) < 1e-6
    True
    """
    step = 0.01 * (alpha - 0.5)
    logs = [math.log(moment_integral(alpha + j * step, 0.0)) for j in (-2, -1, 0, 1, 2)]
    slope = (logs[0] - 8 * logs[1] + 8 * logs[3] - logs[4]) / (12 * step)
    return logs[2] - alpha * slope


def student_cost(alpha: float, nu: float) -> float:
    r"""The expected cost of the map :math:`\sqrt\nu\,y` under a reference with Student's law, by quadrature.

    >>> abs(student_cost(1.0, 1.0) - math.log(4 * math.pi)) < 1e-9  # Cauchy's law is its own reference: its entropy
    True
    """
    t, w = power_law_nodes(alpha)
    constant = math.lgamma(nu / 2) - math.lgamma((nu + 1) / 2) + math.log(math.pi) / 2
    return float(w @ ((nu + 1) * torch.cosh(t).log())) + constant
