r"""A Laplace law carried to the standard normal: the exact transport, its growth, a quadrature, goodness of fit.

Shown on the page ``chapters/5-probability/normalizing-flow``; the flow itself is :mod:`mgai.probability.monotone_flow`.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy import special, stats
from torch import Tensor

from mgai import settings
from mgai.calculus.argument_checks import check_tensor
from mgai.probability.monotone_flow import MonotoneFlow, fit, panels

LAPLACE_ENTROPY = 1 + math.log(2)


def laplace_log_survival(y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""Log probability beyond y of the Laplace law :math:`p(y)=\tfrac12e^{-|y|}`, accurate in both tails.

    >>> laplace_log_survival(torch.tensor([0.0, 100.0]))
    tensor([  -0.6931, -100.6931])
    """
    return torch.where(y > 0, -y.abs() - math.log(2), torch.log1p(-torch.exp(-y.abs()) / 2))


def laplace_transport(y: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The increasing map of the Laplace law to the standard normal, from the logarithm of the tail.

    .. math:: g(y)=\Phi^{-1}(F(y))=-\operatorname{sign}(y)\,\Phi^{-1}\bigl(\tfrac12e^{-|y|}\bigr)

    Derived on the page (``thm-laplace-transport``). Computed as :math:`\Phi^{-1}(F(y))` it is infinite from y = 37 on,
    where F(y) is rounded to one.

    Raises TypeError, ValueError: y is no floating-point tensor, or has entries that are not finite.

    >>> laplace_transport(torch.tensor([-1.0, 0.0, 100.0], dtype=torch.float64))
    tensor([-0.9005,  0.0000, 13.9380], dtype=torch.float64)
    """
    check_tensor(y, "y", None)
    magnitude = special.ndtri_exp(laplace_log_survival(y.double().abs().cpu()).clamp(max=-math.log(2)).numpy())
    return y.sign() * torch.from_numpy(np.maximum(-magnitude, 0.0)).to(y)


def normal_score_of_tail(level: float | Float[Tensor, "*n"]) -> float | Float[Tensor, "*n"]:
    r"""The expansion of the normal quantile far out: :math:`x^2` from :math:`L=-\ln\mathbb P(X>x)`.

    .. math:: x^2=2L-\ln(4\pi L)+\frac{\ln(4\pi L)-2}{2L}+O\Bigl(\frac{\ln^2L}{L^2}\Bigr)

    Derived on the page (``thm-growth``). level: L, positive.

    >>> round(normal_score_of_tail(100.0), 4), round(float(special.ndtri_exp(-100.0)) ** 2, 4)
    (192.8895, 192.8898)
    """
    logarithm = torch.log(4 * math.pi * level) if isinstance(level, Tensor) else math.log(4 * math.pi * level)
    return 2 * level - logarithm + (logarithm - 2) / (2 * level)


def laplace_nodes(reach: float = 60.0, n_panels: int = 160) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    r"""Nodes and weights for expectations under the Laplace law, panel by panel on either side of its kink.

    reach: where the tail is cut off, of probability :math:`e^{-60}`.

    >>> y, w = laplace_nodes()
    >>> round(float(w.sum()), 12), round(float(w @ y**2), 12)
    (1.0, 2.0)
    """
    y, w = panels(torch.linspace(0, reach, n_panels + 1, dtype=torch.float64))
    w = w * torch.exp(-y) / 2
    return torch.cat([-y.flip(0), y]), torch.cat([w.flip(0), w])


def laplace_sample(n: int, label: str) -> Float[Tensor, " n"]:
    """Independent Laplace draws: an exponential with a random sign.

    >>> len(laplace_sample(3, "example"))
    3
    """
    u = torch.rand(n, dtype=torch.float64, generator=settings.generator(label)) - 0.5
    return -u.sign() * torch.log1p(-2 * u.abs())


def laplace_fits(n: int | None, n_replicas: int = 1) -> list[MonotoneFlow]:
    """Flows of greatest likelihood on independent Laplace samples; n None: on the law itself, by quadrature.

    >>> [flow] = laplace_fits(None)
    >>> round(float(flow(torch.zeros(1, dtype=torch.float64))), 6)
    0.0
    """
    return list(_laplace_fits(n, n_replicas, settings.seed()))


@lru_cache(maxsize=32)
def _laplace_fits(n: int | None, n_replicas: int, seed: int) -> tuple[MonotoneFlow, ...]:
    if n is None:
        return (fit(*laplace_nodes()),)
    return tuple(fit(laplace_sample(n, f"normalizing-flow/{n}/{r}")) for r in range(n_replicas))


def tail_errors(flow: MonotoneFlow, levels: Float[Tensor, " levels"]) -> Float[Tensor, " levels"]:
    r"""Root mean square over the two tails of :math:`g_\theta-g` at the quantiles of tail probability p.

    levels: tail probabilities p between 0 and 1/2.

    >>> [flow] = laplace_fits(None)
    >>> bool(tail_errors(flow, torch.tensor([0.1]).double()) < 0.01)
    True
    """
    y = -torch.log(2 * levels)
    both = torch.stack([y, -y])
    return (
        (flow(both.flatten()).view_as(both) - laplace_transport(both.flatten()).view_as(both)).square().mean(0).sqrt()
    )


def kolmogorov_distance(flow: MonotoneFlow, y: Float[Tensor, " n"]) -> float:
    r"""The largest difference of distribution functions, :math:`\sup_y|F(y)-\Phi(g_\theta(y))|`, over the points y.

    The two laws are those of :math:`g_\theta(Y)`, Y Laplace, and of the standard normal. In a tail of probability p
    the difference of two small numbers is small, whatever the map does there.

    >>> kolmogorov_distance(fit(*laplace_nodes(), centres=[]), torch.linspace(-9, 9, 1001, dtype=torch.float64)) < 0.07
    True
    """
    survival = laplace_log_survival(y).exp()
    return float((survival - torch.special.ndtr(-flow(y))).abs().max())


def rejected_as_normal(x: Float[Tensor, "*rows n"], level: float = 0.05) -> Bool[Tensor, "*rows"]:
    """Which rows the Kolmogorov-Smirnov test rejects as standard normal samples; critical value of the exact law.

    Raises ValueError: no points, or a level outside (0, 1).

    Cost: a sort of each row.

    >>> rejected_as_normal(torch.tensor([[-1.0, 0.0, 1.0], [8.0, 9.0, 9.0]]))
    tensor([False,  True])
    """
    if x.shape[-1] == 0 or not 0 < level < 1:
        raise ValueError("x needs points, and level must lie between 0 and 1")
    n = x.shape[-1]
    u = torch.special.ndtr(x.sort(dim=-1).values)
    steps = torch.arange(n + 1, dtype=u.dtype, device=u.device) / n
    distance = torch.maximum((u - steps[:-1]).amax(-1), (steps[1:] - u).amax(-1))
    return distance > float(stats.kstwo.isf(level, n))
