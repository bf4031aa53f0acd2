r"""What a unit of a stack of convolutions sees: the extent of its receptive field, its place, and the pixels in it.

Shown on the page ``chapters/4-networks/receptive-field``; along one axis, since axes do not influence each other. Unit
u of layer l reads the units :math:`s_lu-p_l+d_lm` of the layer before, for :math:`m=0,\dots,k_l-1`; layer 0 is the
image.
"""

from __future__ import annotations

from collections.abc import Sequence

from mgai.linear_algebra.low_rank import check_integer
from mgai.networks import effective_receptive_field
from mgai.networks.receptive_fields_and_dilation import Layer, extents, offsets


def jumps(layers: Sequence[Layer]) -> list[int]:
    r"""The distance in pixels of neighbouring inputs of each layer: :math:`j_l=\prod_{i<l}s_i`, the first one 1.

    Raises TypeError or ValueError for no layers, or an entry that is no integer or out of range.

    >>> jumps([Layer(3, 2), Layer(3, 2), Layer(3)])
    [1, 2, 4]
    """
    _check(layers)
    return effective_receptive_field.jumps([(layer.kernel, layer.stride) for layer in layers])


def extent(layers: Sequence[Layer]) -> int:
    r"""The extent of the receptive field in pixels: :math:`R_n=1+\sum_ld_l(k_l-1)\,j_l`.

    Derived under ``thm-receptive-field-extent``: the smallest interval with every pixel on which the unit depends.

    Raises, as for :func:`jumps`.

    >>> extent([Layer(3, 2), Layer(3, 2), Layer(3)])
    15
    """
    _check(layers)
    return extents(layers)[-1]


def first_pixel(layers: Sequence[Layer], unit: int = 0) -> int:
    r"""Where the field of a unit of the last layer begins: :math:`uj_{n+1}-\sum_lp_lj_l`, negative in the frame.

    Derived under ``thm-receptive-field-extent``.

    Raises, as for :func:`jumps`; TypeError or ValueError when ``unit`` is no integer from 0 on.

    >>> first_pixel([Layer(3, 2, 1), Layer(3, 2, 1)], unit=5)
    17
    """
    check_integer(unit, "unit", 0)
    steps = jumps(layers)
    return unit * steps[-1] * layers[-1].stride - sum(
        layer.padding * step for layer, step in zip(layers, steps, strict=True)
    )


def centre(layers: Sequence[Layer], unit: int = 0) -> float:
    r"""The middle of the field of a unit: :math:`uj_{n+1}+\sum_lj_l\bigl(\tfrac12d_l(k_l-1)-p_l\bigr)`.

    It lies on a pixel for odd extents and between two for even ones.

    Raises, as for :func:`first_pixel`.

    >>> centre([Layer(3, 2, 1), Layer(3, 2, 1)], unit=5), centre([Layer(2)])
    (20.0, 0.5)
    """
    return first_pixel(layers, unit) + (extent(layers) - 1) / 2


def pixels(layers: Sequence[Layer], unit: int = 0) -> list[int]:
    r"""The pixels on which a unit depends: its first pixel plus all :math:`\sum_ld_lj_lm_l` with :math:`0\le m_l<k_l`.

    Those outside the image belong to the frame of zeros; near the border fewer may be reached (see the page).

    Raises, as for :func:`first_pixel`.

    Cost: O(layers × extent × largest kernel).

    >>> pixels([Layer(1, 2), Layer(3)]), pixels([Layer(3, dilation=2), Layer(2)])
    ([0, 2, 4], [0, 1, 2, 3, 4, 5])
    """
    start = first_pixel(layers, unit)
    return [start + offset for offset in offsets(layers)]


def without_holes(layers: Sequence[Layer]) -> bool:
    r"""Whether a unit depends on every pixel of its extent.

    Derived under ``thm-receptive-field-holes``: take the layers with more than one tap in increasing order of
    :math:`g_l=d_lj_l`; none of these steps may exceed 1 plus the sum of :math:`(k-1)g` of the layers before it.

    Raises, as for :func:`jumps`.

    >>> without_holes([Layer(3, 2), Layer(3)]), without_holes([Layer(1, 2), Layer(3)])
    (True, False)
    """
    steps = zip(layers, jumps(layers), strict=True)
    filled = 1
    for step, taps in sorted((layer.dilation * jump, layer.kernel) for layer, jump in steps if layer.kernel > 1):
        if step > filled:
            return False
        filled += (taps - 1) * step
    return True


def _check(layers: Sequence[Layer]) -> None:
    if not layers:
        raise ValueError("layers must hold at least one layer")
    for layer in layers:
        for name, value, low in zip(layer._fields, layer, (1, 1, 0, 1), strict=True):
            check_integer(value, name, low)
