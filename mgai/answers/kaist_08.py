"""Checks answers to ``kaist-08``: participation ratios, what ReLU does to them, classes, dimension from neighbours."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import integer, number
from mgai.networks.activation_spectra import (
    between_class_share,
    participation_ratio,
    principal_variances,
    relu_covariance,
    sample_participation_ratio,
)
from mgai.networks.activation_spectra_references import between_share_by_regression, participation_by_moments
from mgai.tasks import Part, Task, agrees


def _rng(label: str) -> torch.Generator:
    return settings.generator(f"grading/kaist-08/{label}")


def _clouds() -> list[dict[str, Tensor]]:
    small = torch.tensor([[4.0, 1.0], [0.0, 1.0], [2.0, 2.0], [2.0, 0.0], [3.0, 1.0]], dtype=torch.float64)
    drawn = torch.randn(20, 5, dtype=torch.float64, generator=_rng("clouds"))
    return [{"x": small}, {"x": 2 + drawn * torch.arange(1, 6)}]


def _covariances() -> list[dict[str, Tensor]]:
    pair = torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64)
    root = torch.randn(4, 4, dtype=torch.float64, generator=_rng("covariances"))
    return [{"covariance": pair}, {"covariance": root @ root.T}]


def _labelled() -> list[dict[str, Tensor]]:
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 2])
    x = torch.randn(7, 3, dtype=torch.float64, generator=_rng("labelled")) + 2 * labels[:, None]
    line = torch.tensor([[0.0], [2.0], [4.0], [6.0], [9.0]], dtype=torch.float64)
    return [{"x": line, "labels": torch.tensor([0, 0, 1, 1, 1])}, {"x": x, "labels": labels}]


def _ratios() -> list[dict[str, Tensor]]:
    drawn = torch.rand(30, dtype=torch.float64, generator=_rng("ratios")) ** (-1 / 3)
    return [{"ratios": torch.tensor([math.e, math.e], dtype=torch.float64)}, {"ratios": drawn}]


def _after_relu(covariance: Tensor) -> float:
    return participation_by_moments(relu_covariance(covariance))


def _uncentred_relu(covariance: Tensor) -> float:
    scales = covariance.diagonal().sqrt()
    return participation_by_moments(relu_covariance(covariance) + torch.outer(scales, scales) / (2 * math.pi))


def _maximum_likelihood(ratios: Tensor) -> float:
    return len(ratios) / float(ratios.log().sum())


TASK = Task(
    "kaist-08",
    (
        Part(
            "participation-ratio",
            asks="The participation ratio of a cloud of points.",
            arguments={"x": "shape (n, d), points in rows"},
            form=number("an effective number of directions"),
            cases=_clouds,
            properties=(
                agrees("value", "it is that of the cloud's variances",
                       lambda x: participation_by_moments(torch.cov(x.T)), rtol=1e-9,
                       hint="variances are about the mean"),
            ),
            right=(sample_participation_ratio, lambda x: participation_ratio(principal_variances(x))),
            near_misses={
                "not centred": (lambda x: participation_by_moments(x.T @ x), "value"),
                "standard deviations": (lambda x: participation_ratio(principal_variances(x).sqrt()), "value"),
                "its inverse": (lambda x: 1 / sample_participation_ratio(x), "value"),
            },
        ),
        Part(
            "after-relu",
            asks="(2) The participation ratio of max(0, z) for a centred Gaussian vector z.",
            arguments={"covariance": "of z, shape (d, d), with a positive diagonal"},
            form=number("an effective number of directions"),
            cases=_covariances,
            properties=(
                agrees("value", "it is that of the covariance after ReLU", _after_relu, rtol=1e-9,
                       hint="you need E max(0,u) max(0,v), and the means"),
            ),
            right=(_after_relu,),
            near_misses={
                "that of z": (participation_by_moments, "value"),
                "not centred": (_uncentred_relu, "value"),
            },
        ),
        Part(
            "between-classes",
            asks="(1) The share of the total variance that lies between classes.",
            arguments={"x": "shape (n, d), points in rows", "labels": "shape (n,), integers"},
            form=number("a share"),
            cases=_labelled,
            properties=(
                agrees("value", "it is what the class means explain", between_share_by_regression, rtol=1e-9,
                       hint="how many points stand behind each class mean?"),
            ),
            right=(between_class_share,),
            near_misses={
                "the share within classes": (lambda x, labels: 1 - between_class_share(x, labels), "value"),
                "between over within":
                    (lambda x, labels: 1 / (1 / between_class_share(x, labels) - 1), "value"),
            },
        ),
        Part(
            "two-neighbours",
            asks="(1) The maximum-likelihood dimension from ratios of the second to the first distance, for "
            "independent points.",
            arguments={"ratios": "shape (n,), above 1"},
            form=number("a dimension"),
            cases=_ratios,
            properties=(
                agrees("value", "it maximises the likelihood", _maximum_likelihood, rtol=1e-9,
                       hint="the ratios have the law P(ratio > x) = x to the power -d"),
            ),
            right=(_maximum_likelihood, lambda ratios: 1 / float(ratios.log().mean())),
            near_misses={
                "the unbiased estimate": (lambda ratios: (len(ratios) - 1) / float(ratios.log().sum()), "value"),
                "the mean of the inverses": (lambda ratios: float((ratios.log() + 0.1).reciprocal().mean()), "value"),
            },
        ),
        Part(
            "collapse",
            asks="(3) The participation ratio of the training activations of k classes of equal size, "
            "when each class has collapsed into a corner of a regular simplex.",
            arguments={"k": "the number of classes"},
            form=integer("a participation ratio"),
            cases=lambda: [{"k": 2}, {"k": 3}, {"k": 10}, {"k": 100}],
            properties=(agrees("count", "it counts equal variances", lambda k: k - 1, hint="centre the corners"),),
            right=(lambda k: k - 1,),
            near_misses={"one for each class": (lambda k: k, "count"), "as for a square": (lambda k: k // 2, "count")},
        ),
    ),
    note="The networks, the figures and what you conclude from them are yours to make.",
)  # fmt: skip
