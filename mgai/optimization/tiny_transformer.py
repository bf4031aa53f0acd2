r"""A character transformer on one screen: embeddings, one block of causal attention and a perceptron, a read-out.

Shown on the page ``chapters/3-optimization/tiny-transformer``. Parameters are a dictionary of tensors and characters
are one-hot rows, so that ``torch.func.vmap`` runs many networks, stacked along a first axis, as one computation.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

HEADS = 2
Parameters = dict[str, Tensor]


def initial(
    vocabulary: int, width: int, context: int, generator: torch.Generator, dtype: torch.dtype = torch.float64
) -> Parameters:
    """Random parameters: products keep the size of their input, the read-out begins near zero.

    Args:
        vocabulary, width, context: positive; the width is a multiple of the number of heads.
        generator: on the CPU.

    Raises ValueError for sizes that are not positive or do not fit.

    >>> sum(p.numel() for p in initial(29, 16, 16, torch.Generator()).values())
    3232
    """
    if min(vocabulary, width, context) < 1 or width % HEADS:
        raise ValueError(f"vocabulary, width and context must be positive, the width a multiple of {HEADS}")
    shapes = {"embed": (vocabulary, width), "position": (context, width), "qkv": (width, 3 * width),
              "out": (width, width), "up": (width, 2 * width), "down": (2 * width, width),
              "unembed": (width, vocabulary)}  # fmt: skip
    sizes = {"embed": 0.5, "position": 0.5, "unembed": 0.1 / math.sqrt(width)}
    return {
        name: sizes.get(name, 1 / math.sqrt(shape[0])) * torch.randn(*shape, generator=generator, dtype=dtype)
        for name, shape in shapes.items()
    }


def attention(x: Float[Tensor, "b t d"], qkv: Float[Tensor, "d e"]) -> Float[Tensor, "b t d"]:
    r"""Causal attention of :data:`HEADS` heads: :math:`\operatorname{softmax}(QK^\top/\sqrt{d_h}+M)V`.

    :math:`M_{ts}=-\infty` for :math:`s>t`: no position looks ahead. ``qkv`` holds the three projections side by side.

    >>> attention(torch.ones(1, 3, 2), torch.eye(2).repeat(1, 3))[0, :, 0].tolist()
    [1.0, 1.0, 1.0]
    """
    b, t, d = x.shape
    q, k, v = (x @ qkv).reshape(b, t, 3, HEADS, d // HEADS).permute(2, 0, 3, 1, 4)  # (b, heads, t, d_h) each
    ahead = torch.ones(t, t, dtype=torch.bool, device=x.device).triu(1)
    scores = (q @ k.mT / math.sqrt(d // HEADS)).masked_fill(ahead, -torch.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)


def logits(theta: Parameters, characters: Float[Tensor, "b t v"]) -> Float[Tensor, "b t v"]:
    r"""The network: for each position, logits of the character that follows it.

    Derived on the page ``chapters/3-optimization/tiny-transformer``.

    Args:
        theta: from :func:`initial`.
        characters: one-hot rows; at most as many as the context holds.

    Raises:
        ValueError: more characters than positions, or another alphabet.

    Cost: b t (8 d² + 2 d t + 2 d v) multiplications in products of matrices, with d the width. Source: Vaswani et al.
    (2017), with the
    normalisation before each part (Xiong et al., 2020) and no learned scale in it.

    >>> logits(initial(3, 4, 5, torch.Generator()), torch.eye(3).double()[None]).shape
    torch.Size([1, 3, 3])
    """
    t, vocabulary = characters.shape[1:]
    if t > len(theta["position"]) or vocabulary != len(theta["embed"]):
        raise ValueError(f"characters of shape {tuple(characters.shape)} do not fit the embeddings")
    x = characters @ theta["embed"] + theta["position"][:t]
    x = x + attention(_normalised(x), theta["qkv"]) @ theta["out"]
    x = x + torch.relu(_normalised(x) @ theta["up"]) @ theta["down"]
    return _normalised(x) @ theta["unembed"]


def losses(theta: Parameters, windows: Float[Tensor, "b l v"]) -> Float[Tensor, "b t"]:
    r"""Cross-entropies :math:`-\ln q(x_t\mid x_0,\dots,x_{t-1})` in nats, for :math:`t=1,\dots,l-1`.

    Arguments and errors as for :func:`logits`; ``windows`` have one character more than the context.
    """
    if windows.shape[1] < 2:
        raise ValueError("windows must have at least two characters: one to read and one to predict")
    return -(logits(theta, windows[:, :-1]).log_softmax(-1) * windows[:, 1:]).sum(-1)


def loss(theta: Parameters, windows: Float[Tensor, "b l v"]) -> Float[Tensor, ""]:
    """The mean of :func:`losses`, which training minimises.

    >>> theta = initial(29, 4, 3, torch.Generator())
    >>> theta["unembed"].zero_()[0, 0].item(), round(float(loss(theta, torch.eye(29).double()[None, :4])), 4)
    (0.0, 3.3673)
    """
    return losses(theta, windows).mean()


def _normalised(x: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:])
