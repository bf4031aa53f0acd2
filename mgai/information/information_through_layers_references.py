"""References for ``chapters/6-information/information-through-layers``: by enumeration, SciPy, scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from scipy import integrate, stats
from sklearn.feature_selection import mutual_info_regression
from torch import Tensor

from mgai.information.information_through_layers_experiments import labelled_chains
from mgai.information.laws import lattice_laws

LN2 = math.log(2)


def chain_information(n_chains: int = 40, widths: tuple[int, ...] = (8, 6, 4, 3)) -> Float[Tensor, "chains layers"]:
    """I(X;T) of the layers of the same random sign networks: joint law against the product of its margins, by SciPy."""
    rows = [[_from_independence(layer) for layer in chain] for chain, _ in labelled_chains(n_chains, widths)]
    return torch.tensor(rows, dtype=torch.float64)


def _from_independence(layer: Float[Tensor, "n d"]) -> float:
    states = torch.unique(layer, dim=0, return_inverse=True)[1]
    joint = torch.nn.functional.one_hot(states).double().numpy() / len(layer)
    return float(stats.entropy(joint.ravel(), np.outer(joint.sum(1), joint.sum(0)).ravel()))


def enumerated_plugin(p: Float[Tensor, " k"], n: int) -> float:
    """The mean plug-in entropy of n draws from p, over all tables of counts with their multinomial probabilities.

    >>> round(enumerated_plugin(torch.tensor([0.5, 0.5]), 2) / LN2, 9)
    0.5
    """
    counts = lattice_laws(len(p), n).numpy()
    weights = stats.multinomial.pmf(counts, n, p.double().numpy())
    return float(weights @ stats.entropy(counts, axis=1))


def enumerated_information(joint: Float[Tensor, "k m"], n: int) -> float:
    """The mean plug-in information of n pairs, over all tables of counts.

    >>> enumerated_information(torch.full((2, 2), 0.25, dtype=torch.float64), 1)
    0.0
    """
    counts = lattice_laws(joint.numel(), n).numpy()
    weights = stats.multinomial.pmf(counts, n, joint.double().flatten().numpy())
    tables = counts.reshape(-1, *joint.shape)
    both, rows, columns = (stats.entropy(t, axis=1) for t in (counts, tables.sum(2), tables.sum(1)))
    return float(weights @ (rows + columns - both))


def canonical_information(covariance: Float[Tensor, "*batch d d"], split: int) -> Float[Tensor, "*batch"]:
    r"""The information :math:`-\frac12\sum\ln(1-\rho_i^2)` of two Gaussian parts from their canonical correlations.

    >>> round(float(canonical_information(torch.tensor([[1.0, 0.6], [0.6, 1.0]]), 1)), 4)
    0.2231
    """
    parts = (covariance[..., :split, :split], covariance[..., split:, split:])
    roots = [torch.linalg.inv(torch.linalg.cholesky(part)) for part in parts]
    rho = torch.linalg.svdvals(roots[0] @ covariance[..., :split, split:] @ roots[1].mT)
    return -torch.log1p(-rho.square()).sum(-1) / 2


def noisy_by_quadrature(states: Float[Tensor, " n"], sigma: float) -> float:
    r"""The information of noisy states as the mean divergence of :math:`\mathcal N(t_i,\sigma^2)` from their mixture.

    >>> round(noisy_by_quadrature(torch.tensor([0.0, 20.0]), 1.0), 6)
    0.693147
    """
    centres = states.tolist()

    def integrand(u: float) -> float:
        each = stats.norm.pdf(u, centres, sigma)
        there = each > 0
        return float((each[there] * np.log(each[there] / each.mean())).mean() * there.mean())

    ends = (min(centres) - 10 * sigma, max(centres) + 10 * sigma)
    return integrate.quad(integrand, *ends, points=sorted(set(centres)), limit=400)[0]


def library_information(x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"], k: int) -> float:
    """scikit-learn's nearest-neighbour estimate, for one coordinate each; it divides both by their deviation."""
    return float(mutual_info_regression(x.numpy(), y[:, 0].numpy(), n_neighbors=k, random_state=0)[0])


def standardised(x: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
    """The same points divided by their deviation."""
    return x / x.std(correction=0)


def dense_layer(layer: Float[Tensor, "n d"], generator: torch.Generator, dropped: int = 0) -> Float[Tensor, "n d"]:
    """A tanh layer with a normal square weight matrix, of which the last ``dropped`` rows are zero."""
    d = layer.shape[1]
    weights = torch.randn(d, d, dtype=layer.dtype, generator=generator) / d**0.5
    weights[d - dropped :] = 0
    return torch.tanh(layer @ weights)
