"""References for the page ``chapters/6-information/entropy-along-training``, by NumPy and SciPy, by other routes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from jaxtyping import Float
from scipy import special, stats
from torch import Tensor

from mgai.information.entropy_along_training import CENTRES, DEVIATIONS, SHARES
from mgai.information.entropy_along_training_experiments import Parameters, initial, logits
from mgai.information.entropy_and_divergences import kl

LABEL_ENTROPY = 1.5 * math.log(2)  # of the shares 1/2, 1/4, 1/4
LN3 = math.log(3)


def floor_by_chain_rule(n_panels: int = 14, n_nodes: int = 12) -> float:
    r"""The floor as :math:`H(Y)+h(X\mid Y)-h(X)`: two closed forms, and Gauss-Legendre panels for the density of X.

    >>> 0.4 < floor_by_chain_rule() < 0.6
    True
    """
    labels = float(stats.entropy(SHARES))
    given = sum(share * math.log(2 * math.pi * math.e * s**2) for share, s in zip(SHARES, DEVIATIONS, strict=True))
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    side = (np.arange(n_panels)[:, None] + (nodes + 1) / 2).ravel()
    each = np.tile(weights / 2, n_panels)
    density = sum(
        share * np.outer(stats.norm.pdf(side, a, s), stats.norm.pdf(side, b, s))
        for share, (a, b), s in zip(SHARES, CENTRES, DEVIATIONS, strict=True)
    )
    mirrored = sum(
        share * np.outer(stats.norm.pdf(-side, a, s), stats.norm.pdf(side, b, s))
        for share, (a, b), s in zip(SHARES, CENTRES, DEVIATIONS, strict=True)
    )
    assert np.allclose(density, mirrored)  # the law is symmetric: four times a quadrant
    return labels + given - 4 * float(each @ special.entr(density) @ each)


def starting_loss(scale: float, k: int = 3, n_nodes: int = 24) -> float:
    r"""The mean loss of k independent normal logits of the given deviation, by Gauss-Hermite quadrature.

    >>> round(starting_loss(0.0), 12) == round(math.log(3), 12)
    True
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    weights = weights / weights.sum()
    points = scale * np.array(list(itertools.product(nodes, repeat=k)))
    products = np.array([math.prod(w) for w in itertools.product(weights, repeat=k)])
    return float(products @ (special.logsumexp(points, axis=1) - points[:, 0]))


def margins(joint: Float[Tensor, "n k"], logits: Float[Tensor, "*batch n k"]) -> Float[Tensor, "*batch"]:
    r"""The mean of :math:`\max_jz_j-z_Y`, label by label.

    >>> margins(torch.tensor([[0.5, 0.5]]), torch.tensor([[3.0, 1.0]]))
    tensor(1.)
    """
    best = logits.max(-1).values
    return sum((joint[:, y] * (best - logits[..., y])).sum(-1) for y in range(joint.shape[1]))


def mean_divergence(
    joint: Float[Tensor, "n k"], log_q: Float[Tensor, "*batch n k"], *, flipped: bool = False
) -> Float[Tensor, "*batch"]:
    """The mean divergence of the posterior from the prediction; the wrong way round if ``flipped`` (a control)."""
    shares, q = joint.sum(1), log_q.exp()
    posterior = joint / shares.unsqueeze(1)
    return (kl(q, posterior) if flipped else kl(posterior, q)) @ shares


def divergence_from_mean(
    joint: Float[Tensor, "n k"], log_q: Float[Tensor, "*batch n k"], *, weighted: bool = True
) -> Float[Tensor, "*batch"]:
    """The mean divergence of predictions from their mean, or from their plain mean over rows (a control)."""
    shares, q = joint.sum(1), log_q.exp()
    mean = torch.einsum("i,...ij->...j", shares, q) if weighted else q.mean(-2)
    return kl(q, (mean / mean.sum(-1, keepdim=True)).unsqueeze(-2)) @ shares


def random_output(theta: Parameters, generator: torch.Generator) -> Parameters:
    """The same parameters with a normal output layer of deviation one over the root of its inputs."""
    size = theta["w"].shape
    return theta | {"w": torch.randn(size, dtype=torch.float64, generator=generator) / size[1] ** 0.5}


def normal_logits(n: int, generator: torch.Generator) -> Float[Tensor, "n k"]:
    """Standard normal logits for every class, independent; float64."""
    return torch.randn(n, len(SHARES), dtype=torch.float64, generator=generator)


def layer_products(
    x: Float[Tensor, "networks n 2"], joint: Float[Tensor, "networks n k"], generator: torch.Generator
) -> tuple[Tensor, dict[str, Tensor]]:
    """Predictions of networks with normal weights, and for each parameter its product with its gradient (autograd)."""
    start = initial("network", generator, len(x))
    theta = {
        name: torch.randn(value.shape, dtype=torch.float64, generator=generator).requires_grad_()
        for name, value in start.items()
    }
    log_q = logits(theta, x).log_softmax(-1)
    gradients = torch.autograd.grad(-(joint * log_q).sum(), theta.values())
    pairs = zip(theta.items(), gradients, strict=True)
    return log_q.detach(), {name: (value * g).sum((1, 2)).detach() for (name, value), g in pairs}
