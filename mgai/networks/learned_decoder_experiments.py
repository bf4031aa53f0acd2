"""The ensembles of the page ``chapters/4-networks/learned-decoder``: decoders trained on noisy words, all at once."""

from __future__ import annotations

import functools
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai import settings
from mgai.information.hopfield_and_hamming import codewords, corrected, indices, states, success, syndromes
from mgai.networks.learned_decoder import bit_means, linear_word_error, noise_deviation, train_linear, word_layer
from mgai.networks.learned_decoder_references import companion_words, noisy_nodes
from mgai.optimization.optimizers import adam_start, adam_step

RATE, STEPS = 4 / 7, 100
N_SEEDS, SIZES, TRAINING = 10, (64, 256, 1024), (0.0, 3.0, 6.0)  # networks; training words; E_b/N_0 in decibels
N_TABLES, TABLE_NOISE = 16, 0.1  # decoders and p on the binary symmetric channel
SEEN, HIDDEN, BIT_STEPS, BIT_RATE = 12, 16, 200, 0.03
N_DRAWS = 60  # of each codeword, for one error of one decoder
COMPANION_SIGMA, COMPANION_HIDDEN, COMPANION_TIME = 0.4, 8, 40.0  # its noise, its units, 8,000 steps of 0.005


class Tables(NamedTuple):
    """Decisions (s, 128) of 16 decoders, and the share of their own training words that they decide wrongly."""

    decisions: Tensor
    training_errors: Tensor


class Unseen(NamedTuple):
    """Decoders that saw 12 of the 16 codewords, for 16 seeds.

    seen: (s, 16), whether a codeword was trained on. decisions: (s, 128), of the softmax layer; its weights:
    (s, 16, 7). plain, by_syndrome: (s, 128, 7), bit estimates of the two networks.
    """

    seen: Tensor
    decisions: Tensor
    weights: Tensor
    plain: Tensor
    by_syndrome: Tensor


def gaussian_words(
    n_seeds: int, n: int, decibels: float, generator: torch.Generator
) -> tuple[Float[Tensor, "s n 7"], Float[Tensor, "s n 16"]]:
    """Received words on the Gaussian channel, each codeword sent equally often, and shares for training.

    >>> gaussian_words(1, 32, 3.0, torch.Generator())[1].sum(1).unique().tolist()
    [0.0625]
    """
    sent = torch.arange(n) % 16
    noise = torch.randn(n_seeds, n, 7, dtype=torch.float64, generator=generator)
    targets = torch.nn.functional.one_hot(sent, 16).double() / n
    return codewords()[sent] + noise_deviation(decibels, RATE) * noise, targets.expand(n_seeds, n, 16)


def received_counts(sent: Int[Tensor, "s n"], p: float, generator: torch.Generator) -> Float[Tensor, "s 128 16"]:
    """Shares of (received word, codeword sent) among n uses of the binary symmetric channel, for each of s sets.

    >>> received_counts(torch.zeros(1, 4, dtype=torch.int64), 0.0, torch.Generator())[0, 0, 0]
    tensor(1., dtype=torch.float64)
    """
    flips = 1 - 2 * (torch.rand(*sent.shape, 7, dtype=torch.float64, generator=generator) < p).double()
    cells = indices(codewords()[sent] * flips) * 16 + sent
    counts = torch.zeros(len(sent), 128 * 16, dtype=torch.float64)
    return counts.scatter_add_(1, cells, torch.ones(cells.shape, dtype=torch.float64)).view(-1, 128, 16) / sent.shape[1]


def linear_decoders(training: float, size: int) -> tuple[Float[Tensor, "s 16 7"], Float[Tensor, "s 16"]]:
    """Ten softmax layers trained on ``size`` words at ``training`` decibels of :math:`E_b/N_0`; kept.

    The noise is the same, but for its scale, for all values of ``training``. Cost: 0.4 s for 1,024 words.
    """
    return _linear_decoders(training, size, settings.seed())


@functools.lru_cache(maxsize=32)
def _linear_decoders(training: float, size: int, _: int) -> tuple[Tensor, Tensor]:
    rng = settings.generator(f"learned-decoder/gaussian/{size}")
    return train_linear(*gaussian_words(N_SEEDS, size, training, rng), STEPS)


def learned_errors(training: float, size: int, decibels: float) -> Float[Tensor, " s"]:
    """Word errors of :func:`linear_decoders` at another :math:`E_b/N_0`; kept."""
    return _learned_errors(training, size, decibels, settings.seed())


