"""Sign networks, a trained layer, and estimates of a known information.

Shown on the page ``chapters/6-information/information-through-layers``.
The trained networks are those of :mod:`mgai.optimization.relu_classifier`, with eight ReLU units.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from mgai import settings
from mgai.information.information_through_layers import binned, code_entropy, shared_information
from mgai.information.nearest_neighbours import ksg
from mgai.optimization import relu_classifier as relu

N_POINTS, N_NETWORKS, WIDTH = 400, 16, 8
STEPS = (0, 3, 10, 30, 100, 300)
BIN_WIDTHS = tuple(2.0**power for power in range(-7, 6))
N_PAIRS, N_REPLICAS, NEIGHBOURS = 300, 10, 3
TRUE = (0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0)


def sign_chain(widths: tuple[int, ...], generator: torch.Generator) -> list[Float[Tensor, "n d"]]:
    """All corners of a cube, and the layers of a random network of sign units on them; float64.

    Raises ValueError when no layer is asked for, or the cube has more than 12 dimensions.

    >>> [tuple(layer.shape) for layer in sign_chain((3, 2), torch.Generator())]
    [(8, 3), (8, 2)]
    """
    if len(widths) < 2 or not 1 <= widths[0] <= 12:
        raise ValueError(f"widths={widths} must name inputs, at most 12, and at least one layer")
    side = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    layers = [torch.cartesian_prod(*[side] * widths[0]).reshape(-1, widths[0])]
    for rows, columns in zip(widths[1:], widths[:-1], strict=True):
        weights = torch.randn(rows, columns, dtype=torch.float64, generator=generator)
        layers.append((layers[-1] @ weights.T).sign())
    return layers


def chain_values(n_chains: int = 40, widths: tuple[int, ...] = (8, 6, 4, 3)) -> tuple[Tensor, Tensor, Tensor]:
    r"""Of random sign networks: :math:`H(T_l)`, :math:`I(X;T_l)` and :math:`I(Y;T_l)`, of shape (chains, layers).

    The label Y is a fair coin for each input, tossed once.
    """
    rows = [
        [(code_entropy(t), shared_information(chain[0], t), shared_information(label, t)) for t in chain]
        for chain, label in labelled_chains(n_chains, widths)
    ]
    return torch.tensor(rows, dtype=torch.float64).unbind(-1)


def labelled_chains(n_chains: int, widths: tuple[int, ...]) -> Iterator[tuple[list[Tensor], Tensor]]:
    """Random sign networks on all corners of a cube, each with a label for every corner, a fair coin tossed once."""
    rng = settings.generator("information-through-layers/chains")
    for _ in range(n_chains):
        chain = sign_chain(widths, rng)
        yield chain, torch.randint(2, (len(chain[0]), 1), generator=rng)


@dataclass(frozen=True)
class Trained:
    """Networks at each of :data:`STEPS`, the points x of each, and its codes (steps, networks, points, units)."""

    x: Tensor
    parameters: tuple[dict[str, Tensor], ...]
    codes: Tensor

    def entropies(self, width: float) -> Float[Tensor, "steps networks"]:
        """The binned entropy of every layer."""
        rows = [[code_entropy(binned(code, width)) for code in row] for row in self.codes]
        return torch.tensor(rows, dtype=torch.float64)


def hidden(theta: dict[str, Tensor], x: Float[Tensor, "*batch n 2"]) -> Float[Tensor, "*batch n h"]:
    """The hidden layer of a ReLU network of :mod:`mgai.optimization.relu_classifier`."""
    return (x @ theta["w"].mT + theta["b"].unsqueeze(-2)).clamp(min=0)


def rescaled(theta: dict[str, Tensor], scale: float) -> dict[str, Tensor]:
    """The same function by other parameters: the hidden layer times ``scale``, the output weights divided by it.

    Raises ValueError when the scale is not positive.
    """
    if not scale > 0:
        raise ValueError(f"scale must be positive, not {scale}")
    return {"w": scale * theta["w"], "b": scale * theta["b"], "a": theta["a"] / scale, "c": theta["c"]}


def trained() -> Trained:
    """Sixteen networks of eight units, each on 400 points of the ring and its background, under Adam; memoised.

    Cost: 1 s, the first time.
    """
    return _trained(settings.seed())


@functools.lru_cache(maxsize=2)
def _trained(seed: int) -> Trained:
    rng = settings.generator("information-through-layers/trained", seed)
    x, y = relu.ring_data(rng, N_POINTS, (N_NETWORKS,))
    start = relu.initial(rng, WIDTH, (N_NETWORKS,))
    parameters = tuple(relu.train("Adam", start, x, y, 0.05, steps) if steps else dict(start) for steps in STEPS)
    return Trained(x, parameters, torch.stack([hidden(theta, x) for theta in parameters]))


def gaussian_pairs(
    information: float, dimension: int, n: int, replicas: int, generator: torch.Generator
) -> tuple[Float[Tensor, "replicas n d"], Float[Tensor, "replicas n d"]]:
    r"""Pairs of standard normal vectors, correlated coordinate by coordinate so that :math:`I(X;Y)` is as given.

    Raises ValueError when the information is negative or a count not positive.

    >>> x, y = gaussian_pairs(1.0, 2, 5, 3, torch.Generator())
    >>> x.shape == y.shape == (3, 5, 2)
    True
    """
    if not information >= 0 or min(dimension, n, replicas) < 1:
        raise ValueError(f"information={information} must not be negative, the counts positive")
    x, noise = torch.randn(2, replicas, n, dimension, dtype=torch.float64, generator=generator)
    left = torch.exp(torch.tensor(-2 * information / dimension, dtype=torch.float64))  # 1 - rho^2
    return x, (1 - left).sqrt() * x + left.sqrt() * noise


def estimates(dimension: int) -> Float[Tensor, "informations replicas"]:
    """Estimates by nearest neighbours (k = 3) from 300 pairs for each of :data:`TRUE`, ten samples each; memoised."""
    return _estimates(dimension, settings.seed())


@functools.lru_cache(maxsize=8)
def _estimates(dimension: int, seed: int) -> Tensor:
    rng = settings.generator(f"information-through-layers/estimates/{dimension}", seed)
    return torch.stack([ksg(*gaussian_pairs(i, dimension, N_PAIRS, N_REPLICAS, rng), NEIGHBOURS) for i in TRUE])
