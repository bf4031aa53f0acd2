r"""Independent routes for ``chapters/3-optimization/tiny-transformer``: the network in NumPy, entropies by formula."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
import torch
from scipy import special, stats
from torch import Tensor

from mgai.optimization.text_sources import SEPARATORS, WORD_LENGTHS, WORD_LETTERS, Source
from mgai.optimization.tiny_transformer import HEADS, logits


def logits_by_loops(theta: Mapping[str, Tensor], places: list[int]) -> np.ndarray:
    """The logits of one text, position by position and head by head, in NumPy.

    >>> import torch; from mgai.optimization.tiny_transformer import initial
    >>> logits_by_loops(initial(3, 4, 5, torch.Generator()), [0, 2]).shape
    (2, 3)
    """
    p = {name: value.detach().cpu().numpy().astype(float) for name, value in theta.items()}
    x = np.array([p["embed"][c] + p["position"][t] for t, c in enumerate(places)])
    d = x.shape[1]
    w_q, w_k, w_v = (p["qkv"][:, i * d : (i + 1) * d] for i in range(3))
    mixed = np.zeros_like(x)
    for t, head in itertools.product(range(len(x)), range(HEADS)):
        part = slice(head * d // HEADS, (head + 1) * d // HEADS)
        seen = np.array([_normalised(row) for row in x[: t + 1]])
        scores = (seen @ w_k)[:, part] @ (seen[t] @ w_q)[part] / math.sqrt(d // HEADS)
        mixed[t, part] = special.softmax(scores) @ (seen @ w_v)[:, part]
    x = x + mixed @ p["out"]
    x = x + np.array([np.maximum(_normalised(row) @ p["up"], 0) @ p["down"] for row in x])
    return np.array([_normalised(row) @ p["unembed"] for row in x])


def _normalised(row: np.ndarray) -> np.ndarray:
    return (row - row.mean()) / np.sqrt(row.var() + 1e-5)


def markov_rate(made: Source) -> float:
    r"""The entropy rate of a visible chain: :math:`-\sum_i\pi_i\sum_j P_{ij}\ln P_{ij}`; :math:`\pi` by eigenvectors.

    >>> from mgai.optimization.text_sources import periodic
    >>> round(markov_rate(periodic("ab")), 12) + 0.0
    0.0
    """
    p = made.transition.numpy()
    return float(_law(p) @ stats.entropy(p, axis=1))


def _law(p: np.ndarray) -> np.ndarray:
    """The stationary law of a transition matrix, by eigenvectors."""
    values, vectors = np.linalg.eig(p.T)
    law = vectors[:, np.argmax(values.real)].real
    return law / law.sum()


def words_rate() -> float:
    r"""The entropy rate of :func:`~mgai.optimization.text_sources.words`: entropy of one word over its mean length.

    .. math:: \frac{H(L)+\mathbb E L\,\ln k+H(S)}{\mathbb E L+1}

    >>> round(words_rate(), 4)
    1.8129
    """
    mean = sum(WORD_LENGTHS) / len(WORD_LENGTHS)
    word = math.log(len(WORD_LENGTHS)) + mean * math.log(len(WORD_LETTERS)) + stats.entropy(list(SEPARATORS.values()))
    return float(word / (mean + 1))


def floors_by_enumeration(made: Source, length: int) -> np.ndarray:
    r"""Conditional entropies as differences of block entropies, every block enumerated: O(vˡ), for short lengths.

    >>> from mgai.optimization.text_sources import periodic
    >>> floors_by_enumeration(periodic("ab"), 2).round(4).tolist()
    [0.6931, 0.0]
    """
    p, e = (np.asarray(part) for part in (made.transition, made.emission))
    start = _law(p)
    used = np.flatnonzero(e.sum(0))
    blocks = [0.0]
    for n in range(1, length + 1):
        total = 0.0
        for block in itertools.product(used, repeat=n):
            joint = start * e[:, block[0]]
            for place in block[1:]:
                joint = joint @ p * e[:, place]
            total += special.entr(joint.sum())
        blocks.append(total)
    return np.diff(blocks)


def trained_alone(theta: Mapping[str, Tensor], batches: Tensor, rate: float) -> dict[str, Tensor]:
    """One network trained with torch's own SGD with momentum 0.9 and torch's own cross-entropy; ``theta`` is kept.

    batches: places in the alphabet, of shape (steps, windows, length).
    """
    parameters = {name: value.clone().requires_grad_() for name, value in theta.items()}
    optimiser = torch.optim.SGD(parameters.values(), lr=rate, momentum=0.9)
    for batch in batches:
        read = torch.nn.functional.one_hot(batch[:, :-1], len(theta["embed"])).to(theta["embed"])
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(logits(parameters, read).flatten(0, 1), batch[:, 1:].flatten()).backward()
        optimiser.step()
    return {name: value.detach() for name, value in parameters.items()}
