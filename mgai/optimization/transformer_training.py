r"""Many tiny transformers trained as one computation: texts, optimisers and learning rates under matched settings.

Shown on the pages ``chapters/3-optimization/tiny-transformer`` and ``chapters/3-optimization/rmsprop-and-adam``. Runs
of equal ``replica`` start from the same parameters, and on the same text they see the same windows in the same order,
whatever the optimiser. Results are kept within a process, so that a later cell asks for the same runs at no cost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mgai import settings
from mgai.optimization import optimizers, text_prediction, text_sources
from mgai.optimization.parameter_trees import tree_map
from mgai.optimization.tiny_transformer import Parameters, initial, logits, loss

WIDTH, CONTEXT, TOKENS, STEPS = 16, 16, 128, 240  # TOKENS: predicted characters in each step of each run
VOCABULARY = len(text_sources.ALPHABET)
DTYPE = torch.float32  # training is no identity: half the time, and its rounding is far below the noise of sampling


class Rule(NamedTuple):
    """An optimiser: its state before the first step, one step, and the learning rates among which it chooses."""

    start: Callable[[Any], Any]
    step: Callable[..., tuple[Any, Any]]
    rates: tuple[float, ...]


class Run(NamedTuple):
    """One training: which text, which replica of start and data, learning rate, factor of one gradient."""

    text: str
    replica: int
    rate: float
    spike: float = 1.0


class Trained(NamedTuple):
    """Parameters stacked along the runs; losses of shape (runs, steps).

    With a spike, ``updates`` has the same shape: the median size of the entries of each update.
    """

    theta: Parameters
    losses: Tensor
    updates: Tensor


RULES = {
    "SGD": Rule(optimizers.zeros, partial(optimizers.momentum_step, beta=0.0), (0.1, 0.3, 1.0, 3.0)),
    "momentum": Rule(optimizers.zeros, partial(optimizers.momentum_step, beta=0.9), (0.03, 0.1, 0.3, 1.0)),
    "RMSProp": Rule(optimizers.zeros, partial(optimizers.rmsprop_step, beta=0.99), (0.003, 0.01, 0.03, 0.1)),
    "Adam": Rule(optimizers.adam_start, optimizers.adam_step, (0.003, 0.01, 0.03, 0.1)),
}


def windows(text: str, replica: int, n: int, length: int, held_out: bool = False) -> Tensor:
    """Windows of a text for one replica, the same for every optimiser; on the CPU, of shape (n, length)."""
    use = "evaluation" if held_out else "training"
    rng = settings.generator(f"transformer/{use}/{text}/{replica}/{length}")
    return text_sources.sample(text, n, length, rng, held_out)


def train(
    rule: Rule, runs: tuple[Run, ...], n_steps: int = STEPS, context: int = CONTEXT, spike_at: int = 0
) -> Trained:
    r"""Train all runs at once, each step on fresh windows with 128 predicted characters for each run.

    Args:
        rule: the optimiser of all runs.
        runs: at least one.
        n_steps: positive.
        context: a divisor of 128.
        spike_at: the step whose gradient is multiplied by each run's ``spike``.

    Returns:
        Parameters, losses and updates; do not change them in place, they are kept for the next call.

    Raises:
        ValueError: no runs, no steps, or a context that does not divide 128.

    Cost: about 0.15 ms for each run and step on one core.

    >>> train(RULES["Adam"], (Run("words", 0, 0.01),), n_steps=2, context=4).losses.shape
    torch.Size([1, 2])
    """
    if not runs or n_steps < 1 or context < 1 or TOKENS % context:
        raise ValueError(f"train needs runs, steps and a context that divides {TOKENS}, not {context}")
    return _train(rule, runs, n_steps, context, spike_at, settings.seed(), settings.device())


@lru_cache(maxsize=64)
def _train(rule: Rule, runs: tuple[Run, ...], n_steps: int, context: int, spike_at: int, _: int, device) -> Trained:
    theta, data, which = _start(runs, n_steps, context, device)
    rates = torch.tensor([run.rate for run in runs], dtype=torch.float64, device=device)
    spikes = torch.tensor([run.spike for run in runs], dtype=DTYPE, device=device)
    spiked = any(run.spike != 1 for run in runs)
    state, values, updates = rule.start(theta), [], []
    for step in range(n_steps):
        gradient, value = batched_gradients(theta, _one_hot(data[which, step]))
        if step == spike_at:
            gradient = tree_map(lambda g: g * spikes.reshape(-1, *[1] * (g.ndim - 1)), gradient)
        moved, state = rule.step(theta, gradient, state, lr=rates)
        values.append(value)
        if spiked:
            updates.append(_size(tree_map(torch.sub, moved, theta)))
        theta = moved
    sizes = torch.stack(updates, 1).cpu().double() if spiked else torch.empty(len(runs), 0).double()
    return Trained(theta, torch.stack(values, 1).cpu().double(), sizes)


#: Gradients and losses of stacked networks, each on its own windows: one computation for all of them.
batched_gradients = torch.func.vmap(torch.func.grad_and_value(loss))


def _start(runs: tuple[Run, ...], n_steps: int, context: int, device: Any) -> tuple[Parameters, Tensor, Tensor]:
    """Stacked parameters, the windows of each (text, replica), and which of them each run reads."""
    keys = list(dict.fromkeys((run.text, run.replica) for run in runs))
    batch = TOKENS // context
    data = torch.stack([windows(*key, n_steps * batch, context + 1).view(n_steps, batch, -1) for key in keys])
    which = torch.tensor([keys.index((run.text, run.replica)) for run in runs])
    each = [initial_parameters(run.replica, context) for run in runs]
    theta = {name: torch.stack([one[name] for one in each]).to(device) for name in each[0]}
    return theta, data.to(device), which.to(device)


def initial_parameters(replica: int, context: int) -> Parameters:
    """Where every training of a replica starts, in float32 on the CPU.

    >>> initial_parameters(1, 4)["position"].shape
    torch.Size([4, 16])
    """
    return initial(VOCABULARY, WIDTH, context, settings.generator(f"transformer/start/{replica}"), DTYPE)


def _one_hot(places: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(places, VOCABULARY).to(DTYPE)


def _size(update: Parameters) -> Tensor:
    """The median size of the entries of each run's update: where one parameter moves much, the others still count."""
    return torch.cat([part.abs().flatten(1) for part in update.values()], 1).median(1).values


def predictions(trained: Trained, run: int, places: Tensor) -> Tensor:
    """What one trained network predicts after each character of the windows: probabilities in float64, on the CPU."""
    theta = {name: value[run] for name, value in trained.theta.items()}
    with torch.no_grad():
        return logits(theta, _one_hot(places.to(trained.theta["embed"].device))).double().softmax(-1).cpu()


def final_losses(trained: Trained, runs: tuple[Run, ...], n: int = 500) -> Tensor:
    """Losses on fresh windows (natural texts: on the part not trained on), by position: shape (runs, context)."""
    context = trained.theta["position"].shape[1]
    found = []
    for i, run in enumerate(runs):
        places = windows(run.text, run.replica, n, context + 1, held_out=True)
        laws = predictions(trained, i, places[:, :-1])
        found.append(-laws.gather(2, places[:, 1:, None]).log()[..., 0].mean(0))
    return torch.stack(found)


def ideal_laws(text: str, places: Tensor) -> Tensor:
    """What the best predictor of a synthetic text says of each character but the first of the windows."""
    made = text_sources.source(text)
    if made is None:
        raise ValueError(f"nobody knows the law of the natural text {text!r}")
    return text_prediction.ideal_predictions(made, places)[:, 1:]
