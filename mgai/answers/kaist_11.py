"""Checks answers to ``kaist-11``: posteriors, tests of many pairs, dependence, calibration and divergence."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number
from mgai.information import calibration_and_divergence as calibration
from mgai.information import naive_bayes, paired_tests, tree_augmented
from mgai.tasks import Part, Property, Task, agrees, exceeds

_SLACK, _FLOAT64 = 1e-9, "far more than rounding in float64 leaves"


def _draw(label: str, *shape: int) -> Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=settings.generator(f"grading/kaist-11/{label}"))


def _images() -> list[dict[str, Tensor]]:
    tiny = torch.tensor([[True, False], [True, True], [False, False]])
    labels = torch.tensor([0, 0, 1])
    drawn = _draw("images", 60, 200) < 0.3
    classes = torch.arange(50) * torch.arange(50) % 3 % 2  # of unequal size
    return [{"x": tiny, "labels": labels, "new": tiny}, {"x": drawn[:50], "labels": classes, "new": drawn[50:]}]


def _posterior(x: Tensor, labels: Tensor, new: Tensor, smoothing: float = 1.0) -> Tensor:
    model = naive_bayes.fit(x, labels, int(labels.max()) + 1, smoothing)
    return naive_bayes.log_posterior(naive_bayes.log_joint(model, new))


def _joint(x: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    return naive_bayes.log_joint(naive_bayes.fit(x, labels, int(labels.max()) + 1), new)


def _without_prior(x: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    return (_joint(x, labels, new) - (labels.bincount().double() / len(labels)).log()).log_softmax(1)


def _normalised(answer: Tensor, **arguments: Tensor) -> str:
    return exceeds(
        "the distance of a row's total probability from one", float((answer.logsumexp(1)).abs().max()), _SLACK
    )


def _p_values() -> list[dict[str, Tensor]]:
    small = torch.tensor([0.03, 0.01, 0.04], dtype=torch.float64)
    return [{"p_values": small}, {"p_values": torch.tensor([0.2, 0.9], dtype=torch.float64)},
            {"p_values": _draw("tests", 12) ** 4}]  # fmt: skip


def _by_closing(p_values: Tensor) -> Tensor:
    ordered, order = p_values.sort()
    worst = [max(min(1.0, (len(ordered) - j) * float(ordered[j])) for j in range(i + 1)) for i in range(len(ordered))]
    return torch.tensor(worst, dtype=p_values.dtype)[order.argsort()]


def _pairs() -> list[dict[str, Tensor]]:
    bits = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1], [1, 1]], dtype=torch.bool)
    labels = torch.tensor([0, 1, 1, 0, 0])
    drawn = _draw("pairs", 90, 1) < 0.5
    noisy = drawn ^ (_draw("flips", 90, 1) < 0.2)
    return [{"x": bits, "labels": labels}, {"x": torch.cat([drawn, noisy], 1), "labels": torch.arange(90) % 3}]


def _dependence(x: Tensor, labels: Tensor) -> float:
    return float(tree_augmented.conditional_mutual_information(x, labels, int(labels.max()) + 1)[0, 1])


def _by_entropies(x: Tensor, labels: Tensor) -> float:
    def entropy(*columns: Tensor) -> float:
        shares = torch.unique(torch.stack(columns, 1), dim=0, return_counts=True)[1].double() / len(labels)
        return float(-(shares * shares.log()).sum())

    first, second = x.long().unbind(1)
    return entropy(first, labels) + entropy(second, labels) - entropy(first, second, labels) - entropy(labels)


def _decisions() -> list[dict[str, Tensor]]:
    few = torch.tensor([0.95, 0.95, 1.0, 0.55], dtype=torch.float64)
    confidence = 0.1 + 0.9 * _draw("confidence", 200)
    right = torch.tensor([True, False, False, True])
    return [
        {"confidence": few, "right": right},
        {"confidence": confidence, "right": _draw("right", 200) < confidence**2},
    ]


def _error(confidence: Tensor, right: Tensor) -> float:
    return calibration.calibration_error(calibration.reliability(confidence, right))


def _error_in_a_loop(confidence: Tensor, right: Tensor, half_open: bool = False, weighted: bool = True) -> float:
    gaps = []
    for b in range(10):
        low, high = b / 10, (b + 1) / 10
        inside = (confidence >= low) & (confidence < high) if half_open else (confidence > low) & (confidence <= high)
        if inside.any():
            gap = abs(float(right[inside].double().mean() - confidence[inside].mean()))
            gaps.append(gap * (float(inside.sum()) / len(right) if weighted else 1.0))
    return sum(gaps) / (1 if weighted else len(gaps))


def _logs() -> list[dict[str, Tensor]]:
    log_p = torch.tensor([[0.5, 0.5], [0.9, 0.1]], dtype=torch.float64).log()
    scores = torch.tensor([[-1000.0, -1003.0], [-900.0, -850.0]], dtype=torch.float64)
    drawn = (4 * _draw("logits", 5, 10)).log_softmax(1)
    return [{"log_p": log_p, "scores": scores}, {"log_p": drawn, "scores": -900 + 80 * _draw("scores", 5, 10)}]


def _divergence(log_p: Tensor, scores: Tensor) -> Tensor:
    return calibration.kl_from_logs(log_p, scores.log_softmax(1))


def _clipped(log_p: Tensor, scores: Tensor) -> Tensor:
    p, q = log_p.exp(), scores.softmax(1).clamp_min(1e-8)
    return (p * (p / q).log()).sum(1)


def _vector(says: str, argument: str) -> Any:
    return array(says, lambda **arguments: (len(arguments[argument]),))


TASK = Task(
    "kaist-11",
    (
        Part(
            "log-posterior",
            asks="The classifiers: log posteriors of Bernoulli naive Bayes with Laplace's smoothing (one pseudo-image "
            "with the pixel on and one with it off for each class and pixel), class shares as prior.",
            arguments={"x": "boolean training images of shape (n, d)", "labels": "their classes 0 to k - 1",
                       "new": "boolean images of shape (m, d)"},
            cases=_images,
            form=array("log posteriors of shape (m, k)", lambda x, labels, new: (len(new), int(labels.max()) + 1)),
            properties=(
                Property("normalised", "the probabilities of each row sum to one", _normalised,
                         hint="what has to be subtracted from a log joint?"),
                agrees("posterior", "they follow from Bayes' rule", _posterior, rtol=_SLACK, because=_FLOAT64,
                       hint="does a pixel that is off count, and does the prior?"),
            ),
            right=(_posterior, lambda *images: _joint(*images) - _joint(*images).logsumexp(1)[:, None]),
            near_misses={
                "the log joint": (_joint, "normalised"),
                "half a pseudo-image": (lambda x, labels, new: _posterior(x, labels, new, 0.5), "posterior"),
                "no prior": (_without_prior, "posterior"),
            },
        ),
        Part(
            "adjusted-p-values",
            asks="The exercise: Holm's adjusted p-values, in the order of the tests.",
            arguments={"p_values": "p-values of shape (m,)"},
            cases=_p_values,
            form=_vector("a vector of shape (m,)", "p_values"),
            properties=(
                agrees("holm", "they are Holm's", paired_tests.holm, rtol=_SLACK, because=_FLOAT64,
                       hint="may a larger p-value be rejected before a smaller one?"),
            ),
            right=(paired_tests.holm, _by_closing),
            near_misses={
                "Bonferroni": (lambda p_values: (len(p_values) * p_values).clamp_max(1), "holm"),
                "without the running maximum":
                (lambda p_values: ((len(p_values) - p_values.argsort().argsort()) * p_values).clamp_max(1), "holm"),
                "in ascending order": (lambda p_values: paired_tests.holm(p_values).sort().values, "holm"),
            },
        ),
        Part(
            "conditional-information",
            asks="Question 1: the plug-in estimate of the mutual information of two pixels given the class, in nats.",
            arguments={"x": "boolean pixels of shape (n, 2)", "labels": "classes 0 to k - 1"},
            cases=_pairs,
            form=number("a number of nats"),
            properties=(
                agrees("information", "it is the information given the class", _dependence, atol=_SLACK,
                       because=_FLOAT64, hint="average over classes the information within each"),
            ),
            right=(_dependence, _by_entropies),
            near_misses={
                "without the class": (lambda x, labels: _dependence(x, torch.zeros_like(labels)), "information"),
                "in bits": (lambda x, labels: _dependence(x, labels) / math.log(2), "information"),
            },
        ),
        Part(
            "calibration-error",
            asks="Question 2: the expected calibration error in ten equal bins on [0, 1], closed on the right.",
            arguments={"confidence": "confidences of shape (n,)", "right": "whether each decision was right, (n,)"},
            cases=_decisions,
            form=number("a number from 0 to 1"),
            properties=(
                agrees("error", "it is the mean gap, weighted by decisions", _error, atol=_SLACK, because=_FLOAT64,
                       hint="where does a confidence of one go, and how much does a bin count?"),
            ),
            right=(_error, _error_in_a_loop),
            near_misses={
                "half-open bins": (lambda *given: _error_in_a_loop(*given, half_open=True), "error"),
                "bins alike": (lambda *given: _error_in_a_loop(*given, weighted=False), "error"),
                "gap of the means": (
                    lambda confidence, right: abs(float(confidence.mean() - right.double().mean())), "error"),
            },
        ),
        Part(
            "divergence",
            asks="Question 3: the divergence from p to q in nats for each row, q given by unnormalised logarithms.",
            arguments={"log_p": "logarithms of laws, shape (n, k)", "scores": "log joints, far below zero, (n, k)"},
            cases=_logs,
            form=_vector("a vector of shape (n,)", "log_p"),
            properties=(
                agrees("divergence", "it is the divergence, however small q is", _divergence, rtol=_SLACK,
                       because=_FLOAT64, hint="which exponentials can you avoid?"),
            ),
            right=(_divergence, lambda log_p, scores: (log_p.exp() * (log_p - scores)).sum(1) + scores.logsumexp(1)),
            near_misses={
                "clipped": (_clipped, "divergence"),
                "the other direction": (
                    lambda log_p, scores: calibration.kl_from_logs(scores.log_softmax(1), log_p), "divergence"),
                "q not normalised": (lambda log_p, scores: (log_p.exp() * (log_p - scores)).sum(1), "divergence"),
            },
        ),
    ),
    note="Which pairs stand out, and why, no program checks: compare the classifiers on the same images.",
)  # fmt: skip
