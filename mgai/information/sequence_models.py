r"""Cross-entropy and perplexity of sequences, for models that predict each token from the ones before.

Used on the page ``chapters/6-information/entropy-and-divergences`` (formulas ``cs-15-02``, ``cs-15-03``). A Markov
chain stands for the language model: the cross-entropy of all its sequences can be enumerated.
"""

from __future__ import annotations

from itertools import product

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.information.laws import check_law


def sequence_cross_entropy(
    predictions: Float[Tensor, "*batch n_tokens vocabulary"], tokens: Int[Tensor, "*batch n_tokens"]
) -> Float[Tensor, "*batch"]:
    r"""Mean information per token, :math:`-\frac1N\sum_i\ln q(x_i\mid x_{<i})`, in nats.

    Formula ``cs-15-03``.

    Args:
        predictions: row i is the model's law of token i given the tokens before it.
        tokens: the sequence, integers from 0 to vocabulary - 1.

    Raises:
        TypeError, ValueError: predictions hold no laws, shapes do not fit, or a token is not in the vocabulary.

    Cost: O(N) a sequence.

    >>> sequence_cross_entropy(torch.full((3, 4), 0.25), torch.tensor([0, 3, 1]))
    tensor(1.3863)
    """
    check_law(predictions, "predictions")
    if predictions.shape[:-1] != tokens.shape or tokens.ndim == 0:
        raise ValueError(f"tokens must have shape {tuple(predictions.shape[:-1])}, not {tuple(tokens.shape)}")
    if bool((tokens < 0).any() or (tokens >= predictions.shape[-1]).any()):
        raise ValueError(f"tokens must be integers from 0 to {predictions.shape[-1] - 1}")
    return -predictions.gather(-1, tokens.long().unsqueeze(-1)).squeeze(-1).log().mean(-1)


def perplexity(cross_entropy: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r"""The perplexity :math:`e^H` of a cross-entropy H per token in nats; the same as :math:`2^H` with H in bits.

    Formula ``cs-15-02``. The number of equally likely tokens that would be as hard to predict.

    Raises:
        TypeError, ValueError: the argument is no floating-point tensor, negative, or NaN.

    >>> perplexity(torch.tensor([1.0, 4.0]).log())
    tensor([1., 4.])
    """
    if not isinstance(cross_entropy, Tensor) or not cross_entropy.is_floating_point():
        raise TypeError("cross_entropy must be a real floating-point tensor")
    if not bool((cross_entropy >= 0).all()):
        raise ValueError("cross_entropy has entries that are negative or NaN")
    return cross_entropy.exp()


def chain_predictions(
    initial: Float[Tensor, " v"], transition: Float[Tensor, "v v"], tokens: Int[Tensor, "*batch n_tokens"]
) -> Float[Tensor, "*batch n_tokens v"]:
    """What a Markov chain predicts for each token of a sequence: the initial law, then the row of the token before.

    Raises:
        TypeError, ValueError: an argument holds no laws, shapes do not fit, or a token is not in the vocabulary.

    >>> chain_predictions(torch.tensor([0.5, 0.5]), torch.eye(2), torch.tensor([1, 1])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    _check_chain(initial, transition)
    if tokens.ndim == 0 or tokens.numel() == 0 or bool((tokens < 0).any() or (tokens >= len(initial)).any()):
        raise ValueError(f"tokens must be sequences of integers from 0 to {len(initial) - 1}")
    first = initial.expand(*tokens.shape[:-1], 1, len(initial))
    return torch.cat([first, transition[tokens[..., :-1].long()]], -2)


def chain_sequences(
    initial: Float[Tensor, " v"], transition: Float[Tensor, "v v"], n_tokens: int
) -> tuple[Int[Tensor, "n_sequences n_tokens"], Float[Tensor, " n_sequences"]]:
    """All sequences of some length, and their probabilities under a Markov chain.

    Raises:
        TypeError, ValueError: an argument holds no laws, shapes do not fit, or there are over a million sequences.

    >>> sequences, weights = chain_sequences(torch.tensor([0.5, 0.5]), torch.eye(2), 2)
    >>> sequences.tolist(), weights.tolist()
    ([[0, 0], [0, 1], [1, 0], [1, 1]], [0.5, 0.0, 0.0, 0.5])
    """
    _check_chain(initial, transition)
    if n_tokens < 1 or len(initial) ** n_tokens > 1_000_000:
        raise ValueError(f"n_tokens={n_tokens} gives no list of at most a million sequences")
    sequences = torch.tensor(list(product(range(len(initial)), repeat=n_tokens)), device=initial.device)
    laws = chain_predictions(initial, transition, sequences)
    return sequences, laws.gather(-1, sequences.unsqueeze(-1)).squeeze(-1).prod(-1)


def _check_chain(initial: Tensor, transition: Tensor) -> None:
    check_law(initial, "initial")
    check_law(transition, "transition")
    if initial.ndim != 1 or transition.shape != (len(initial), len(initial)):
        raise ValueError(f"transition must be square with as many rows as initial, not {tuple(transition.shape)}")
