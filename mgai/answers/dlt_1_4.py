"""Checks answers to ``dlt-1.4``: the two parts of a cross-entropy, where the proof has to say what zeros mean."""

from __future__ import annotations

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import number, several
from mgai.information.cross_entropy_and_kl import decomposition
from mgai.information.entropy_and_divergences import cross_entropy, entropy, kl
from mgai.information.entropy_and_divergences_references import entropy_by_scipy, kl_by_scipy
from mgai.information.laws import random_laws
from mgai.tasks import Part, Property, Task, misses

_TOLERANCE = 1e-11


def _pairs() -> list[dict]:
    rng = settings.generator("grading/dlt-1.4")
    p, q = random_laws(2, 5, rng)
    fair, biased = torch.tensor([[0.5, 0.5], [0.25, 0.75]], dtype=torch.float64)
    both, alone = torch.tensor([[0.5, 0.5, 0.0], [0.25, 0.5, 0.25]], dtype=torch.float64)
    excluded = torch.tensor([0.25, 0.75, 0.0], dtype=torch.float64)
    laws = [(fair, biased), (both, alone), (both, excluded), (p, q), (p, p)]
    return [{"p": p, "q": q} for p, q in laws]


def _sum(parts: tuple[float, float], p: Tensor, q: Tensor) -> str:
    there = p > 0
    return misses(sum(parts), -(p[there] * q[there].log()).sum(), atol=_TOLERANCE)


def _entropy(parts: tuple[float, float], p: Tensor, q: Tensor) -> str:
    return misses(parts[0], float(entropy_by_scipy(p)), atol=_TOLERANCE)


def _divergence(parts: tuple[float, float], p: Tensor, q: Tensor) -> str:
    return misses(parts[1], float(kl_by_scipy(p, q)), atol=_TOLERANCE)


def _termwise(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    return -(p * p.log()).sum(), (p * (p / q).log()).sum()


TASK = Task(
    "dlt-1.4",
    (
        Part(
            "parts",
            asks="The two parts of the cross-entropy H(p, q) in nats: the entropy and the divergence. Either law may "
            "exclude outcomes; all that q excludes p excludes, too.",
            arguments={"p": "probabilities of shape (n,)", "q": "probabilities of shape (n,)"},
            cases=_pairs,
            form=several("the entropy and the divergence", number("the entropy"), number("the divergence")),
            properties=(
                Property("sum", "together they are the cross-entropy", _sum, hint="the expectation is under p"),
                Property("entropy", "the first part does not depend on the model", _entropy,
                         hint="what is left of the cross-entropy for q = p?"),
                Property("divergence", "the second part is never negative, and zero for q = p", _divergence,
                         hint="its logarithm is of p over q"),
            ),
            right=(decomposition, lambda p, q: (entropy(p), cross_entropy(p, q) - entropy(p))),
            near_misses={
                "the divergence exchanged": (lambda p, q: (entropy(p), kl(q.clamp(min=1e-12) / q.clamp(min=1e-12).sum(),
                                             p.clamp(min=1e-12) / p.clamp(min=1e-12).sum())), "sum"),
                "the entropy of q": (lambda p, q: (entropy(q), cross_entropy(p, q) - entropy(q)), "entropy"),
                "the other sign": (lambda p, q: (entropy(p), -kl(p, q)), "divergence"),
                "bits": (lambda p, q: tuple(part / torch.tensor(2.0).log() for part in decomposition(p, q)), "sum"),
                "zeros make NaN": (_termwise, "form"),
            },
        ),
    ),
    note="The proof is not graded: what it must treat are outcomes without probability, and infinite entropies.",
)  # fmt: skip
