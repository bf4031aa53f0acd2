r"""Entropies of labels and of predictions under a law whose posterior is known: the floor, gaps and temperature.

Shown on the page ``chapters/6-information/entropy-along-training``. The law: a label Y with the shares
:data:`SHARES`, and given Y a point X of the plane, normal around :data:`CENTRES` with the deviations
:data:`DEVIATIONS` in each direction.

A *joint* is a tensor of shape (n, k) of probabilities with sum 1: row i belongs to the point :math:`x_i`, column y to
a label. A labelled sample is a joint, with 1/n at each (i, y_i); so is a quadrature of the law (:func:`quadrature`).
Predictions are logarithms of laws, of shape (n, k). Leading axes are batches.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai.calculus.argument_checks import check_positive
from mgai.information.laws import check_law

SHARES = (0.5, 0.25, 0.25)
CENTRES = ((0.0, 0.0), (1.5, 0.0), (-1.5, 0.0))
DEVIATIONS = (1.5, 0.6, 0.6)


class Entropies(NamedTuple):
    """Of predictions: the mean of their entropies, and the entropy of their mean."""

    mean: Tensor
    of_mean: Tensor

    @property
    def information(self) -> Tensor:
        """What the predicted label says about the point, in nats."""
        return self.of_mean - self.mean


def log_joint(x: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch k"]:
    r""":math:`\ln\pi_kp_k(x)` for each class k, with :math:`p_k` its density. Their log-sum-exp is the density of X.

    Raises ValueError when the points are not in the plane.

    >>> log_joint(torch.zeros(2)).exp()  # at the origin the first class is likelier
    tensor([0.0354, 0.0049, 0.0049])
    """
    if x.ndim == 0 or x.shape[-1] != 2:
        raise ValueError(f"x must hold points of the plane along its last axis, not shape {tuple(x.shape)}")
    shares, centres, deviations = (x.new_tensor(v) for v in (SHARES, CENTRES, DEVIATIONS))
    squares = (x.unsqueeze(-2) - centres).square().sum(-1) / deviations**2
    return shares.log() - (2 * math.pi * deviations**2).log() - squares / 2


def sample(
    generator: torch.Generator, n: int, batch: tuple[int, ...] = ()
) -> tuple[Float[Tensor, "*batch n 2"], Int[Tensor, "*batch n"]]:
    """Draws of X with their labels, in float64 on the CPU.

    Raises ValueError when n is below 1.

    >>> x, y = sample(torch.Generator(), 5)
    >>> x.shape, y.shape
    (torch.Size([5, 2]), torch.Size([5]))
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    shares, centres, deviations = (torch.tensor(v, dtype=torch.float64) for v in (SHARES, CENTRES, DEVIATIONS))
    labels = torch.multinomial(shares, math.prod(batch) * n, replacement=True, generator=generator).view(*batch, n)
    noise = torch.randn(*batch, n, 2, dtype=torch.float64, generator=generator)
    return centres[labels] + deviations[labels].unsqueeze(-1) * noise, labels


def quadrature(step: float = 0.1, reach: float = 12.0) -> tuple[Float[Tensor, "n 2"], Float[Tensor, "n k"]]:
    r"""Points on a square grid and the joint on them, normalised: the trapezoidal rule for the law.

    For integrands that are analytic and fall like a normal density its error is exponentially small in 1/``step``.
    Points whose density times ``step`` squared is below 1e-16 are left out.

    Args:
        step: between neighbouring points, positive, at most ``reach``.
        reach: half the side of the square.

    Raises:
        ValueError: an argument is not positive, or the step exceeds the reach.

    Cost: O((reach/step)²).

    >>> points, joint = quadrature(0.3)
    >>> round(float(joint[:, 0].sum()), 9)
    0.5
    """
    if check_positive(step, "step") > check_positive(reach, "reach"):
        raise ValueError(f"step={step} must be at most reach={reach}")
    side = step * torch.arange(-round(reach / step), round(reach / step) + 1, dtype=torch.float64)
    points = torch.cartesian_prod(side, side)
    joint = log_joint(points).exp() * step**2
    there = joint.sum(1) > 1e-16
    return points[there], joint[there] / joint[there].sum()


def labelled(labels: Int[Tensor, "*batch n"], n_classes: int = len(SHARES)) -> Float[Tensor, "*batch n k"]:
    """The joint of a labelled sample: 1/n where the label is.

    Raises ValueError when there are no labels.

    >>> labelled(torch.tensor([1, 0]), 2)
    tensor([[0.0000, 0.5000],
            [0.5000, 0.0000]], dtype=torch.float64)
    """
    if labels.ndim == 0 or labels.shape[-1] == 0:
        raise ValueError("labels must hold at least one label")
    return torch.nn.functional.one_hot(labels, n_classes).double() / labels.shape[-1]


