"""Statistical claims: true ones hold in every one of thousands of runs, wrong and unfounded ones do not."""

import json

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats

from mgai import claims, records, statistical
from mgai.claims import ClaimDefect, ClaimFailed
from mgai.settings import numpy_generator

META = {"item": "demo", "name": "one", "says": "a mean agrees", "route": "closed form"}


def claim(found, reference, rejects=None, **more):
    records._made.clear()
    if rejects is None:
        rejects = {"a slip": reference + 1.0}
    claims.statistical(found, reference, rejects=rejects, **(META | more))


def normal(label, shape):
    return numpy_generator(f"test_statistical {label}").standard_normal(shape)


# Draws with a known mean of zero or one, sizes at which the level is promised.
FAMILIES = {
    "normal": (lambda rng, n: rng.standard_normal(n), 0.0, 2000),
    "uniform": (lambda rng, n: rng.random(n), 0.5, 1000),
    "coin": (lambda rng, n: rng.random(n) < 0.3, 0.3, 5000),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0, 20_000),
    "Laplace": (lambda rng, n: rng.laplace(size=n), 0.0, 4000),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_true_statement_holds_in_every_replica(family):
    draw, mean, n = FAMILIES[family]
    rng = numpy_generator(f"test_statistical true {family}")
    for _ in range(2000 if n < 10_000 else 500):
        sample = draw(rng, n)
        estimate, error, size, quantile, _ = statistical._from_sample(np.asarray(sample))
        assert abs(estimate - mean) <= quantile * error and size == n


@pytest.mark.parametrize("family", FAMILIES)
def test_a_true_statement_is_published(family, recorded):
    draw, mean, n = FAMILIES[family]
    claim(draw(numpy_generator(f"test_statistical published {family}"), n), mean)
    (record,) = recorded
    assert record.passed and record.scope == f"statistical (n = {n}, level 1e-06)"
    assert record.detail["z"] < record.detail["tolerance"] / record.detail["standard_error"]
    json.dumps(record.as_json(), allow_nan=False)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_statement_wrong_by_twelve_standard_errors_fails(family):
    draw, mean, n = FAMILIES[family]
    for replica in range(20):
        sample = np.asarray(draw(numpy_generator(f"test_statistical wrong {family}", replica), n), float)
        wrong = mean + 12 * sample.std() / np.sqrt(n)
        with pytest.raises(ClaimFailed):
            claim(sample, wrong, {"a slip": wrong + 1.0})


def tail_of_exponential_means(side, quantile, n):
    """P(side * t > quantile) for exponential draws, by importance sampling, and its standard error."""
    rng = numpy_generator(f"test_statistical tail {side}")
    mean = 1 + side * quantile / np.sqrt(n)  # exponentials of this mean reach the tail half of the time
    samples = (rng.exponential(mean, n) for _ in range(4000))
    total, deviation = np.array([(sample.sum(), sample.std(ddof=1)) for sample in samples]).T
    student = np.sqrt(n) * (total / n - 1) / deviation
    weight = np.exp(n * np.log(mean) - total * (1 - 1 / mean)) * (side * student > quantile)
    return weight.mean(), weight.std() / np.sqrt(weight.size)


def test_true_statements_on_exponential_draws_stay_below_the_level():
    """At the smallest admitted size; the first Edgeworth term in place of the bound says about 8e-7."""
    n = int((2 * stats.norm.isf(statistical.LEVEL / 4) ** 3 / 3) ** 2) + 1
    quantile = stats.t.isf(statistical.LEVEL / 4, n - 1)
    low, high = (tail_of_exponential_means(side, quantile, n) for side in (-1, 1))
    assert low[0] > 3 * high[0]  # the asymmetry is there, and it is large
    assert low[0] + high[0] + 2 * np.hypot(low[1], high[1]) < statistical.LEVEL


