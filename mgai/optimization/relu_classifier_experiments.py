"""The comparison of methods on the page ``chapters/3-optimization/relu-classifier``, with a fair search of the rate."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from mgai import settings
from mgai.optimization.relu_classifier import METHODS, cross_entropy, initial, ring_data, train

WIDTH, SAMPLES, STEPS, FRESH = 12, 200, 300, 24
RATES = tuple(10 ** (k / 2) for k in range(-6, 3))  # 0.001 to 10


@dataclass(frozen=True)
class Comparison:
    """Test losses (nats) of networks trained by each method.

    search: for each rate the quartiles over eight networks. chosen: the rate with the least median. fresh: the
    quartiles of 24 other networks on other data with the chosen rate. training: their median training loss.
    """

    search: dict[str, Tensor]
    chosen: dict[str, float]
    fresh: dict[str, Tensor]
    training: dict[str, float]


def quartiles(losses: Tensor) -> Tensor:
    """Lower quartile, median and upper quartile along the last axis; runs that diverged count as infinite.

    >>> quartiles(torch.tensor([1.0, 2.0, 3.0, float("nan"), 2.0]))
    tensor([2., 2., 3.])
    """
    ordered = torch.where(losses.isnan(), torch.inf, losses).sort(dim=-1).values
    last = ordered.shape[-1] - 1
    return ordered[..., [last // 4, last // 2, -(-3 * last // 4)]]


def comparison() -> Comparison:
    """The :class:`Comparison`, the same data and initial weights for every method; kept, so that a second call is free.

    Cost: 4 s.
    """
    return _comparison(settings.seed())


@functools.lru_cache(maxsize=2)
def _comparison(seed: int) -> Comparison:
    search, chosen, fresh, training = {}, {}, {}, {}
    rates = torch.tensor(RATES, dtype=torch.float64)
    for method in METHODS:
        search[method], _ = _losses(method, rates, 8, "search")
        chosen[method] = RATES[int(search[method][:, 1].argmin())]
        others, train_losses = _losses(method, torch.tensor([chosen[method]], dtype=torch.float64), FRESH, "fresh")
        fresh[method], training[method] = others[0], float(train_losses[0, 1])
    return Comparison(search, chosen, fresh, training)


def _losses(method: str, rates: Tensor, n_networks: int, label: str) -> tuple[Tensor, Tensor]:
    """Quartiles of test and of training losses for every rate."""
    rng = settings.generator(f"relu-classifier/{label}")
    x, y = ring_data(rng, SAMPLES, (n_networks,))
    unseen, labels = ring_data(rng, 2000)
    start = {name: value.expand(len(rates), *value.shape) for name, value in initial(rng, WIDTH, (n_networks,)).items()}
    theta = train(method, start, x, y, rates, STEPS)
    finite = {name: value.nan_to_num(0.0, 0.0, 0.0) for name, value in theta.items()}
    lost = torch.stack([(~value.isfinite()).flatten(2).any(-1) if value.ndim > 2 else ~value.isfinite()
                        for value in theta.values()]).any(0)  # fmt: skip
    return tuple(
        quartiles(torch.where(lost, torch.inf, cross_entropy(finite, *data))) for data in ((unseen, labels), (x, y))
    )


@functools.lru_cache(maxsize=8)
def _best(width: int, seed: int) -> dict[str, Tensor]:
    rng = settings.generator("relu-classifier/boundary")
    x, y = ring_data(rng, 2 * SAMPLES)
    theta = train("Adam", initial(rng, width, (10,)), x, y, 0.05, STEPS + 100)
    first = int(cross_entropy(theta, x, y).argmin())
    return {name: value[first] for name, value in theta.items()}


def best_network(width: int) -> dict[str, Tensor]:
    """The network with the least training loss of ten initial weights, after 400 steps of Adam with the rate 0.05.

    Raises ValueError when the width is below 1. Cost: 1 s, the first time.
    """
    return {name: value.clone() for name, value in _best(width, settings.seed()).items()}
