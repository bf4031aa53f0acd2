"""Networks of the page ``chapters/4-networks/flat-and-sharp-minima``: an ensemble trained by SGD.

All networks of the ensemble train at once; each replica has its own data and its own start, shared by the settings.
What is kept within a process must not be changed in place.
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor

from mgai import settings
from mgai.networks import flat_and_sharp_minima as sharp

#: Step size and batch size of each setting.
SETTINGS = ((0.05, 16), (0.05, 4), (0.2, 16), (0.2, 4))
N_TRAIN, WIDTH, NOISE = 16, 32, 0.1
#: A network whose training error reaches this, ten times the variance of the noise, counts as failed.
FAILED = 10 * NOISE**2
MEASURES = ("train", "test", "sharpness", "trace", "least trace")
_REPLICAS, _STEPS = {"fast": 20, "full": 60}, {"fast": 2000, "full": 20_000}


def n_replicas() -> int:
    """How many networks are trained in each setting in this profile."""
    return _REPLICAS[settings.profile()]


def trained() -> dict[str, Float[Tensor, "settings replicas"]]:
    """The :data:`MEASURES` of every trained network. Cost: 1 s in the profile ``fast``.

    ``train`` and ``test`` are mean squared errors, the latter against the function without noise.
    """
    network, x, y = _trained(settings.seed(), settings.profile(), settings.device())
    return {name: value.reshape(len(SETTINGS), -1).cpu() for name, value in measure(network, x, y).items()}


def reordered(
    descending: bool = False, outer: bool = True
) -> tuple[Float[Tensor, " replicas"], Float[Tensor, " replicas"], float]:
    """The networks of the first setting, rescaled so that their traces stand in the order of their test errors.

    Each is balanced, then all its units get one factor a, which multiplies the trace by half of a² + 1/a².
    ``outer=False`` leaves out the division of the outer weights, a slip to compare with.

    Returns:
        The traces, the test errors, and the largest change of an output on the samples.
    """
    network, x, _ = _trained(settings.seed(), settings.profile(), settings.device())
    count = n_replicas()
    network, x, errors = sharp.ReluNetwork(*(part[:count] for part in network)), x[:count], trained()["test"][0]
    least, places = sharp.least_trace(network, x), errors.argsort(descending=descending).argsort()
    targets = least.max() * 1.1 ** (1 + places.to(least))
    ratio = targets / least
    factors = (ratio + (ratio.square() - 1).sqrt()).sqrt()
    other = sharp.rescaled(sharp.balanced(network, x), factors[:, None].expand_as(network.outer))
    if not outer:
        other = other._replace(outer=sharp.balanced(network, x).outer)
    changed = (sharp.outputs(other, x) - sharp.outputs(network, x)).abs().max()
    return sharp.trace(other, x).cpu(), errors, float(changed)


@functools.lru_cache(maxsize=4)
def _trained(_: int, profile: str, device: torch.device) -> tuple[sharp.ReluNetwork, Tensor, Tensor]:
    rng, count = settings.generator("sharpness/trained"), _REPLICAS[profile]
    x = 2 * torch.rand(count, N_TRAIN, 1, dtype=torch.float64, generator=rng) - 1
    y = (3 * x[..., 0]).sin() + NOISE * torch.randn(count, N_TRAIN, dtype=torch.float64, generator=rng)
    inner = torch.randn(count, WIDTH, 2, dtype=torch.float64, generator=rng)
    outer = torch.randn(count, WIDTH, dtype=torch.float64, generator=rng) / WIDTH**0.5
    x, y, inner, outer = (torch.cat([t] * len(SETTINGS)).to(device) for t in (sharp.with_ones(x), y, inner, outer))
    steps, sizes = torch.tensor(SETTINGS, dtype=torch.float64).repeat_interleave(count, 0).to(device).unbind(1)
    return descend(sharp.ReluNetwork(inner, outer), x, y, steps, sizes, _STEPS[profile], rng), x, y


def descend(
    network: sharp.ReluNetwork, x: Float[Tensor, "b n d"], y: Float[Tensor, "b n"], steps: Float[Tensor, " b"],
    sizes: Float[Tensor, " b"], n_steps: int, generator: torch.Generator,
) -> sharp.ReluNetwork:  # fmt: skip
    """Stochastic gradient descent on half the mean squared error, each network with its own step and batch size.

    Batches are drawn anew in every step, without replacement; networks of one batch size need not share them.
    """
    inner, outer = network
    for _ in range(n_steps):
        ranks = torch.rand(y.shape, dtype=y.dtype, generator=generator).argsort(1).argsort(1).to(y.device)
        weights = (ranks < sizes[:, None]) / sizes[:, None]
        before = x @ inner.mT
        hidden = torch.relu(before)
        missed = ((hidden @ outer.unsqueeze(-1)).squeeze(-1) - y) * weights
        slopes = missed.unsqueeze(-1) * (before > 0) * outer.unsqueeze(-2)
        inner = inner - steps[:, None, None] * (slopes.mT @ x)
        outer = outer - steps[:, None] * (missed.unsqueeze(-2) @ hidden).squeeze(-2)
    return sharp.ReluNetwork(inner, outer)


def measure(
    network: sharp.ReluNetwork, x: Float[Tensor, "b n d"], y: Float[Tensor, "b n"]
) -> dict[str, Float[Tensor, " b"]]:
    """The :data:`MEASURES` of each network."""
    grid = torch.linspace(-1, 1, 201, dtype=y.dtype, device=y.device)
    fresh = sharp.outputs(network, sharp.with_ones(grid[:, None])) - (3 * grid).sin()
    values = (
        (sharp.outputs(network, x) - y).square().mean(-1), fresh.square().mean(-1), sharp.sharpness(network, x),
        sharp.trace(network, x), sharp.least_trace(network, x),
    )  # fmt: skip
    return dict(zip(MEASURES, values, strict=True))


def rank_correlation(name: str, within: bool = False, fitted: bool = False) -> tuple[float, float, float]:
    """Spearman's rank correlation of a measure with the test error over all trained networks, and its 95 % interval.

    The interval is a percentile bootstrap that draws whole replicas, since the four networks of one share their data.
    within: the mean of the correlations inside the four settings. fitted: only replicas of which no network failed.
    """
    found = trained()
    pairs = torch.stack([found[name], found["test"]])
    if fitted:
        pairs = pairs[..., (found["train"] < FAILED).all(0)]
    draws = torch.randint(pairs.shape[2], (200, pairs.shape[2]), generator=settings.generator("sharpness/bootstrap"))
    resampled = torch.tensor([_spearman(pairs[..., rows], within) for rows in draws], dtype=torch.float64)
    low, high = resampled.nanquantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return _spearman(pairs, within), low, high


def _spearman(pairs: Tensor, within: bool) -> float:
    ranks = stats.rankdata(pairs.numpy() if within else pairs.flatten(1).numpy(), axis=-1)
    centred = torch.tensor(ranks - ranks.mean(-1, keepdims=True))
    first, second = centred
    return float(((first * second).sum(-1) / (first.norm(dim=-1) * second.norm(dim=-1))).mean())