@pytest.mark.parametrize("n", [30, 100, 300, 1000, 3000, 10_000, 30_000])
def test_coins_of_every_bias_stay_below_the_level(n):
    """The exact probability that a true statement on a coin is admitted and fails, by enumeration."""
    heads = np.arange(1, n)
    mean, variance = heads / n, heads / n * (1 - heads / n)
    quantile = stats.t.isf(statistical.LEVEL / 4, n - 1)
    skew, kurtosis = (1 - 2 * mean) / np.sqrt(variance), (1 - 6 * variance) / variance
    admitted = np.maximum((skew * quantile**3 / 3) ** 2, np.abs(kurtosis) * quantile**4 / 6) <= n
    for bias in np.linspace(0.01, 0.5, 50):
        fails = admitted & (np.abs(mean - bias) > quantile * np.sqrt(variance / (n - 1)))
        assert stats.binom.pmf(heads, n, bias)[fails].sum() <= statistical.LEVEL


def test_the_admission_rule_of_coins_is_the_one_used():
    for ones in (100, 300, 500):
        sample = np.repeat([1.0, 0.0], [ones, 1000 - ones])
        mean, variance = ones / 1000, ones / 1000 * (1 - ones / 1000)
        by_skew = ((1 - 2 * mean) / np.sqrt(variance) * 5.0**3 / 3) ** 2
        by_kurtosis = abs((1 - 6 * variance) / variance) * 5.0**4 / 6
        assert statistical._draws_for_normality(sample, 5.0) == pytest.approx(max(by_skew, by_kurtosis))


def test_quantiles_against_high_precision():
    """The tail probability of the quantile in use, by the incomplete beta and error functions of mpmath."""
    for n in (300, 2000):
        _, _, _, quantile, _ = statistical._from_sample(np.linspace(-1.7, 1.7, n))
        nu = n - 1
        two_tails = mpmath.betainc(mpmath.mpf(nu) / 2, 0.5, 0, nu / (nu + mpmath.mpf(quantile) ** 2), True)
        assert float(two_tails) == pytest.approx(statistical.LEVEL / 2, rel=1e-9)
    *_, quantile, _ = statistical._from_theory(0.0, 1.0, 10, "theory")
    assert float(mpmath.erfc(mpmath.mpf(quantile) / mpmath.sqrt(2))) == pytest.approx(1e-6, rel=1e-9)


@pytest.mark.parametrize("n", [1000, 100_000])
def test_heavy_tails_are_refused(n):
    for replica in range(20):
        rng = numpy_generator("test_statistical heavy", replica)
        for sample in (rng.standard_cauchy(n), rng.pareto(1.5, n)):
            with pytest.raises(ClaimDefect, match="heavy-tailed"):
                claim(sample, 0.0)


def test_too_few_draws_are_refused():
    for n in (0, 1, 29):
        with pytest.raises(ClaimDefect, match=r"at least 30 draws|empty"):
            claim(np.linspace(0, 1, n), 0.5)
    with pytest.raises(ClaimDefect, match=r"about .* draws are needed"):
        claim(numpy_generator("test_statistical few").exponential(size=1000), 1.0)


