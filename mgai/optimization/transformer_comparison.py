r"""The comparison of optimisers, texts and contexts: rates chosen on one replica, results from others.

Shown on the page ``chapters/3-optimization/tiny-transformer``.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mgai import settings
from mgai.calculus.cost_measurement import seconds
from mgai.optimization import text_sources
from mgai.optimization.text_prediction import conditional_entropies, soft_confusion
from mgai.optimization.text_sources import TEXTS
from mgai.optimization.tiny_transformer import loss
from mgai.optimization.transformer_training import (
    CONTEXT,
    RULES,
    VOCABULARY,
    Run,
    Trained,
    batched_gradients,
    final_losses,
    ideal_laws,
    initial_parameters,
    predictions,
    train,
    windows,
)

SMOOTHED = 10  # steps in the moving average of a learning curve
CONTEXTS = (2, 4, 8, 16)


def replicas() -> tuple[int, ...]:
    """The replicas that are compared: three, or ten in the ``full`` profile; replica 0 chooses the learning rates."""
    return tuple(range(1, 4 if settings.profile() == "fast" else 11))


def chosen_rates(optimiser: str) -> dict[str, float]:
    """For each text, the rate of the optimiser's grid whose last sixth of training has the lowest mean loss.

    Training is on fresh windows, so that its loss estimates the expected one. A run that diverged is never chosen.
    """
    rule = RULES[optimiser]
    runs = tuple(Run(text, 0, rate) for text in TEXTS for rate in rule.rates)
    last = train(rule, runs).losses[:, -40:].mean(1).reshape(len(TEXTS), -1).nan_to_num(math.inf)
    return {text: rule.rates[int(row.argmin())] for text, row in zip(TEXTS, last, strict=True)}


def compared(optimiser: str) -> tuple[tuple[Run, ...], Trained]:
    """All texts and replicas under one optimiser, each text with its chosen rate."""
    rates = chosen_rates(optimiser)
    runs = tuple(Run(text, replica, rates[text]) for text in TEXTS for replica in replicas())
    return runs, train(RULES[optimiser], runs)


def curves(optimiser: str, text: str) -> Tensor:
    """Smoothed training losses of the replicas, of shape (replicas, steps - 9)."""
    runs, trained = compared(optimiser)
    chosen = trained.losses[[i for i, run in enumerate(runs) if run.text == text]]
    return torch.nn.functional.avg_pool1d(chosen[:, None], SMOOTHED, stride=1)[:, 0]


def levels(text: str, context: int = CONTEXT) -> tuple[float, float]:
    """Entropy of the characters alone, and the mean floor with up to ``context`` characters seen; NaN if unknown.

    >>> [round(level, 4) for level in levels("periodic")]
    [1.862, 0.0569]
    """
    made = text_sources.source(text)
    if made is None:
        shares = text_sources.frequencies(text_sources.prose(spaced=text == "prose"))
        return float(torch.special.entr(shares).sum()), math.nan
    floors = conditional_entropies(made, context + 1)
    return float(floors[0]), float(floors[1:].mean())


def target(text: str) -> float:
    """Half of what context can save: half-way from the entropy of the characters to the floor.

    Where context saves nothing (shuffled text) there is none: NaN. For natural texts the lowest loss that any
    optimiser reached takes the place of the floor.
    """
    alone, floor = levels(text)
    if math.isnan(floor):
        floor = min(float(curves(optimiser, text)[:, -1].min()) for optimiser in RULES)
    if alone - floor < 1e-9:
        return math.nan
    return (alone + floor) / 2


def steps_to_target(optimiser: str, text: str) -> Tensor:
    """For each replica, how many steps until the smoothed loss is at the target; infinite if never."""
    below = curves(optimiser, text) <= target(text)
    return torch.where(below.any(1), below.int().argmax(1).double() + SMOOTHED, math.inf)


def excess(optimiser: str) -> dict[str, Tensor]:
    """For each synthetic text and replica: the loss on fresh windows above the floor, in nats per character."""
    runs, trained = compared(optimiser)
    final = final_losses(trained, runs).mean(1)
    known = {text: levels(text)[1] for text in TEXTS if text_sources.source(text) is not None}
    return {
        text: torch.stack([final[i] for i, run in enumerate(runs) if run.text == text]) - floor
        for text, floor in known.items()
    }


def by_context(texts: tuple[str, ...]) -> dict[int, Tensor]:
    """Adam, retrained with each context length: medians over replicas of the loss after 1, 2, … visible characters.

    Returns, for each context length, a tensor of shape (texts, context).
    """
    rates = chosen_rates("Adam")
    runs = tuple(Run(text, replica, rates[text]) for text in texts for replica in replicas())
    found = {}
    for context in CONTEXTS:
        final = final_losses(train(RULES["Adam"], runs, context=context), runs)
        found[context] = final.view(len(texts), -1, context).quantile(0.5, dim=1)
    return found


def confusion(text: str, optimiser: str | None, n: int = 400) -> Tensor:
    """The soft confusion matrix on fresh windows of replica 1; of the ideal predictor if ``optimiser`` is None."""
    places = windows(text, 1, n, CONTEXT + 1, held_out=True)
    if optimiser is None:
        laws = ideal_laws(text, places)
    else:
        runs, trained = compared(optimiser)
        laws = predictions(trained, [(run.text, run.replica) for run in runs].index((text, 1)), places[:, :-1])
    return soft_confusion(laws.flatten(0, 1), places[:, 1:].flatten())


def apart(first: Tensor, second: Tensor) -> float:
    """The total variation between two joint laws: the share of probability that stands in other places.

    >>> apart(torch.tensor([[0.5, 0.5]]), torch.tensor([[0.75, 0.25]]))
    0.25
    """
    return float((first - second).abs().sum() / 2)


def surplus(text: str, optimiser: str, n: int = 2000) -> Tensor:
    """Per fresh window: the network's mean loss less the ideal predictor's on the same characters, in nats.

    Its expectation is a Kullback-Leibler divergence, so never negative.
    """
    runs, trained = compared(optimiser)
    places = windows(text, 1, n, CONTEXT + 1, held_out=True)
    index = [(run.text, run.replica) for run in runs].index((text, 1))
    ours, best = (
        -laws.gather(2, places[:, 1:, None]).log()[..., 0].mean(1)
        for laws in (predictions(trained, index, places[:, :-1]), ideal_laws(text, places))
    )
    return ours - best


def words_oracle(n: int = 2000) -> Tensor:
    """The same for a predictor that is told how many letters of the first word remain: it needs less than the floor."""
    places = windows("words", 1, n, CONTEXT + 1, held_out=True)
    made = text_sources.source("words")
    first = ideal_laws("words", places)
    marks = (made.emission[0] > 0)[places[:, 1:]]
    seen = marks.cumsum(1)
    told = torch.where((seen == 0)[..., None], made.emission[1], first)  # inside the first word: a letter
    told = torch.where((marks & (seen == 1))[..., None], made.emission[0], told)  # its end: a separator
    return (first / told).gather(2, places[:, 1:, None]).log()[..., 0].mean(1)


def batching_gains(n_networks: int, repeats: int) -> Tensor:
    """Time of gradients of stacked networks one by one, over that of all at once, measured in turn ``repeats`` times.

    >>> batching_gains(2, 1).shape
    torch.Size([1])
    """
    one = initial_parameters(1, CONTEXT)
    stack = {name: torch.stack([value] * n_networks) for name, value in one.items()}
    places = windows("words", 1, n_networks * 8, CONTEXT + 1).view(n_networks, 8, -1)
    letters = torch.nn.functional.one_hot(places, VOCABULARY).to(one["embed"].dtype)

    def in_turn() -> None:
        for each in letters:
            torch.func.grad_and_value(loss)(one, each)

    at_once, one_by_one = seconds([lambda: batched_gradients(stack, letters), in_turn], repeats)
    return one_by_one / at_once