@functools.lru_cache(maxsize=128)
def _learned_errors(training: float, size: int, decibels: float, _: int) -> Tensor:
    rng, sigma = settings.generator(f"learned-decoder/test/{decibels}"), noise_deviation(decibels, RATE)
    return linear_word_error(*linear_decoders(training, size), codewords(), sigma, N_DRAWS, rng)[0]


def best_errors(decibels: float) -> tuple[float, float]:
    """The word error of the best decoder at this :math:`E_b/N_0`, and its standard error; kept."""
    return _best_errors(decibels, settings.seed())


@functools.lru_cache(maxsize=32)
def _best_errors(decibels: float, _: int) -> tuple[float, float]:
    sigma = noise_deviation(decibels, RATE)
    layer = (part[None] for part in word_layer(codewords(), sigma))
    rng = settings.generator(f"learned-decoder/best/{decibels}")
    error, standard_error = linear_word_error(*layer, codewords(), sigma, 1000, rng)
    return float(error), float(standard_error)


def tables(size: int) -> Tables:
    """Softmax layers trained on as many words sent over the binary symmetric channel, p = 0.1; kept. Cost: 0.2 s."""
    return _tables(size, settings.seed())


@functools.lru_cache(maxsize=8)
def _tables(size: int, _: int) -> Tables:
    rng = settings.generator(f"learned-decoder/tables/{size}")
    counts = received_counts((torch.arange(size) % 16).expand(N_TABLES, -1), TABLE_NOISE, rng)
    decisions = decided(*train_linear(states(7).expand(N_TABLES, -1, -1), counts, STEPS))
    return Tables(decisions, 1 - counts.gather(2, decisions[..., None]).sum((1, 2)))


def decided(weights: Float[Tensor, "*s 16 7"], biases: Float[Tensor, "*s 16"]) -> Int[Tensor, "*s 128"]:
    """The codeword that a linear decoder decides on for each of the 128 received words."""
    return (states(7) @ weights.mT + biases[..., None, :]).argmax(-1)


def errors_by_profile(decisions: Int[Tensor, "s 128"], p: Float[Tensor, " m"]) -> Float[Tensor, "m s"]:
    r"""Word errors :math:`1-\sum_da_dp^d(1-p)^{7-d}` from how many patterns of d errors each decoder corrects.

    >>> errors_by_profile(torch.zeros(1, 128, dtype=torch.int64), torch.tensor([0.0, 0.5]))
    tensor([[0.9375],
            [0.9375]])
    """
    ends = torch.eye(128, dtype=torch.float64)[indices(codewords())[decisions]]
    return torch.stack([1 - success(corrected(table, codewords()), p) for table in ends], -1)


def unseen() -> Unseen:
    """Three decoders trained on 1,024 uses of 12 codewords, drawn anew for each seed; kept. Cost: 1 s."""
    return _unseen(settings.seed())


@functools.lru_cache(maxsize=2)
def _unseen(_: int) -> Unseen:
    rng = settings.generator("learned-decoder/unseen")
    known = torch.stack([torch.randperm(16, generator=rng)[:SEEN] for _ in range(N_TABLES)])
    counts = received_counts(known[:, torch.arange(1024) % SEEN], TABLE_NOISE, rng)
    seen = torch.zeros(N_TABLES, 16, dtype=torch.bool).scatter(1, known, True)
    weights, biases = train_linear(states(7).expand(N_TABLES, -1, -1), counts, STEPS)
    plain = train_bits(states(7), counts, rng)
    kept = train_bits(syndrome_inputs(), counts, rng, states(7))
    return Unseen(seen, decided(weights, biases), weights, plain, kept.sign() * states(7))


def syndrome_inputs() -> Float[Tensor, "128 3"]:
    """The three bits of the syndrome of every received word, as signs: -1 for a check that fails.

    >>> syndrome_inputs()[:2].tolist()
    [[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]]
    """
    return 1.0 - 2.0 * (syndromes(states(7))[:, None] >> torch.tensor([2, 1, 0]) & 1).double()


