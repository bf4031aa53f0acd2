"""Checks answers to ``ps03-01``: a network for the check bits of the Hamming code, and how small it can be."""

from __future__ import annotations

from torch import Tensor

from mgai.answer_forms import array, integer, several
from mgai.networks import hamming_parity_network as ours
from mgai.networks.hidden_layers_references import fewest_by_masks, inputs, mask
from mgai.networks.threshold_networks import ThresholdNetwork, all_inputs, outputs, step
from mgai.tasks import Part, Property, Task, agrees

_WIDEST = 1000


def _fits(answer: tuple[Tensor, ...]) -> str:
    w1, b1, w2, b2 = answer
    h = w1.shape[0]
    if not 1 <= h <= _WIDEST:
        return f"the hidden layer has {h} units; 1 to {_WIDEST} are accepted"
    fits = b1.shape == (h,) and w2.shape == (3, h) and b2.shape == (3,)
    return "" if fits else f"with {h} hidden units b1, w2 and b2 must have shapes ({h},), (3, {h}) and (3,)"


def _bits(answer: tuple[Tensor, ...]) -> str:
    if _fits(answer):
        return "the shapes do not fit"
    wrong = ours.wrong_bits(outputs(ThresholdNetwork(*answer), all_inputs(4)))
    return f"{wrong} of the 48 bits are wrong" if wrong else ""


def _printed_wrong() -> int:
    bits = ours.printed_layer(all_inputs(4)).tolist()
    xors = [(a ^ b ^ d, a ^ c ^ d, b ^ c ^ d) for a, b, c, d in inputs(4)]
    return sum(x != y for found, true in zip(bits, xors, strict=True) for x, y in zip(found, true, strict=True))


def _fewest() -> int:
    """The first size that leaves no conflict of the parity of three bits, which three units resolve."""
    parity = mask([sum(x) % 2 for x in inputs(3)])
    return next(size for size in (1, 2, 3) if fewest_by_masks([parity], 3, size) == 0)


def _entries(net: ThresholdNetwork) -> tuple[Tensor, ...]:
    return net.w1, net.b1, net.w2, net.b2


def _printed_twice() -> tuple[Tensor, ...]:
    nine = ours.nine_units()
    kept = nine.w2 * step(nine.w2)
    return nine.w1, nine.b1, kept, nine.b2


TASK = Task(
    "ps03-01",
    (
        Part(
            "network",
            asks="Weights W1 (h, 4), biases b1 (h), weights W2 (3, h) and biases b2 (3) of a network without direct "
            "weights; a unit is 1 when its sum plus bias is at least 0.",
            form=several(
                "W1, b1, W2, b2",
                array("W1: a row of four weights for each hidden unit", lambda: (None, 4)),
                array("b1", lambda: (None,)),
                array("W2: three rows", lambda: (3, None)),
                array("b2", lambda: (3,)),
            ),
            properties=(
                Property("fits", "the sizes of the layers fit", _fits),
                Property("bits", "all three bits are right for all 16 inputs", _bits,
                         hint="what does each hidden unit say of the number of ones that a check bit adds up?"),
            ),
            right=(_entries(ours.nine_units()), _entries(ours.five_units())),
            near_misses={
                "the printed layer, then a copy": (
                    (ours.nine_units().w1[::3], ours.nine_units().b1[::3], ours.nine_units().w2[:, ::3],
                     ours.nine_units().b2), "bits"),
                "the negative weights forgotten": (_printed_twice(), "bits"),
                "a bias missing": (
                    (ours.nine_units().w1, ours.nine_units().b1[:-1], ours.nine_units().w2, ours.nine_units().b2),
                    "fits"),
            },
        ),
        Part(
            "one-layer",
            asks="How many of the 48 bits (three for each of 16 inputs) a layer gets wrong whose weights are the "
            "coefficients of the equations, whose biases are -1/2, and whose units are 1 at sums of at least 1/2.",
            form=integer("how many bits"),
            properties=(
                agrees("count", "it counts every wrong bit", _printed_wrong, hint="which logical function is a unit?"),
            ),
            right=(18,),
            near_misses={"wrong words instead of bits": (10, "count"), "one output alone": (6, "count")},
        ),
        Part(
            "fewest",
            asks="The smallest number of hidden threshold units for the parity of three bits, with one hidden layer, a "
            "threshold unit as output and no direct weights.",
            form=integer("how many hidden units"),
            properties=(
                agrees("count", "that many suffice and fewer do not", _fewest,
                       hint="how many odd inputs can a half space hold that holds no even one?"),
            ),
            right=(3,),
            near_misses={"as for two bits": (2, "count"), "a unit for each odd input": (4, "count")},
        ),
    ),
    note="The proofs are yours to check against the page.",
)  # fmt: skip
