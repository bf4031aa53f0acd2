"""Checks answers to ``kaist-10``: the ellipse of a mass, a mixture's covariance, whitening, the cost of an order."""

from __future__ import annotations

import math

import torch
from scipy import special
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number
from mgai.probability.empirical_covariance import ellipse_radius
from mgai.probability.empirical_covariance_references import mixture_covariance_by_moments
from mgai.probability.gaussian_mixture import GaussianMixture
from mgai.probability.whitening import whitened, whitening_matrix
from mgai.tasks import Part, Property, Task, agrees, exceeds


def _mixtures() -> list[dict[str, Tensor]]:
    rng = settings.generator("grading/kaist-10/mixtures")
    root = torch.randn(3, 2, 2, dtype=torch.float64, generator=rng)
    line = {"weights": [0.25, 0.75], "means": [[0.0], [4.0]], "covariances": [[[1.0]], [[2.0]]]}
    return [
        {name: torch.tensor(value, dtype=torch.float64) for name, value in line.items()},
        {
            "weights": torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64),
            "means": 1 + torch.randn(3, 2, dtype=torch.float64, generator=rng),
            "covariances": root @ root.mT + torch.eye(2, dtype=torch.float64),
        },
    ]


def _samples() -> list[dict[str, Tensor]]:
    rng = settings.generator("grading/kaist-10/samples")
    mixing = torch.tensor([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, -1.0, 0.5]], dtype=torch.float64)
    small = torch.tensor([[1.0, 0.0], [0.0, 3.0], [-2.0, 1.0], [0.0, 0.0]], dtype=torch.float64)
    return [{"x": small}, {"x": 3 + torch.randn(20, 3, dtype=torch.float64, generator=rng) @ mixing.T}]


def _off_identity(z: Tensor, x: Tensor) -> str:
    z = torch.as_tensor(z, dtype=torch.float64)
    apart = torch.cov(z.T) - torch.eye(x.shape[1], dtype=torch.float64)
    return exceeds("the largest deviation of their covariance from the identity", float(apart.abs().max()), 1e-10)


def _off_centre(z: Tensor, x: Tensor) -> str:
    return exceeds("the largest mean", float(torch.as_tensor(z).mean(0).abs().max()), 1e-10)


def _off_affine(z: Tensor, x: Tensor) -> str:
    z, design = torch.as_tensor(z, dtype=torch.float64), torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    left = z - design @ torch.linalg.lstsq(design, z).solution
    return exceeds("what no affine map of the samples explains", float(left.abs().max()), 1e-9)


def _standardised(x: Tensor) -> Tensor:
    return (x - x.mean(0)) / x.std(0)


TASK = Task(
    "kaist-10",
    (
        Part(
            "ellipse-radius",
            asks="The radius r at which the covariance ellipse in the plane holds a stated mass of a Gaussian.",
            arguments={"mass": "in (0, 1)"},
            form=number("a radius"),
            cases=lambda: [{"mass": 0.5}, {"mass": 0.9}, {"mass": 0.99}, {"mass": 0.1}],
            properties=(
                agrees("mass", "the ellipse holds that mass", ellipse_radius, rtol=1e-9,
                       hint="the squared distance is a sum of two squares: what is its law?"),
            ),
            right=(ellipse_radius, lambda mass: math.sqrt(-2 * math.log(1 - mass))),
            near_misses={
                "the quantile of one dimension": (lambda mass: float(special.ndtri((1 + mass) / 2)), "mass"),
                "the square": (lambda mass: -2 * math.log(1 - mass), "mass"),
                "the mass outside": (lambda mass: math.sqrt(-2 * math.log(mass)), "mass"),
            },
        ),
        Part(
            "mixture-covariance",
            asks="The covariance matrix of a mixture of Gaussians.",
            arguments={"weights": "shape (k,)", "means": "shape (k, d)", "covariances": "shape (k, d, d)"},
            form=array("a covariance matrix", lambda weights, means, covariances: tuple(covariances.shape[1:])),
            cases=_mixtures,
            properties=(
                agrees("total", "it is the covariance of a draw", mixture_covariance_by_moments, rtol=1e-9,
                       hint="a draw varies within its component, and from component to component"),
            ),
            right=(
                mixture_covariance_by_moments,
                lambda weights, means, covariances: GaussianMixture(weights, means, covariances).covariance,
            ),
            near_misses={
                "within the components alone":
                    (lambda weights, means, covariances: torch.einsum("k,kij->ij", weights, covariances), "total"),
                "about the origin":
                    (lambda weights, means, covariances: torch.einsum("k,kij->ij", weights, covariances)
                     + (weights * means.T) @ means, "total"),
            },
        ),
        Part(
            "whitening",
            asks="Samples in rows, whitened with their own covariance (divisor n - 1).",
            arguments={"x": "shape (n, d), n > d"},
            form=array("the whitened samples", lambda x: tuple(x.shape)),
            cases=_samples,
            properties=(
                Property("centre", "their mean is zero", _off_centre, hint="what is subtracted first?"),
                Property("white", "their covariance is the identity", _off_identity,
                         hint="which W has W Σ Wᵀ = I? There are many."),
                Property("affine", "they are an affine image of the samples", _off_affine),
            ),
            right=(whitened, lambda x: whitened(x, "cholesky"), lambda x: whitened(x, "pca")),
            near_misses={
                "coordinates scaled one by one": (_standardised, "white"),
                "not centred": (lambda x: x @ whitening_matrix(torch.cov(x.T)).T, "centre"),
                "the divisor n": (lambda x: whitened(x) * (len(x) / (len(x) - 1)) ** 0.5, "white"),
                "the inverse without the root": (lambda x: (x - x.mean(0)) @ torch.linalg.inv(torch.cov(x.T)), "white"),
                "white, but of other samples": (lambda x: whitened(x**3), "affine"),
            },
        ),
        Part(
            "cost-of-order",
            asks="For a normal variable of known mean: by which factor the sample must grow so that the sample fourth "
            "moment has the relative standard error that the sample second moment has now.",
            form=number("a factor"),
            properties=(
                agrees("factor", "relative errors are equal then", lambda: 16 / 3, rtol=1e-9,
                       hint="you need the variances of x² and of x⁴"),
            ),
            right=(16 / 3, (105 / 9 - 1) / (3 - 1)),
            near_misses={"the quotient of the errors": ((16 / 3) ** 0.5, "factor"),
                         "the squares of the means not subtracted": (35 / 9, "factor")},
        ),
    ),
    note="What the ellipse misses, and what whitening leaves, are explanations.",
)  # fmt: skip
