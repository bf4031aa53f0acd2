"""Checks answers to ``dlt-6.20``: the divergence of two Gaussians, and when it is infinite."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number, word
from mgai.information.gaussian_kl import factorised_variances, gaussian_kl, random_gaussians
from mgai.information.gaussian_kl_references import kl_by_conditioning, kl_by_library
from mgai.tasks import Part, Property, Task, agrees

_LAWS = {
    "mean_q": "vector of shape (d,)",
    "covariance_q": "symmetric positive definite, of shape (d, d)",
    "mean_p": "as mean_q",
    "covariance_p": "as covariance_q",
}


def _pairs() -> list[dict]:
    small = (torch.tensor([0.0]), torch.tensor([[1.0]]), torch.tensor([2.0]), torch.tensor([[4.0]]))
    rng = settings.generator("grading/dlt-6.20")
    q, p = random_gaussians(2, 4, rng), random_gaussians(2, 4, rng)
    drawn = [(q[0][i], q[1][i], p[0][i], p[1][i]) for i in range(2)]
    same = (q[0][0], q[1][0], q[0][0], q[1][0])
    return [dict(zip(_LAWS, row, strict=True)) for row in ((*(t.double() for t in small),), same, *drawn)]


def _covariances() -> list[dict]:
    plane = torch.tensor([[1.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
    return [{"covariance": c} for c in (plane, *random_gaussians(2, 4, settings.generator("grading/dlt-6.20/fit"))[1])]


def _by_inverses(mean_q: Tensor, covariance_q: Tensor, mean_p: Tensor, covariance_p: Tensor) -> Tensor:
    shift, inverse = mean_p - mean_q, torch.linalg.inv(covariance_p)
    logs = torch.logdet(covariance_p) - torch.logdet(covariance_q)
    return (logs - len(mean_q) + torch.trace(inverse @ covariance_q) + shift @ inverse @ shift) / 2


def _sign(found: float, **laws: Tensor) -> str:
    return "" if found > -1e-9 else "it is negative for one of the pairs"


def _precision_diagonal(covariance: Tensor) -> Tensor:
    return torch.linalg.inv(covariance).diagonal()


TASK = Task(
    "dlt-6.20",
    (
        Part(
            "divergence",
            asks="The divergence D(q‖p) of two Gaussians, in nats.",
            arguments=_LAWS,
            cases=_pairs,
            form=number("a divergence in nats"),
            properties=(
                Property("sign", "it is never negative", _sign, hint="it is zero for equal laws"),
                agrees("value", "it is the mean of ln q - ln p under q", kl_by_conditioning, rtol=1e-9, atol=1e-9,
                       because="rounding, with condition numbers below a few thousand"),
            ),
            right=(gaussian_kl, _by_inverses, kl_by_library),
            near_misses={
                "the laws exchanged": (lambda m, s, k, t: gaussian_kl(k, t, m, s), "value"),
                "without the half": (lambda m, s, k, t: 2 * gaussian_kl(m, s, k, t), "value"),
                "a dimension too many": (lambda m, s, k, t: gaussian_kl(m, s, k, t) - 0.5, "sign"),
                "the other covariance for the shift":
                    (lambda m, s, k, t: gaussian_kl(m, s, m, t) + gaussian_kl(m, s, k, s), "value"),
            },
        ),
        Part(
            "singular",
            asks="q has a singular covariance, p a positive definite one. Is the divergence D(q‖p) finite?",
            form=word("yes or no", ("yes", "no")),
            properties=(agrees("finite", "q lives on a set of measure zero under p", lambda: "no"),),
            right=("no", "No"),
            near_misses={"as if the determinant were left out": ("yes", "finite")},
        ),
        Part(
            "reverse-fit",
            asks="The variances of the independent Gaussian r for which D(r‖π) is smallest, π a given Gaussian.",
            arguments={"covariance": "of π, symmetric positive definite, of shape (d, d)"},
            cases=_covariances,
            form=array("d variances", lambda covariance: covariance.shape[:1]),
            properties=(
                agrees("variances", "no other independent Gaussian is nearer in this direction",
                       lambda covariance: factorised_variances(covariance, "reverse"), rtol=1e-9,
                       because="rounding, with condition numbers below a thousand",
                       hint="write the divergence as a function of the logarithms of the variances"),
            ),
            right=(lambda covariance: 1 / _precision_diagonal(covariance),),
            near_misses={
                "the forward direction": (lambda covariance: covariance.diagonal(), "variances"),
                "not inverted": (_precision_diagonal, "variances"),
            },
        ),
    ),
    note="The proof is yours to check against the page.",
)  # fmt: skip
