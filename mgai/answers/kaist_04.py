"""Checks answers to ``kaist-04``: the trajectory, the regression for the rate, and where noise draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mgai import settings
from mgai.answer_forms import array, number
from mgai.calculus.damped_response import solution
from mgai.calculus.damping_rate import central_differences, estimate_rate, forward_differences, integral_form
from mgai.calculus.damping_rate_error import limiting_rate
from mgai.calculus.damping_rate_references import integrated_solution
from mgai.tasks import Part, Property, Task, agrees, exceeds


def _trajectories() -> list[dict[str, Any]]:
    t = torch.linspace(0, 3, 7, dtype=torch.float64)
    return [{"gamma": gamma, "start": start, "t": t} for gamma, start in ((1.0, 0.0), (0.3, 2.0), (4.0, -1.0))]


def _solves(x: Tensor, gamma: float, start: float, t: Tensor) -> str:
    apart = np.abs(x.numpy() - integrated_solution(gamma, start, t)).max()
    return exceeds("the deviation from a numerical solution", float(apart), 1e-8)


def _rates_and_values() -> list[dict[str, Tensor]]:
    rng = settings.generator("grading/kaist-04")
    cases = []
    for n in (2, 5, 40):
        t, x, error = torch.rand(3, n, dtype=torch.float64, generator=rng)
        cases.append({"t": 3 * t, "x": x - 0.3, "slope": -2 * (x - 0.3) + torch.cos(6 * t) + 0.1 * (error - 0.5)})
    return cases


def _least_squares(t: Tensor, x: Tensor, slope: Tensor) -> float:
    response = (slope - torch.cos(2 * t)).numpy()
    return -float(np.linalg.lstsq(x.numpy()[:, None], response, rcond=None)[0][0])


def _samplings() -> list[dict[str, float]]:
    return [{"gamma": 1.0, "n": 51, "h": 0.1, "noise": 0.1}, {"gamma": 3.0, "n": 400, "h": 0.01, "noise": 0.3}]


def _limit(gamma: float, n: int, h: float, noise: float) -> float:
    t = h * torch.arange(n, dtype=torch.float64)
    return limiting_rate(forward_differences(t), solution(gamma, 1.0, t), noise)


def _parts(gamma: float, n: int, h: float) -> tuple[float, float]:
    """The mean square of the regressors and the estimate without noise."""
    t = h * torch.arange(n, dtype=torch.float64)
    x = solution(gamma, 1.0, t)
    return float(x[:-1].square().mean()), float(estimate_rate(forward_differences(t), x))


def _by_hand(gamma: float, n: int, h: float, noise: float) -> float:
    s, clean = _parts(gamma, n, h)
    return (s * clean + noise**2 / h) / (s + noise**2)


def _attenuated(gamma: float, n: int, h: float, noise: float) -> float:
    s, clean = _parts(gamma, n, h)
    return s * clean / (s + noise**2)


def _data() -> list[dict[str, Tensor]]:
    rng = settings.generator("grading/kaist-04/data")
    cases = []
    for gamma, start in ((1.0, 1.0), (0.5, 2.0)):
        t = torch.linspace(0, 5, 51, dtype=torch.float64)
        z = torch.randn(51, dtype=torch.float64, generator=rng).clamp(-3, 3)
        cases.append({"t": t, "y": solution(gamma, start, t) + 0.002 * z, "start": torch.tensor(start)})
    return cases


_SAMPLES: Mapping[str, str] = {"t": "vector of times", "x": "values", "slope": "rates of change"}


def _near(rate: float, t: Tensor, y: Tensor, start: Tensor) -> str:
    """A sound estimate leaves the errors, about 0.002; the root mean square of 51 of them is far below 0.0055."""
    fitted = solution(rate, float(start), t)
    return exceeds("the root mean square distance of your trajectory from the samples",
                   float((y - fitted).square().mean().sqrt()), 0.0055)  # fmt: skip


TASK = Task(
    "kaist-04",
    (
        Part(
            "regression",
            asks="The least-squares rate γ in slope = -γ x + cos 2t, from times, values and rates of change.",
            arguments=_SAMPLES,
            form=number("a rate"),
            cases=_rates_and_values,
            properties=(
                agrees("least-squares", "no other rate leaves a smaller sum of squares", _least_squares, rtol=1e-9,
                       hint="the forcing is known: take it to the other side first"),
            ),
            right=(lambda t, x, slope: -(x @ (slope - torch.cos(2 * t))) / (x @ x),),
            near_misses={
                "the sign": (lambda t, x, slope: (x @ (slope - torch.cos(2 * t))) / (x @ x), "least-squares"),
                "the forcing forgotten": (lambda t, x, slope: -(x @ slope) / (x @ x), "least-squares"),
                "the mean of the quotients":
                    (lambda t, x, slope: -((slope - torch.cos(2 * t)) / x).mean(), "least-squares"),
            },
        ),
        Part(
            "trajectory",
            asks="The solution of x' = -γ x + cos 2t at the times t.",
            arguments={"gamma": "a rate", "start": "the value at time 0", "t": "vector of times"},
            form=array("as many values as times", lambda gamma, start, t: tuple(t.shape)),
            cases=_trajectories,
            properties=(
                Property("equation", "it is what a numerical solver finds", _solves,
                         hint="a multiple of cos 2t, one of sin 2t, and an exponential that meets the start"),
            ),
            right=(solution,),
            near_misses={
                "the start not corrected": (
                    lambda gamma, start, t: solution(gamma, start + gamma / (gamma**2 + 4), t), "equation"),
                "without the transient": (
                    lambda gamma, start, t:
                    (gamma * torch.cos(2 * t) + 2 * torch.sin(2 * t)) / (gamma**2 + 4), "equation"),
            },
        ),
        Part(
            "estimate",
            asks="An estimate of γ from samples y at times t with errors of about 0.002; the start is known.",
            arguments={"t": "51 times from 0 to 5", "y": "samples", "start": "the value at time 0"},
            form=number("a rate"),
            cases=_data,
            properties=(
                Property("fits", "the trajectory with your rate fits the samples", _near,
                         hint="forward differences at steps of 0.1 are off by a tenth; use integrals or central ones"),
            ),
            right=(
                lambda t, y, start: estimate_rate(integral_form(t), y),
                lambda t, y, start: estimate_rate(central_differences(t), y),
            ),
            near_misses={"forward differences": (lambda t, y, start: estimate_rate(forward_differences(t), y), "fits")},
        ),
        Part(
            "limit",
            asks="Forward differences of n samples at steps h from time 0, start 1, errors as given. u: the samples but"
                 " the last, v: their differences over h, less cos 2t. Minus the mean of uᵀv over that of uᵀu.",
            arguments={"gamma": "a rate", "n": "samples", "h": "the step", "noise": "standard deviation of the errors"},
            form=number("a rate"),
            cases=_samplings,
            properties=(
                agrees("means", "it is the quotient of the two means", _limit, rtol=1e-9,
                       hint="the error of a sample stands in the regressor and in the difference"),
            ),
            right=(_by_hand,),
            near_misses={"the correlation forgotten": (_attenuated, "means")},
        ),
    ),
    note="Questions 1 and 2 ask for explanations; the limit is what question 1 turns on.",
)  # fmt: skip
