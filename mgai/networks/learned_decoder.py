r"""Decoders of the Hamming code on noisy channels: the optimum, its exact errors, and linear layers that learn it.

Shown on the page ``chapters/4-networks/learned-decoder``. Words are signs, from
:mod:`mgai.information.hopfield_and_hamming`. The Gaussian channel adds noise of deviation :math:`\sigma` to each; the
binary symmetric channel inverts each with probability p, and a decoder for it is a table over the 128 received words.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.calculus.argument_checks import check_positive, check_tensor
from mgai.information.hopfield_and_hamming import codewords, states

#: Above this p the best decision on single bits is to take them as received (``thm-learned-decoder-bits``).
BITWISE_LIMIT = (3 - 3**0.5) / 6
_SHARES = torch.tensor([0, 0, 9, 19, 16, 12, 7, 1], dtype=torch.float64)  # of 2, 3, ... errors, in bits of seven


def noise_deviation(decibels: float, rate: float) -> float:
    r"""The deviation :math:`\sigma=(2R\,E_b/N_0)^{-1/2}` of the noise on signs, for :math:`E_b/N_0` in decibels.

    Each sign has energy 1 and carries R bits, so that :math:`E_b=1/R`, and :math:`N_0=2\sigma^2`.

    Raises ValueError unless ``rate`` is positive.

    >>> round(noise_deviation(0.0, 0.5), 12)
    1.0
    """
    return (2 * check_positive(rate, "rate") * 10 ** (decibels / 10)) ** -0.5


def word_layer(words: Float[Tensor, "k n"], sigma: float) -> tuple[Float[Tensor, "k n"], Float[Tensor, " k"]]:
    r"""Weights :math:`x_c/\sigma^2` and biases :math:`-\lVert x_c\rVert^2/2\sigma^2` of the best word decoder.

    The softmax of this layer is the posterior of equally likely words. Derived under ``thm-learned-decoder-layer``.

    Raises ValueError unless ``sigma`` is positive and there are words.

    >>> word_layer(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]), 1.0)[1].tolist()
    [-1.0, -1.0]
    """
    check_tensor(words, "words", None, None)
    weights = words / check_positive(sigma, "sigma") ** 2
    return weights, -(words * weights).sum(1) / 2


def bit_means(y: Float[Tensor, "*batch n"], words: Float[Tensor, "k n"], sigma: float) -> Float[Tensor, "*batch n"]:
    r"""The posterior means of the sent signs, a hidden layer of one exponential a word: :math:`X^\top\mathrm{softmax}`.

    Their signs are the best decisions on single bits. Derived under ``thm-learned-decoder-bits``.

    Raises ValueError unless ``sigma`` is positive and there are words.

    >>> bit_means(torch.tensor([1.0]), torch.tensor([[1.0], [-1.0]]), 1.0)  # tanh(1)
    tensor([0.7616])
    """
    weights, biases = word_layer(words, sigma)
    return (y @ weights.T + biases).softmax(-1) @ words


def word_errors(decisions: Int[Tensor, "*batch 128"], p: float) -> Float[Tensor, "*batch 16"]:
    r"""The probability that each codeword is decoded wrongly on the binary symmetric channel, exactly.

    Args:
        decisions: for each received word, as in :func:`~mgai.information.hopfield_and_hamming.states`, the codeword
            (0 to 15) decided on.
        p: probability of an inverted bit.

    Raises:
        ValueError: another length, a codeword that does not exist, or p outside [0, 1].

    >>> word_errors(torch.zeros(128, dtype=torch.int64), 0.1)[:2].tolist()  # always the first word
    [0.0, 1.0]
    """
    if decisions.shape[-1:] != (128,) or not bool(((decisions >= 0) & (decisions < 16)).all()):
        raise ValueError("decisions must be 128 codewords from 0 to 15")
    chosen = torch.nn.functional.one_hot(decisions, 16).double()
    return (1 - torch.einsum("...yc,yc->...c", chosen, _channel(p).to(chosen))).clamp(min=0)


def bit_errors(estimates: Float[Tensor, "*batch 128 7"], p: float) -> Float[Tensor, "*batch 16"]:
    """For each codeword sent, the share of its seven bits decided wrongly on the binary symmetric channel, exactly.

    estimates: for each received word seven numbers whose signs are the decisions. Raises ValueError when the shape is
    another, or p is outside [0, 1].

    >>> round(float(bit_errors(states(7), 0.1).mean()), 12)  # the word as received
    0.1
    """
    if estimates.shape[-2:] != (128, 7):
        raise ValueError(f"estimates must end in shape (128, 7), not {tuple(estimates.shape)}")
    overlaps = estimates.double().sign() @ codewords().T.to(estimates.device)
    return torch.einsum("...yc,yc->...c", (7 - overlaps) / 14, _channel(p).to(overlaps))


def hard_bit_error(p: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r"""Share of wrong bits after the syndrome decoder.

    .. math:: 9p^2q^5+19p^3q^4+16p^4q^3+12p^5q^2+7p^6q+p^7,\qquad q=1-p

    Derived on the page under ``eq-learned-decoder-bits``. Raises ValueError unless p lies in [0, 1].

    >>> hard_bit_error(torch.tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if not bool(((p >= 0) & (p <= 1)).all()):
        raise ValueError("p must lie between 0 and 1")
    d = torch.arange(8, device=p.device)
    return (p[..., None] ** d * (1 - p[..., None]) ** (7 - d)) @ _SHARES.to(p)


def pairwise_errors(
    weights: Float[Tensor, "b k n"], biases: Float[Tensor, "b k"], words: Float[Tensor, "k n"], sigma: float
) -> Float[Tensor, "b k k"]:
    r"""Entry (c, j): the probability that output j beats output c when word c is sent over the Gaussian channel.

    It is :math:`Q(m/\sigma\lVert w_j-w_c\rVert)` for the margin m of output c on the word without noise; 0 for j = c.
    Row sums bound the errors of the linear decoder from above (union bound), row maxima from below.

    Raises ValueError unless ``sigma`` is positive and no two outputs have the same weights.

    >>> w = torch.tensor([[[1.0], [-1.0]]])
    >>> pairwise_errors(w, torch.zeros(1, 2), w[0], 1.0)
    tensor([[[0.0000, 0.1587],
             [0.1587, 0.0000]]])
    """
    return _half_spaces(weights, biases, words, check_positive(sigma, "sigma"))[2]


def linear_word_error(
    weights: Float[Tensor, "b k n"],
    biases: Float[Tensor, "b k"],
    words: Float[Tensor, "k n"],
    sigma: float,
    n_draws: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    r"""The word error of linear decoders on the Gaussian channel, and its standard error, however small it is.

    The error is a union of half-spaces :math:`A_j` of noise. Draw j in proportion to :math:`P(A_j)`, then noise given
    :math:`A_j`, and count the N half-spaces that hold it:

    .. math:: P\Bigl(\bigcup_jA_j\Bigr)=\sum_jP(A_j)\;\mathbb E\,\frac1N,\qquad \frac1{k-1}\le\frac1N\le1 .

    Args:
        weights, biases: b decoders with k outputs.
        words: the k words, equally likely.
        sigma: deviation of the noise, positive.
        n_draws: draws for each word sent, at least 2.
        generator: on the CPU.

    Raises:
        ValueError: sigma or n_draws too small, or two outputs with the same weights.

    Cost: :math:`O(b\,k^2n)` a draw. Source: Karp, Luby and Madras, Journal of Algorithms 10 (1989) 429-448.

    >>> words = torch.tensor([[1.0], [-1.0]]).double()
    >>> error, _ = linear_word_error(words[None], torch.zeros(1, 2).double(), words, 1.0, 2, torch.Generator())
    >>> round(float(error), 6)  # a single half-space: exact
    0.158655
    """
    if n_draws < 2:
        raise ValueError(f"n_draws must be at least 2, not {n_draws}")
    normals, limits, tails = _half_spaces(weights, biases, words, check_positive(sigma, "sigma"))
    b, k, _, n = normals.shape
    uniform, noise = torch.rand(2, b, k, n_draws, dtype=torch.float64, generator=generator).to(tails)
    white = torch.randn(b, k, n_draws, n, dtype=torch.float64, generator=generator).to(tails)
    sums = tails.cumsum(-1)
    chosen = torch.searchsorted(sums, uniform * sums[..., -1:], right=True).clamp(max=k - 1)
    normal = normals.gather(2, chosen[..., None].expand(-1, -1, -1, n))
    beyond = -torch.special.ndtri((1 - noise) * tails.gather(2, chosen))  # a normal number, given that it is past t
    white = white + (beyond - (white * normal).sum(-1))[..., None] * normal
    held = (white @ normals.mT >= limits[:, :, None]).scatter(-1, chosen[..., None], True).sum(-1)
    shares = sums[..., -1:] / held
    return shares.mean((1, 2)), (shares.var(-1) / n_draws).sum(1).sqrt() / k


def train_linear(
    inputs: Float[Tensor, "b m n"], targets: Float[Tensor, "b m k"], n_steps: int, lr: float = 1.0, beta: float = 0.9
) -> tuple[Float[Tensor, "b k n"], Float[Tensor, "b k"]]:
    r"""Softmax layers trained from zero by full-batch descent with momentum on the cross-entropy.

    Args:
        inputs: m received words for each of b layers.
        targets: how often output k is right for each, as shares of all examples of a layer: they add up to 1.
        n_steps: gradients, at least 1.
        lr: step size; the loss has curvature at most half the mean of :math:`\lVert y\rVert^2+1`.
        beta: of the momentum.

    Returns:
        Weights and biases. Their sums over the outputs stay zero.

    Raises:
        ValueError: no steps, or targets that do not add up to 1.

    Cost: :math:`O(b\,m\,n\,k)` a step.

    >>> w, b = train_linear(codewords()[None], torch.eye(16).double()[None] / 16, 1)
    >>> bool((16 * w[0]).allclose(codewords())), float(b.abs().max())
    (True, 0.0)
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, not {n_steps}")
    if targets.shape[:2] != inputs.shape[:2] or not torch.allclose(targets.sum((1, 2)), targets.new_ones(len(targets))):
        raise ValueError("targets must add up to 1 for each layer, with one row for each input")
    y = torch.cat([inputs, torch.ones_like(inputs[..., :1])], -1)
    rows = targets.sum(-1, keepdim=True)
    theta = velocity = y.new_zeros(len(y), targets.shape[-1], y.shape[-1])
    for _ in range(n_steps):
        gradient = (rows * (y @ theta.mT).softmax(-1) - targets).mT @ y
        velocity = beta * velocity + gradient
        theta = theta - lr * velocity
    return theta[..., :-1], theta[..., -1]


def _channel(p: float) -> Float[Tensor, "128 16"]:
    """The probability of every received word for every codeword sent."""
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie between 0 and 1, not {p}")
    apart = (7 - states(7) @ codewords().T) / 2
    return p**apart * (1 - p) ** (7 - apart)


def _half_spaces(weights: Tensor, biases: Tensor, words: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    """Unit normals (b, c, j, n), limits and probabilities (b, c, j) of the noise for which output j beats output c."""
    across = weights[:, None] - weights[:, :, None]
    length, own = across.norm(dim=-1), torch.eye(weights.shape[1], dtype=torch.bool, device=weights.device)
    if bool((length[:, ~own] == 0).any()):
        raise ValueError("weights of two outputs are the same: their decisions are ties")
    scores = words @ weights.mT + biases[:, None]  # (b, c, j)
    margins = scores.diagonal(dim1=1, dim2=2)[..., None] - scores
    limits = torch.where(own, torch.inf, margins / (sigma * length))
    return across / length.masked_fill(own, 1)[..., None], limits, torch.special.ndtr(-limits)