def train_bits(
    inputs: Float[Tensor, "128 d"],
    counts: Float[Tensor, "s 128 16"],
    generator: torch.Generator,
    signs: Float[Tensor, "128 7"] | None = None,
    n_steps: int = BIT_STEPS,
) -> Float[Tensor, "s 128 7"]:
    """Log odds of seven bits from networks with one hidden layer of tanh units, trained by Adam on the cross-entropy.

    inputs: what a network sees of each received word. counts: from :func:`received_counts`. signs: the log odds are
    those of agreement with these signs; of +1 where there are none. Cost: 0.3 s for 16 networks.
    """
    truth = torch.einsum("ci,syc->syi", codewords(), counts)  # share times mean sign
    truth = truth if signs is None else truth * signs
    theta = started(len(counts), inputs.shape[-1], HIDDEN, 7, generator)
    theta = descend(theta, inputs, counts.sum(-1, keepdim=True), truth, n_steps)
    return log_odds(theta, inputs)


def started(n_networks: int, d: int, hidden: int, outputs: int, generator: torch.Generator) -> dict[str, Tensor]:
    """First weights of networks with one hidden layer: uniform, up to one over the root of the number of inputs."""
    shapes, theta = {"v": (d, hidden), "b": (1, hidden), "w": (hidden, outputs), "c": (1, outputs)}, {}
    for name, shape in shapes.items():
        draw = torch.rand(n_networks, *shape, dtype=torch.float64, generator=generator)
        theta[name] = (2 * draw - 1) * (d if name in "vb" else hidden) ** -0.5
    return theta


def log_odds(theta: dict[str, Tensor], inputs: Float[Tensor, "m d"]) -> Float[Tensor, "s m outputs"]:
    """What networks with one hidden layer of tanh units say of each input."""
    return (inputs @ theta["v"] + theta["b"]).tanh() @ theta["w"] + theta["c"]


def bit_loss(odds: Tensor, rows: Tensor, truth: Tensor) -> Float[Tensor, " s"]:
    """The mean cross-entropy of a bit, in nats, for inputs of weight ``rows`` and signs of weighted mean ``truth``."""
    every = rows * torch.nn.functional.softplus(odds) - (rows + truth) / 2 * odds
    return every.sum((-2, -1)) / odds.shape[-1]


def descend(
    theta: dict[str, Tensor], inputs: Tensor, rows: Tensor, truth: Tensor, n_steps: int, lr: float | None = None
) -> dict[str, Tensor]:
    """Networks after as many steps on :func:`bit_loss`: of Adam, or of plain gradient descent where ``lr`` is given."""
    state = adam_start(theta)
    for _ in range(n_steps):
        for part in theta.values():
            part.requires_grad_()
        loss = bit_loss(log_odds(theta, inputs), rows, truth).sum()
        gradient = dict(zip(theta, torch.autograd.grad(loss, list(theta.values())), strict=True))
        theta = {name: part.detach() for name, part in theta.items()}
        if lr is None:
            theta, state = adam_step(theta, gradient, state, lr=BIT_RATE)
        else:
            theta = {name: part - lr * gradient[name] for name, part in theta.items()}
    return theta


def companion_losses(time: float = COMPANION_TIME) -> Float[Tensor, " s"]:
    """The expected loss of ten networks like the companion's after a time (steps times rate), by full descent; kept.

    Four words of three bits, 0 or 1, noise 0.4, eight tanh units; the expectation by 5 Gauss-Hermite nodes for each
    coordinate, 400 steps of 0.1 in place of 8,000 of 0.005. Cost: 0.3 s.
    """
    return _companion_losses(time, settings.seed())


def least_companion_losses(n: int) -> Float[Tensor, " n"]:
    """Losses of a bit, in nats, of the best layer on n words of the companion's channel.

    >>> 0.1 < float(least_companion_losses(1000).mean()) < 0.2
    True
    """
    rng, words = settings.generator("learned-decoder/floor"), companion_words()
    sent = words[torch.arange(n) % 4]
    y = sent + COMPANION_SIGMA * torch.randn(n, 3, dtype=torch.float64, generator=rng)
    share = bit_means(y, words, COMPANION_SIGMA)  # of zeros and ones: the probability of a one
    return torch.nn.functional.binary_cross_entropy(share, sent, reduction="none").mean(1)


@functools.lru_cache(maxsize=2)
def _companion_losses(time: float, _: int) -> Tensor:
    rng, words = settings.generator("learned-decoder/companion"), companion_words()
    inputs, shares = noisy_nodes(words, COMPANION_SIGMA, 5)
    truth = shares[..., None] * (2 * words - 1)[:, None]
    data = inputs.flatten(0, 1), shares.reshape(-1, 1), truth.flatten(0, 1)
    theta = descend(started(N_SEEDS, 3, COMPANION_HIDDEN, 3, rng), *data, int(time * 10), 0.1)
    return bit_loss(log_odds(theta, data[0]), *data[1:])
