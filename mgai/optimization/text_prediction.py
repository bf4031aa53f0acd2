r"""The best prediction of the next character of a known source, and what it must lose: exact, by filtering.

Shown on the page ``chapters/3-optimization/tiny-transformer`` (``thm-floor``). The state of a hidden Markov chain,
given the past, has a law :math:`b` (the filter); the next character has the law :math:`bE`.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.optimization.text_sources import Source, stationary


def ideal_predictions(made: Source, windows: Int[Tensor, "n l"]) -> Float[Tensor, "n l v"]:
    r"""The law of each character given those before it *in its window*: :math:`P(x_t=\cdot\mid x_0,\dots,x_{t-1})`.

    Derived on the page ``chapters/3-optimization/tiny-transformer``.

    Args:
        made: the source.
        windows: places in the alphabet, at least one window of at least one character.

    Returns:
        Probabilities in float64; at the first place they are the letter frequencies.

    Raises:
        ValueError: a window is empty, or cannot come from the source.

    Cost: O(n l (k² + k v)).

    >>> from mgai.optimization.text_sources import encode, periodic
    >>> float(ideal_predictions(periodic("aab"), encode("aab")[None])[0, 2, 1])  # after "aa" comes "b"
    1.0
    """
    if windows.numel() == 0:
        raise ValueError("windows are empty: there is nothing to predict")
    belief = stationary(made).expand(len(windows), -1)
    laws = []
    for t in range(windows.shape[1]):
        laws.append(belief @ made.emission)
        seen = belief * made.emission.T[windows[:, t]]
        total = seen.sum(1, keepdim=True)
        if bool((total <= 0).any()):
            raise ValueError(f"a window cannot come from the source: its character {t} has probability zero")
        belief = seen / total @ made.transition
    return torch.stack(laws, 1)


def conditional_entropies(made: Source, length: int) -> Float[Tensor, " length"]:
    r"""The exact floors :math:`h_t=H(X_t\mid X_0,\dots,X_{t-1})` in nats, for :math:`t=0,\dots,\text{length}-1`.

    Pasts that leave the same law of the state are merged, so that the sum runs over few laws instead of over all
    texts. Derived on the page ``chapters/3-optimization/tiny-transformer`` (``thm-floor``).

    Args:
        made: the source.
        length: positive.

    Returns:
        A sequence that does not increase; its limit is the entropy rate.

    Raises:
        ValueError: ``length`` is not positive.

    Cost: O(length · m k (k + v)) for m distinct laws. Source: Cover and Thomas (2006), theorems 4.2.1 and 4.2.2.

    >>> from mgai.optimization.text_sources import periodic
    >>> conditional_entropies(periodic("aab"), 4).exp().log2().round(decimals=4).tolist()
    [0.9183, 0.6667, 0.0, 0.0]
    """
    if length < 1:
        raise ValueError(f"length must be positive, not {length}")
    beliefs, weights, floors = stationary(made)[None], torch.ones(1, dtype=torch.float64), []
    for _ in range(length):
        law = beliefs @ made.emission
        floors.append((weights * torch.special.entr(law).sum(1)).sum())
        beliefs, weights = _merged(beliefs, weights, made)
    return torch.stack(floors)


def _merged(beliefs: Tensor, weights: Tensor, made: Source) -> tuple[Tensor, Tensor]:
    """All laws of the state one character later, equal ones (to 11 digits) together."""
    joint = (weights[:, None, None] * beliefs[:, None] * made.emission.T).flatten(0, 1)
    mass = joint.sum(1)
    possible = mass > 0
    after = joint[possible] / mass[possible, None] @ made.transition
    _, group = after.round(decimals=11).unique(dim=0, return_inverse=True)
    total = torch.zeros(int(group.max()) + 1, dtype=mass.dtype).index_add(0, group, mass[possible])
    mean = torch.zeros(len(total), after.shape[1], dtype=mass.dtype)
    return mean.index_add(0, group, after * mass[possible, None]) / total[:, None], total


def soft_confusion(laws: Float[Tensor, "n v"], truth: Int[Tensor, " n"]) -> Float[Tensor, "v v"]:
    r"""How probability is spread: :math:`J_{ij}=\frac1n\sum_t 1\{x_t=i\}\,q_t(j)`, the truth in rows.

    Derived on the page ``chapters/3-optimization/tiny-transformer`` (``thm-symmetric``).

    Args:
        laws: predicted probabilities :math:`q_t`, one row for each character.
        truth: the characters :math:`x_t`.

    Returns:
        Entries that sum to one; row sums are the shares of the characters.

    Raises:
        ValueError: there are no predictions, or not one for each character.

    Cost: O(n v).

    >>> soft_confusion(torch.tensor([[0.75, 0.25], [0.5, 0.5]]), torch.tensor([0, 1])).tolist()
    [[0.375, 0.125], [0.25, 0.25]]
    """
    if len(laws) == 0 or len(laws) != len(truth):
        raise ValueError(f"laws and truth must be of one length, not zero: {len(laws)} and {len(truth)}")
    rows = torch.zeros(laws.shape[1], laws.shape[1], dtype=laws.dtype, device=laws.device)
    return rows.index_add(0, truth, laws) / len(laws)
