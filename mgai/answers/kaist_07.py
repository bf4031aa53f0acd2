"""Checks answers to ``kaist-07``: what a small network costs, how far its units see, where they look."""

from __future__ import annotations

from mgai.answer_forms import integer, number
from mgai.networks.cnn_capacity import Design, multiplications, parameter_count
from mgai.networks.effective_receptive_field import extent, layers_of, uniform_variance
from mgai.tasks import Part, Task, agrees

_NETWORK = {"filters": "f", "kernel": "k, odd", "side": "of the image, divisible by 4"}


def _networks() -> list[dict[str, int]]:
    rows = [(1, 3, 8), (2, 1, 8), (4, 5, 8), (16, 3, 28), (8, 7, 12)]
    return [dict(zip(_NETWORK, row, strict=True)) for row in rows]


def _parameters(filters: int, kernel: int, side: int) -> int:
    return parameter_count(Design(filters, kernel, side))


def _products(filters: int, kernel: int, side: int) -> int:
    return multiplications(Design(filters, kernel, side))


def _head(f: int, m: int) -> int:
    return 10 * f * (m // 4) ** 2


def _extent(kernel: int, depth: int) -> int:
    return extent(layers_of(Design(1, kernel, 8, depth)))


def _variance(n_layers: int, kernel: int) -> float:
    return uniform_variance([(kernel, 1)] * n_layers)


TASK = Task(
    "kaist-07",
    (
        Part(
            "parameters",
            asks="Parameters of this network: an image with one channel; twice a convolution with f filters of k × k, "
            "padding that keeps the size, ReLU and 2 × 2 max pooling; a linear map to 10 logits. All with biases.",
            arguments=_NETWORK,
            form=integer("how many numbers are trained"),
            cases=_networks,
            properties=(
                agrees("count", "it is how many numbers the network has", _parameters,
                       hint="the second convolution reads f channels; how many numbers does the last map hold?"),
            ),
            right=(_parameters, lambda f, k, m: f * (k * k + 1) + f * (f * k * k + 1) + _head(f, m) + 10),
            near_misses={
                "biases forgotten": (lambda f, k, m: f * k * k + f * f * k * k + _head(f, m), "count"),
                "one input channel in both": (lambda f, k, m: 2 * f * (k * k + 1) + _head(f, m) + 10, "count"),
                "one bias for each input channel":
                    (lambda f, k, m: f * (k * k + 1) + f * f * (k * k + 1) + _head(f, m) + 10, "count"),
                "one pooling forgotten":
                    (lambda f, k, m: f * (k * k + 1) + f * (f * k * k + 1) + _head(f, 2 * m) + 10, "count"),
            },
        ),
        Part(
            "multiplications",
            asks="Products of a weight with an input in the same network, for one image; products with zeros of the "
            "padding count.",
            arguments=_NETWORK,
            form=integer("how many products"),
            cases=_networks,
            properties=(
                agrees("count", "it is how many products the layers form", _products,
                       hint="every weight of a convolution is used once for each place of its output"),
            ),
            right=(_products, lambda f, k, m: f * k * k * m * m + f * f * k * k * (m // 2) ** 2 + _head(f, m)),
            near_misses={
                "the second map not halved":
                    (lambda f, k, m: f * k * k * m * m + f * f * k * k * m * m + _head(f, m), "count"),
                "the head forgotten": (lambda f, k, m: f * k * k * m * m + f * f * k * k * (m // 2) ** 2, "count"),
                "without padding":
                    (lambda f, k, m: f * k * k * (m - k + 1) ** 2 + f * f * k * k * (m // 2 - k + 1) ** 2 + _head(f, m),
                     "count"),
                "products with the padding left out":
                    (lambda f, k, m: multiplications(Design(f, k, m), with_padding=False), "count"),
            },
        ),
        Part(
            "extent",
            asks="Side in pixels of the theoretical receptive field of a unit of the last convolution (before the last "
            "pooling), when each of the two stages has several convolutions in place of one.",
            arguments={"kernel": "k", "depth": "convolutions in each stage"},
            form=integer("a number of pixels"),
            cases=lambda: [{"kernel": k, "depth": d} for k, d in ((3, 1), (5, 1), (3, 2), (1, 1), (7, 3))],
            properties=(
                agrees("side", "it is how far the unit depends on the image", _extent,
                       hint="go from the unit to the image: what do two neighbouring inputs of a layer stand for?"),
            ),
            right=(_extent, lambda k, d: 2 + 3 * d * (k - 1)),
            near_misses={
                "the pooling adds nothing": (lambda k, d: 1 + 3 * d * (k - 1), "side"),
                "the stride forgotten": (lambda k, d: 2 + 2 * d * (k - 1), "side"),
                "the last pooling too": (lambda k, d: 4 + 3 * d * (k - 1), "side"),
            },
        ),
        Part(
            "variance",
            asks="A linear stack on a line: n layers of stride 1, weights 1/k in the k places of each kernel. The "
            "variance of the place of a pixel drawn with the unit's gradient as weights.",
            arguments={"n_layers": "n", "kernel": "k"},
            form=number("a variance, in squared pixels"),
            cases=lambda: [{"n_layers": n, "kernel": k} for n, k in ((1, 3), (4, 3), (2, 5), (3, 2), (5, 1))],
            properties=(
                agrees("variance", "it is the variance of that law", _variance, rtol=1e-12,
                       hint="the gradient is the law of a sum of independent steps"),
            ),
            right=(_variance, lambda n, k: n * (k * k - 1) / 12),
            near_misses={
                "an interval in place of places": (lambda n, k: n * k * k / 12, "variance"),
                "its length taken as k - 1": (lambda n, k: n * (k - 1) ** 2 / 12, "variance"),
                "that of one uniform kernel over the extent":
                    (lambda n, k: ((1 + n * (k - 1)) ** 2 - 1) / 12, "variance"),
            },
        ),
    ),
    note="Accuracies are to be measured; what the sweep means, and question 3, are explanations.",
)  # fmt: skip