@pytest.mark.parametrize("sample", [np.zeros(100), np.full(100, 1e9), np.ones(50, bool)])
def test_zero_variance_is_refused(sample):
    with pytest.raises(ClaimDefect, match="zero variance"):
        claim(sample, float(sample[0]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_draws_are_finite(bad):
    with pytest.raises(ClaimDefect, match="not finite"):
        claim([*np.linspace(0, 1, 500), bad], 0.5)


def test_draws_are_real_and_in_one_dimension():
    with pytest.raises(ClaimDefect, match="complex"):
        claim(np.linspace(0, 1, 500) * 1j, 0.5)
    with pytest.raises(ClaimDefect, match="one-dimensional"):
        claim(np.linspace(0, 1, 500).reshape(2, 250), 0.5)
    with pytest.raises(ClaimDefect, match="one-dimensional"):
        claim(0.5, 0.5)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_tensors_with_a_gradient_are_samples(dtype):
    sample = torch.linspace(-1, 1, 2000, dtype=dtype).requires_grad_()
    claim(sample, 0.0)


def test_controls_lie_five_standard_errors_beyond_the_threshold():
    sample = normal("controls", 2000)
    error = sample.std(ddof=1) / np.sqrt(sample.size)
    border = stats.t.isf(2.5e-7, 1999) + 5
    claim(sample, 0.0, {"a slip": border * error * 1.001})
    for wrong in (border * error * 0.999, -9 * error, 0.0, np.inf, np.nan):
        with pytest.raises(ClaimDefect, match="the control 'a slip'"):
            claim(sample, 0.0, {"a slip": wrong})
    with pytest.raises(ClaimDefect, match="too small"):
        claim(sample, 0.0, {"good": 1.0, "a slip": error})


def test_controls_are_labelled_and_near():
    sample = 0.5 + normal("near", 2000)
    for rejects in ({}, {" ": 2.0}):
        with pytest.raises(ClaimDefect, match="rejects"):
            claim(sample, 0.5, rejects)
    with pytest.raises(ClaimDefect, match="near"):
        claim(sample, 0.5, {"absurd": 1e6})
    claim(sample, 0.5, {"absurd": 1e6, "twice": 1.0})


def test_an_estimate_with_a_standard_error_from_theory(recorded):
    theory = {"standard_error": 0.01, "n": 10_000, "because": "central limit theorem"}
    claim(0.504, 0.5, {"a slip": 0.7}, **theory)
    assert recorded[0].detail["tolerance"] == pytest.approx(0.01 * stats.norm.isf(5e-7))
    for found in (0.56, np.nan, np.inf):
        with pytest.raises(ClaimFailed):
            claim(found, 0.5, {"a slip": 0.7}, **theory)


@pytest.mark.parametrize(
    "theory",
    [
        {"standard_error": 0.0, "n": 10, "because": "theory"},
        {"standard_error": -1.0, "n": 10, "because": "theory"},
        {"standard_error": np.nan, "n": 10, "because": "theory"},
        {"standard_error": np.inf, "n": 10, "because": "theory"},
        {"standard_error": 0.01, "because": "theory"},
        {"standard_error": 0.01, "n": 0, "because": "theory"},
        {"standard_error": 0.01, "n": 10},
        {"standard_error": 0.01, "n": 10, "because": " "},
    ],
)
def test_theory_is_stated_in_full(theory):
    with pytest.raises(ClaimDefect, match=r"standard_error|n is missing|because"):
        claim(0.5, 0.5, **theory)


def test_a_reference_that_is_nan_is_never_met():
    with pytest.raises((ClaimDefect, ClaimFailed)):
        claim(normal("nan", 2000), np.nan, {"a slip": 1.0})


def observe(value=1.0, **more):
    record = {
        "item": "demo",
        "name": "seen",
        "says": "it was seen",
        "n": 3,
        "interval": (0.5, 1.5),
        "seeds": [0, 1],
    }
    claims.observe(value, **(record | more))


def test_observations_are_recorded_and_never_gate(recorded, capsys):
    observe(torch.tensor(0.25), unit="s")
    observe(np.arange(1000.0), name="long", seeds=range(2), interval=None)
    assert [record.passed for record in recorded] == [True, True]
    assert capsys.readouterr().out.splitlines()[0] == "○ observed: it was seen: 0.25 (n = 3, 0.5 to 1.5 s; seeds 0, 1)"
    stored = [record.as_json() for record in recorded]
    assert stored[0]["found"] == 0.25 and stored[0]["detail"]["interval"] == [0.5, 1.5]
    assert len(json.dumps(stored, allow_nan=False)) < 3000


@pytest.mark.parametrize("bad", [{"n": 0}, {"n": -1}, {"interval": (2.0, 1.0)}, {"interval": (np.nan, 1.0)}])
def test_observations_are_well_formed(bad):
    with pytest.raises(ClaimDefect):
        observe(**bad)
