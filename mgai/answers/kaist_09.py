"""Checks answers to ``kaist-09``: the exact transport, what an affine flow loses, a power law and its gradients."""

from __future__ import annotations

import math

import torch
from scipy import integrate, special

from mgai.answer_forms import number
from mgai.probability.heavy_tailed_flow import normalising_constant
from mgai.probability.normalizing_flow import laplace_transport
from mgai.tasks import Part, Task, agrees


def _transport(y: float) -> float:
    return float(laplace_transport(torch.tensor([y], dtype=torch.float64)))


def _least_affine_cost() -> float:
    """The least cost of an affine map over the law itself, less the entropy."""
    return 0.5 * math.log(2 * math.pi * math.e * 2) - 1 - math.log(2)


def _integral(alpha: float) -> float:
    """The integral of the density's shape, over t with y = sinh t."""
    return (
        2 * integrate.quad(lambda t: math.cosh(t) ** (1 - 2 * alpha), 0, 60 / (2 * alpha - 1), epsabs=0, limit=500)[0]
    )


def _threshold(k: float) -> float:
    return (k + 1) / 2


TASK = Task(
    "kaist-09",
    (
        Part(
            "transport",
            asks="(1) The increasing map that carries the Laplace law exp(-|y|)/2 to the standard normal.",
            arguments={"y": "a point, perhaps far out"},
            form=number("where it is mapped to"),
            cases=lambda: [{"y": y} for y in (0.0, 1.0, -2.5, 12.0, -60.0, 800.0)],
            properties=(
                agrees("value", "the map carries every tail probability over", _transport, rtol=1e-9, atol=1e-12,
                       hint="take the smaller tail, and far out its logarithm"),
            ),
            right=(_transport, lambda y: -math.copysign(1, y) * float(special.ndtri_exp(-abs(y) - math.log(2)))),
            near_misses={
                "its leading growth alone": (lambda y: math.copysign(math.sqrt(2 * abs(y)), y), "value"),
                "the tail without its half":
                    (lambda y: -math.copysign(1, y) * float(special.ndtri_exp(-abs(y) - 1e-300)), "value"),
                "the best affine map": (lambda y: y / math.sqrt(2), "value"),
            },
        ),
        Part(
            "affine-excess",
            asks="(1) By how many nats the expected cost of the best affine map exceeds the Laplace law's entropy.",
            form=number("nats"),
            properties=(
                agrees("value", "it is the divergence from the law to the fitted normal one", _least_affine_cost,
                       rtol=1e-3, because="three digits suffice", hint="which slope makes the mean square one?"),
            ),
            right=(_least_affine_cost(), (math.log(math.pi) - 1) / 2),
            near_misses={
                "in bits": (_least_affine_cost() / math.log(2), "value"),
                "with the slope one": (1 + math.log(2 * math.pi) / 2 - 1 - math.log(2), "value"),
            },
        ),
        Part(
            "constant",
            asks="(2) The integral of (1 + y²)^(-α) over the line.",
            arguments={"alpha": "the exponent, larger than a half"},
            form=number("the normalising constant"),
            cases=lambda: [{"alpha": alpha} for alpha in (1.0, 1.5, 0.75, 2.0, 3.7)],
            properties=(
                agrees("value", "the density integrates to one", _integral, rtol=1e-7, because="a quadrature",
                       hint="y = tan u turns it into a Beta function"),
            ),
            right=(normalising_constant, lambda alpha: float(special.beta(0.5, alpha - 0.5))),
            near_misses={
                "the quotient upside down":
                    (lambda alpha: math.sqrt(math.pi) * math.gamma(alpha) / math.gamma(alpha - 0.5), "value"),
                "on one side only": (lambda alpha: normalising_constant(alpha) / 2, "value"),
                "without the root of π": (lambda alpha: normalising_constant(alpha) / math.sqrt(math.pi), "value"),
            },
        ),
        Part(
            "threshold",
            asks="(2) The exponent α above which the moment of |Y| of order k is finite, and at which it is not.",
            arguments={"k": "the order, not negative"},
            form=number("the threshold"),
            cases=lambda: [{"k": k} for k in (0.0, 1.0, 2.0, 4.0)],
            properties=(
                agrees("value", "at it the integral diverges like a logarithm", _threshold, rtol=1e-12,
                       hint="for which power of y does the integral of the tail diverge like a logarithm?"),
            ),
            right=(_threshold, lambda k: 0.5 + k / 2),
            near_misses={
                "that of half the order": (lambda k: (k / 2 + 1) / 2, "value"),
                "one too many": (lambda k: (k + 2) / 2, "value"),
                "the exponent of y forgotten to be double": (lambda k: k + 1, "value"),
            },
        ),
    ),
    note="Maps, histograms, the training and what to make of its gradients are yours.",
)  # fmt: skip