def conditional_entropy(joint: Float[Tensor, "*batch n k"]) -> Float[Tensor, "*batch"]:
    r""":math:`H(Y\mid X)=-\sum_{x,y}p(x,y)\ln p(y\mid x)`: no predictions have a smaller cross-entropy (``eq-floor``).

    >>> conditional_entropy(torch.tensor([[0.25, 0.25], [0.5, 0.0]]))  # a coin, half of the time
    tensor(0.3466)
    """
    _check_joint(joint)
    return torch.special.entr(joint).sum((-2, -1)) - torch.special.entr(joint.sum(-1)).sum(-1)


def mean_loss(joint: Float[Tensor, "*#batch n k"], log_q: Float[Tensor, "*#batch n k"]) -> Float[Tensor, "*shape"]:
    r"""The cross-entropy :math:`-\sum_{x,y}p(x,y)\ln q(y\mid x)` in nats.

    >>> mean_loss(torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.75]]).log())
    tensor(0.8370)
    """
    _check_pair(joint, log_q)
    return -(joint * log_q).sum((-2, -1))


def prediction_entropies(joint: Float[Tensor, "*#batch n k"], log_q: Float[Tensor, "*#batch n k"]) -> Entropies:
    r"""The mean entropy :math:`\mathbb E\,H(q_X)` of predictions, and the entropy of their mean :math:`\mathbb E\,q_X`.

    The difference is the information that a label drawn from the prediction has about X (``eq-information``).

    >>> sure = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).clamp(min=1e-30).log()
    >>> prediction_entropies(torch.full((2, 2), 0.25), sure).information
    tensor(0.6931)
    """
    _check_pair(joint, log_q)
    shares, q = joint.sum(-1), log_q.exp()
    mean = -(shares.unsqueeze(-1) * q * log_q).sum((-2, -1))
    return Entropies(mean, torch.special.entr((shares.unsqueeze(-1) * q).sum(-2)).sum(-1))


def entropy_slope(logits: Float[Tensor, "*batch k"], temperature: float) -> Float[Tensor, "*batch"]:
    r"""The derivative :math:`T^{-3}\operatorname{Var}_{q_T}(z)` by T of the entropy of softmax(z/T).

    Theorem ``thm-entropy-along-training-temperature``.

    Raises ValueError when the temperature is not positive.

    >>> entropy_slope(torch.tensor([1.0, 1.0]), 2.0)  # equal logits: no temperature changes anything
    tensor(0.)
    """
    check_positive(temperature, "temperature")
    q = (logits / temperature).softmax(-1)
    centred = logits - (q * logits).sum(-1, keepdim=True)
    return (q * centred.square()).sum(-1) / temperature**3


def best_temperature(joint: Float[Tensor, "n k"], logits: Float[Tensor, "*batch n k"]) -> Float[Tensor, "*batch"]:
    r"""The temperature T of least :func:`mean_loss` of softmax(z/T), by bisection in :math:`\ln T` of the loss's slope.

    The slope by 1/T is the mean of :math:`(q_T-y)\cdot z` (``thm-entropy-along-training-gap``); it rises with 1/T.

    Returns:
        T between 1e-4 and 1e4; an end of that interval where the loss has no minimum inside.

    Cost: 60 evaluations of the predictions.

    >>> float(best_temperature(torch.tensor([[2 / 3, 1 / 3]]), torch.tensor([[4.0, 0.0]]).log1p()))  # ln 5 / ln 2
    2.32...
    """
    _check_pair(joint, logits.log_softmax(-1))
    shares = joint.sum(-1, keepdim=True)
    low = torch.full(logits.shape[:-2], math.log(1e-4), dtype=logits.dtype, device=logits.device)
    high = -low
    for _ in range(60):
        middle = (low + high) / 2
        q = (logits / middle.exp()[..., None, None]).softmax(-1)
        sure = ((shares * q - joint) * logits).sum((-2, -1)) > 0  # too cold: the slope by 1/T is positive
        low, high = torch.where(sure, middle, low), torch.where(sure, high, middle)
    return ((low + high) / 2).exp()


def _check_joint(joint: Tensor) -> None:
    if not isinstance(joint, Tensor) or joint.ndim < 2:
        raise ValueError("joint must have the shape (..., n, k): points by labels")
    check_law(joint.flatten(-2), "joint")


def _check_pair(joint: Tensor, log_q: Tensor) -> None:
    _check_joint(joint)
    if log_q.shape[-2:] != joint.shape[-2:]:
        raise ValueError(f"log_q has shape {tuple(log_q.shape)}, but joint {tuple(joint.shape)}")
    off = log_q.detach().logsumexp(-1).abs().max()
    if not bool(off <= 1e4 * torch.finfo(log_q.dtype).eps):  # NaN fails, too
        raise ValueError("log_q must hold logarithms of laws along its last axis")
