r"""Checks answers to ``kaist-02``: rank and energy, storage, principal directions, missing entries predicted."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, integer, number
from mgai.linear_algebra import low_rank, matrix_factorization
from mgai.linear_algebra import principal_directions as pd
from mgai.linear_algebra.completion_objective import largest_penalty
from mgai.tasks import Part, Property, Task, agrees, exceeds

_SLACK = 1e-9  # of the energy, of the largest variance: far above rounding in float64, far below a slip
_FLOAT64 = "rounding in float64, with room for every stable algorithm"
_PREDICTED = 0.05  # relative error on the hidden entries; the noise-free entries seen determine them


def _draw(label: str, *shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=settings.generator(f"grading/kaist-02/{label}"))


def _matrices() -> list[Tensor]:
    """Values out of order, tall, wide, one row, one column, a large mean, rank one."""
    small = torch.tensor([[1.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 2.0]], dtype=torch.float64)
    row, tall, wide = _draw("row", 1, 4), _draw("tall", 12, 5), _draw("wide", 4, 9)
    return [small, row, row.mT, tall, wide, _draw("mean", 9, 6) + 3, _draw("u", 7, 1) @ _draw("v", 1, 5)]


def _energies() -> list[dict[str, Any]]:
    return [{"a": a, "threshold": t} for a in _matrices() for t in (0.9, 0.5, 0.99)]


def _kept(a: Tensor, k: int) -> float:
    """The part of the energy that the k leading singular values hold, from the matrix rebuilt."""
    vh = torch.linalg.svd(a, full_matrices=False)[2]
    return 1 - float(low_rank.rebuilt_errors(a, vh, [k])[0]) ** 2


def _in_range(k: int, a: Tensor, threshold: float) -> str:
    return "" if 0 <= k <= min(a.shape) else "the matrix has not so many"


def _enough(k: int, a: Tensor, threshold: float) -> str:
    kept = _kept(a, min(max(k, 0), min(a.shape)))
    return "" if kept >= threshold - _SLACK else f"so many values hold only {kept:.3f} of the energy"


def _smallest(k: int, a: Tensor, threshold: float) -> str:
    fewer = _kept(a, min(max(k - 1, 0), min(a.shape)))
    return "fewer values hold as much" if k > 0 and fewer >= threshold + _SLACK else ""


def _ranks() -> list[dict[str, Any]]:
    return [{"a": a, "k": k} for a in _matrices()[:1] + _matrices()[3:6] for k in (1, 2, 0)]


def _error(a: Tensor, k: int) -> Tensor:
    return low_rank.rebuilt_errors(a, torch.linalg.svd(a, full_matrices=False)[2], [k])[0]


def _numbers_counted(m: int, n: int, k: int) -> int:
    return sum(part.numel() for part in low_rank.truncated_svd(torch.zeros(m, n), k))


def _samples() -> list[dict[str, Tensor]]:
    small = torch.tensor([[3.0, 1.0], [3.0, -1.0], [6.0, 0.0]], dtype=torch.float64)
    return [{"x": small}, {"x": _draw("samples", 20, 4) + 5}, {"x": _draw("few", 4, 6) + 1}]


def _library_covariance(x: Tensor) -> Tensor:
    return torch.cov(x.mT)


def _mirrored(c: Tensor, x: Tensor) -> str:
    off = float((c - c.mT).abs().max() / c.abs().max().clamp_min(1e-300))
    return exceeds("the largest difference of mirrored entries, relative to the largest entry,", off, _SLACK)


def _directions() -> list[dict[str, Any]]:
    return [case | {"k": k} for case, k in zip(_samples(), (2, 3, 2), strict=True)]


def _orthonormal(v: Tensor, x: Tensor, k: int) -> str:
    off = float((v @ v.mT - torch.eye(k, dtype=v.dtype)).abs().max())
    return exceeds("the largest deviation of an inner product from 0 or 1", off, _SLACK)


def _eigenvectors(v: Tensor, x: Tensor, k: int) -> str:
    c, unit = _library_covariance(x), v / v.norm(dim=1, keepdim=True).clamp_min(1e-300)
    left = unit @ c - ((unit @ c) * unit).sum(dim=1, keepdim=True) * unit
    worst = float(left.norm(dim=1).max() / torch.linalg.matrix_norm(c, 2))
    return exceeds("the largest part of Cv across v, relative to the largest variance,", worst, _SLACK)


def _variances(v: Tensor, x: Tensor) -> Tensor:
    return ((v @ _library_covariance(x)) * v).sum(dim=1) / v.square().sum(dim=1).clamp_min(1e-300)


def _descending(v: Tensor, x: Tensor, k: int) -> str:
    found = _variances(v, x)
    rise = float((found[1:] - found[:-1]).max() / found.abs().max())
    return exceeds("the largest rise from one variance to the next, relative to the largest,", rise, _SLACK)


def _leading(v: Tensor, x: Tensor, k: int) -> str:
    most = torch.linalg.eigvalsh(_library_covariance(x)).flip(0)[:k].sum()
    lost = float(1 - _variances(v, x).sum() / most)
    return exceeds("the part of the attainable variance that the directions miss", lost, _SLACK)


def _hidden(m: int, n: int, rank: int) -> Tensor:
    return _draw(f"u/{m}/{rank}", m, rank) @ _draw(f"v/{n}/{rank}", n, rank).mT


def _incomplete() -> list[dict[str, Any]]:
    cases = []
    for m, n, rank in ((12, 10, 1), (30, 30, 2)):
        seen = torch.rand(m, n, generator=settings.generator(f"grading/kaist-02/seen/{m}")) < 0.6
        cases.append({"a": torch.where(seen, _hidden(m, n, rank), 0.0), "observed": seen, "rank": rank})
    return cases


def _rank(z: Tensor, a: Tensor, observed: Tensor, rank: int) -> str:
    s = torch.linalg.svdvals(z)
    return exceeds("the next singular value over the largest", float(s[rank] / s[0].clamp_min(1e-300)), 1e-6)


def _predicted(z: Tensor, a: Tensor, observed: Tensor, rank: int) -> str:
    truth = _hidden(*a.shape, rank)[~observed]
    off = float((z[~observed] - truth).norm() / truth.norm())
    return exceeds("the relative error on the hidden entries", off, _PREDICTED)


def _by_factors(a: Tensor, observed: Tensor, rank: int) -> Tensor:
    ridge = 1e-8 * largest_penalty(a, observed)
    u, v = matrix_factorization.alternating_least_squares(a, observed, rank, ridge, 300)
    return u @ v.mT


def _directions_by(route: Any, take: slice = slice(None)) -> Any:
    return lambda x, k: route(x)[1][take][:k]


TASK = Task(
    "kaist-02",
    (
        Part(
            "rank-for-energy",
            asks="The smallest number k of singular values that hold at least a given part of the energy.",
            arguments={"a": "matrix of shape (m, n), samples in rows, not centred", "threshold": "that part, 0 to 1"},
            cases=_energies,
            form=integer("a whole number k"),
            properties=(
                Property("range", "k is not negative, and there are so many singular values", _in_range),
                Property("enough", "k singular values hold at least the part asked for", _enough,
                         hint="the energy is a sum of squares; take the largest values first"),
                Property("smallest", "no fewer values do", _smallest,
                         hint="of which matrix did you take singular values, and did you square them?"),
            ),
            right=(
                lambda a, threshold: low_rank.energy_rank(torch.linalg.svdvals(a), threshold),
                lambda a, threshold: 1 + int((torch.linalg.svdvals(a).square().cumsum(0)
                                              < (threshold - 1e-12) * a.square().sum()).sum()),
            ),
            near_misses={
                "not squared": (lambda a, threshold: low_rank.energy_rank(torch.linalg.svdvals(a).sqrt(), threshold),
                                "smallest"),
                "one less": (lambda a, threshold: low_rank.energy_rank(torch.linalg.svdvals(a), threshold) - 1,
                             "enough"),
                "one more": (lambda a, threshold: low_rank.energy_rank(torch.linalg.svdvals(a), threshold) + 1,
                             "range"),
                "all of them": (lambda a, threshold: min(a.shape), "smallest"),
                "centred first": (lambda a, threshold: low_rank.energy_rank(torch.linalg.svdvals(a - a.mean(0)),
                                                                            threshold), "enough"),
                "eigenvalues of the Gram matrix squared again": (
                    lambda a, threshold: low_rank.energy_rank(torch.linalg.svdvals(a).square(), threshold), "enough"),
            },
        ),
        Part(
            "relative-error",
            asks="Question 1, what is lost: the Frobenius norm of A - A_k over that of A, for the best A_k of rank k.",
            arguments={"a": "matrix of shape (m, n)", "k": "the rank, from 0 to min(m, n)"},
            cases=_ranks,
            form=number("a number from 0 to 1"),
            properties=(
                agrees("error", "it is the error of the best matrix of rank k", _error, atol=_SLACK, because=_FLOAT64,
                       hint="the singular values that are left out make up the error"),
            ),
            right=(
                lambda a, k: low_rank.relative_errors(torch.linalg.svdvals(a))[k],
                lambda a, k: (a - low_rank.low_rank_approximation(a, k)).norm() / a.norm(),
            ),
            near_misses={
                "the part of the energy, not its root":
                (lambda a, k: low_rank.relative_errors(torch.linalg.svdvals(a))[k] ** 2, "error"),
                "the spectral norm": (lambda a, k: torch.linalg.svdvals(a)[k] / torch.linalg.svdvals(a)[0], "error"),
                "what is kept": (lambda a, k: torch.linalg.svdvals(a)[:k].norm() / a.norm(), "error"),
                "one value early": (lambda a, k: low_rank.relative_errors(torch.linalg.svdvals(a))[max(k - 1, 0)],
                                    "error"),
            },
        ),
        Part(
            "stored-numbers",
            asks="Question 1, what it costs: how many numbers a truncated SVD of rank k stores, as two factors and "
            "k singular values.",
            arguments={"m": "rows", "n": "columns", "k": "the rank"},
            cases=lambda: [{"m": 3, "n": 2, "k": 1}, {"m": 50, "n": 70, "k": 9}, {"m": 4, "n": 4, "k": 4}],
            form=integer("a whole number"),
            properties=(
                agrees("count", "it counts every stored number", _numbers_counted, because="counts: exact",
                       hint="write down the shapes of the three"),
            ),
            right=(low_rank.stored_numbers, lambda m, n, k: k * (m + n + 1)),
            near_misses={
                "singular values forgotten": (lambda m, n, k: k * (m + n), "count"),
                "a k × k matrix in the middle": (lambda m, n, k: k * (m + n + k), "count"),
                "degrees of freedom": (lambda m, n, k: k * (m + n - k), "count"),
            },
        ),
        Part(
            "covariance",
            asks="Question 2: the sample covariance matrix of the features, in terms of the data matrix.",
            arguments={"x": "matrix of shape (N, D), samples in rows"},
            cases=_samples,
            form=array("a matrix of shape (D, D)", lambda x: (x.shape[1], x.shape[1])),
            properties=(
                Property("symmetric", "it is symmetric", _mirrored),
                agrees("entries", "every entry is an unbiased covariance", _library_covariance, rtol=_SLACK,
                       because=_FLOAT64, hint="what is subtracted first, and what is it divided by?"),
            ),
            right=(pd.covariance, lambda x: pd.centred(x).mT @ pd.centred(x) / (len(x) - 1)),
            near_misses={
                "divided by N": (lambda x: pd.covariance(x) * (len(x) - 1) / len(x), "entries"),
                "not centred": (lambda x: x.mT @ x / (len(x) - 1), "entries"),
                "samples taken for features": (lambda x: torch.cov(x), "form"),
                "correlations": (lambda x: torch.corrcoef(x.mT), "entries"),
                "one triangle only": (lambda x: pd.covariance(x).triu(), "symmetric"),
            },
        ),
        Part(
            "principal-directions",
            asks="Question 2: the k directions of largest variance, by whichever route you prefer; signs are free.",
            arguments={"x": "matrix of shape (N, D), samples in rows, not centred", "k": "how many, at most D"},
            cases=_directions,
            form=array("a matrix of shape (k, D), one direction a row", lambda x, k: (k, x.shape[1])),
            properties=(
                Property("orthonormal", "the directions have length 1 and are orthogonal", _orthonormal),
                Property("eigenvectors", "each is an eigenvector of the covariance matrix C", _eigenvectors,
                         hint="where does the cloud of samples have its centre?"),
                Property("descending", "the variances along them do not rise", _descending,
                         hint="in which order does your routine return eigenvalues?"),
                Property("leading", "no other k directions hold more variance", _leading),
            ),
            right=(
                _directions_by(pd.directions_by_covariance),
                lambda x, k: -pd.directions_by_svd(pd.centred(x))[1][:k],
                lambda x, k: torch.linalg.eigh(torch.cov(x.mT))[1].mT.flip(0)[:k],
            ),
            near_misses={
                "not centred": (_directions_by(pd.directions_by_gram), "eigenvectors"),
                "ascending": (lambda x, k: pd.directions_by_covariance(x)[1][:k].flip(0), "descending"),
                "the smallest": (lambda x, k: torch.linalg.eigh(torch.cov(x.mT))[1].mT[:k], "leading"),
                "scaled by the deviation": (
                    lambda x, k: (lambda s, v: (s[:, None] * v)[:k])(*pd.directions_by_covariance(x)), "orthonormal"),
                "columns for rows": (lambda x, k: pd.directions_by_covariance(x)[1].mT[:k], "eigenvectors"),
            },
        ),
        Part(
            "predict",
            asks="The living book's exercise: predict the missing entries of a matrix of known rank from the others.",
            arguments={"a": "matrix of shape (m, n), zero where not observed", "observed": "the same shape, true where "
                       "an entry is known", "rank": "the rank of the whole matrix"},
            cases=_incomplete,
            form=array("the whole matrix, of shape (m, n)", lambda a, observed, rank: a.shape),
            properties=(
                Property("rank", "the answer has the rank asked for, up to one part in a million", _rank),
                Property("prediction", "the hidden entries are found within 5 %", _predicted,
                         hint="zeros are not data: fill in what you would guess, then guess again"),
            ),
            right=(_by_factors,),
            near_misses={
                "zeros taken for data": (lambda a, observed, rank: low_rank.low_rank_approximation(a, rank),
                                         "prediction"),
                "rescaled, not repeated": (
                    lambda a, observed, rank: low_rank.low_rank_approximation(a / observed.double().mean(), rank),
                    "prediction"),
                "nothing filled in": (lambda a, observed, rank: a, "rank"),
            },
        ),
    ),
    note="Question 2 also asks why; no program checks an explanation.",
)  # fmt: skip
