r"""Networks that compute the three check bits of the Hamming(7,4) code, and the single layer that cannot.

Shown on the page ``chapters/4-networks/hamming-parity-network``. Inputs are :math:`D_1,\dots,D_4`, outputs
:math:`P_1,P_2,P_3`; the units are those of :mod:`mgai.networks.threshold_networks`.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mgai.networks.threshold_networks import ThresholdNetwork, all_inputs, network, step

#: Which data bits each check bit adds up, modulo two.
CHECKS = ((1, 1, 0, 1), (1, 0, 1, 1), (0, 1, 1, 1))


def check_bits(data: Float[Tensor, "n 4"]) -> Float[Tensor, "n 3"]:
    r"""The check bits: :math:`D_1\oplus D_2\oplus D_4`, then :math:`D_1\oplus D_3\oplus D_4` and
    :math:`D_2\oplus D_3\oplus D_4`.

    Raises ValueError when ``data`` has not four columns of bits.

    >>> check_bits(torch.tensor([[1.0, 0.0, 1.0, 1.0]]))
    tensor([[0., 1., 0.]])
    """
    if data.ndim != 2 or data.shape[1] != 4 or not bool(((data == 0) | (data == 1)).all()):
        raise ValueError("data must have four columns of zeros and ones")
    return (data @ torch.tensor(CHECKS).to(data).T) % 2


def wrong_bits(found: Float[Tensor, "16 3"]) -> int:
    """How many of the 48 check bits differ, the inputs in the order of :func:`all_inputs`.

    Raises ValueError when ``found`` has another shape.

    >>> wrong_bits(torch.zeros(16, 3))
    24
    """
    if tuple(found.shape) != (16, 3):
        raise ValueError(f"found must have shape (16, 3), not {tuple(found.shape)}")
    return int((found != check_bits(all_inputs(4)).to(found)).sum())


def printed_layer(data: Float[Tensor, "n 4"], threshold: float = 0.5) -> Float[Tensor, "n 3"]:
    r"""The problem set's single layer: weights 1, biases -1/2, and units that fire at sums of ``threshold`` or more.

    >>> printed_layer(torch.tensor([[1.0, 1.0, 0.0, 0.0]]))
    tensor([[1., 1., 1.]])
    """
    return step(data @ torch.tensor(CHECKS).to(data).T - 0.5 - threshold)


def nine_units() -> ThresholdNetwork:
    r"""Three hidden units for each check bit: sums of at least 1, 2 and 3, counted +1, -1 and +1.

    Derived under ``thm-hamming-parity-nine``.

    >>> from mgai.networks.threshold_networks import outputs
    >>> wrong_bits(outputs(nine_units(), all_inputs(4)))
    0
    """
    w1 = [list(row) for row in CHECKS for _ in range(3)]
    w2 = [[(1, -1, 1)[j % 3] * (j // 3 == k) for j in range(9)] for k in range(3)]
    return network(w1, [-0.5, -1.5, -2.5] * 3, w2, [-0.5] * 3)


def five_units() -> ThresholdNetwork:
    """Five hidden units that the three outputs share; fewer are impossible (``thm-hamming-parity-five``).

    >>> from mgai.networks.threshold_networks import outputs
    >>> wrong_bits(outputs(five_units(), all_inputs(4)))
    0
    """
    w1 = [[1, 1, 0, 1], [1, 1, 0, -1], [1, 0, 1, 1], [0, 1, -1, 1], [0, -1, 1, 1]]
    w2 = [[-2, 1, 1, 1, 0], [2, 1, -3, -1, 2], [0, 1, -1, 1, 2]]
    return network(w1, [-1.5, -0.5, -1.5, -0.5, -0.5], w2, [-0.5, -0.5, -1.5])


def with_direct_weights() -> ThresholdNetwork:
    """One hidden unit for each check bit, the majority of its three inputs, and weights from inputs to outputs.

    >>> from mgai.networks.threshold_networks import outputs
    >>> wrong_bits(outputs(with_direct_weights(), all_inputs(4)))
    0
    """
    rows = [list(row) for row in CHECKS]
    w2 = [[-2 * (j == k) for j in range(3)] for k in range(3)]
    return network(rows, [-1.5] * 3, w2, [-0.5] * 3, rows)


def rectified() -> ThresholdNetwork:
    r"""Nine ReLU units with linear outputs: :math:`s-2(s-1)_++2(s-2)_+` is the parity of a sum s of three bits.

    >>> from mgai.networks.threshold_networks import output_sums
    >>> wrong_bits(output_sums(rectified(), all_inputs(4), torch.relu))
    0
    """
    w1 = [list(row) for row in CHECKS for _ in range(3)]
    w2 = [[(1, -2, 2)[j % 3] * (j // 3 == k) for j in range(9)] for k in range(3)]
    return network(w1, [0, -1, -2] * 3, w2, [0] * 3)


def smallest_distance(checks: Float[Tensor, "16 3"]) -> int:
    """The smallest number of places in which two of the 16 words of data and check bits differ.

    >>> smallest_distance(check_bits(all_inputs(4))), smallest_distance(printed_layer(all_inputs(4)))
    (3, 1)
    """
    words = torch.cat([all_inputs(4).to(checks), checks], dim=1)
    apart = (words[:, None] != words[None]).sum(-1)
    i, j = torch.triu_indices(len(words), len(words), offset=1)
    return int(apart[i, j].min())
