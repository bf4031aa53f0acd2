"""One gradient of a transformer multiplied by a hundred: what becomes of later steps and of the loss.

Shown on the page ``chapters/3-optimization/rmsprop-and-adam``.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from mgai.optimization.rmsprop_and_adam import RATIO, RULES
from mgai.optimization.transformer_comparison import replicas
from mgai.optimization.transformer_training import Run, Trained, train

SPIKE_AT, TEXT = 20, "Markov"
TRAINING_RATES = {"SGD": 1.0, "RMSProp": 0.01, "Adam": 0.01, "Adam, 0.999": 0.01, "Adagrad": 0.1}


def spiked(optimiser: str) -> Trained:
    """Trainings of each replica, first all with the spike, then all without."""
    rate = TRAINING_RATES[optimiser]
    runs = tuple(Run(TEXT, replica, rate, spike) for spike in (RATIO, 1.0) for replica in replicas())
    return train(RULES[optimiser], runs, spike_at=SPIKE_AT)


def update_shares(optimiser: str) -> Float[Tensor, "replicas steps"]:
    """The size of each update after the spike, over that of the same training without it."""
    with_spike, without = spiked(optimiser).updates[:, SPIKE_AT + 1 :].chunk(2)
    return with_spike / without


def loss_gaps(optimiser: str, last: int = 40) -> Float[Tensor, " replicas"]:
    """How much higher the mean loss of the last steps is with the spike, in nats per character."""
    with_spike, without = spiked(optimiser).losses[:, -last:].mean(1).chunk(2)
    return with_spike - without
