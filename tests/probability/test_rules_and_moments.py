"""Joint tables and moments: counting, NumPy and SciPy as references; laws of variances; bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays
from scipy import stats

from mgai.probability import exact_laws
from mgai.probability import rules_and_moments as rules
from mgai.settings import generator

DOUBLE = torch.float64


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/rules/{label}"))


def law(label, *shape):
    weights = torch.rand(*shape, dtype=DOUBLE, generator=generator(f"test/rules/{label}"))
    return weights / weights.sum()


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_marginals_of_three_variables_agree_with_numpy(axis):
    joint = law("three", 2, 3, 4)
    others = tuple(k for k in range(3) if k != axis % 3)
    np.testing.assert_allclose(rules.marginal(joint, axis).numpy(), joint.numpy().sum(axis=others), rtol=1e-15)


def test_marginal_of_one_variable_is_a_copy():
    joint = law("one", 4)
    alone = rules.marginal(joint, 0)
    assert alone.equal(joint) and alone.data_ptr() != joint.data_ptr()


def test_bayes_turns_one_conditional_into_the_other():
    joint = law("bayes", 4, 3)
    columns = (joint / joint.sum(0)).numpy()
    found = rules.posterior(rules.marginal(joint, 0), rules.conditional(joint))
    np.testing.assert_allclose(found.numpy(), columns, rtol=1e-13)
    updated = rules.posterior(found[:, 0], rules.conditional(joint)[:, [1]])  # today's posterior is tomorrow's prior
    both = rules.posterior(
        rules.marginal(joint, 0), rules.conditional(joint)[:, [0]] * rules.conditional(joint)[:, [1]]
    )
    np.testing.assert_allclose(updated.numpy(), both.numpy(), rtol=1e-13)


def test_zero_cases_of_the_prior_stay_zero():
    found = rules.posterior(torch.tensor([0.0, 1.0]), torch.tensor([[1.0], [0.25]]))
    assert found.tolist() == [[0.0], [1.0]] and found.dtype == torch.float32


@given(arrays(np.float64, (3,), elements=strategies.floats(0.1, 1)), strategies.integers(2, 4))
def test_products_of_marginals_are_independent(weights, n):
    x = torch.from_numpy(weights / weights.sum())
    y = law("columns", n)
    assert float(rules.independence_gap(torch.outer(x, y))) < 1e-15
    mixed = 0.5 * torch.outer(x, y)
    mixed[0, 0] += 0.5
    assert float(rules.independence_gap(mixed)) > 1e-3


def test_moments_agree_with_scipy():
    values, p = draws("values", 6), law("moments", 6)
    variable = stats.rv_discrete(values=(range(6), p.numpy()))
    mean = variable.expect(lambda k: values.numpy()[k.astype(int)])
    square = variable.expect(lambda k: values.numpy()[k.astype(int)] ** 2)
    assert float(rules.expectation(values, p)) == pytest.approx(mean, rel=1e-12)
    assert float(rules.covariance(values[:, None], values[:, None], p)) == pytest.approx(square - mean**2, rel=1e-9)


def test_expectation_keeps_the_shape_of_values():
    values, p = draws("matrices", 5, 2, 3), law("shape", 5)
    np.testing.assert_allclose(rules.expectation(values, p).numpy(), np.einsum("n,nij->ij", p, values), rtol=1e-13)


def test_covariance_is_bilinear_and_ignores_shifts():
    x, y, p = draws("x", 7, 3), draws("y", 7, 2), law("p", 7)
    a, b = draws("a", 4, 3), draws("b", 2, 2)
    found = rules.covariance(x @ a.T + 1, y @ b.T - 2, p)
    np.testing.assert_allclose(found.numpy(), (a @ rules.covariance(x, y, p) @ b.T).numpy(), atol=1e-13)
    np.testing.assert_allclose(rules.covariance(y, x, p).numpy(), rules.covariance(x, y, p).T.numpy(), atol=1e-15)
    assert not rules.covariance(x[:1], x[:1], torch.ones(1, dtype=DOUBLE)).any()


def test_covariance_survives_a_large_mean():
    x, p = torch.tensor([[1e8], [1e8 + 2]], dtype=DOUBLE), torch.tensor([0.5, 0.5], dtype=DOUBLE)
    assert float(rules.covariance(x, x, p)) == 1.0


def test_variance_of_a_sum_reads_what_is_above_the_diagonal():
    a, x, p = draws("coefficients", 4), draws("atoms", 9, 4), law("atoms", 9)
    var = rules.covariance(x, x, p)
    expected = float(a @ var @ a)
    assert float(rules.weighted_sum_variance(a, var)) == pytest.approx(expected, rel=1e-12)
    assert float(rules.weighted_sum_variance(a, var.triu())) == pytest.approx(expected, rel=1e-12)
    assert float(rules.weighted_sum_variance(a[:1], var[:1, :1])) == pytest.approx(float(a[0] ** 2 * var[0, 0]))


@pytest.mark.parametrize(
    ("cdf", "lower", "upper", "breaks", "mean"),
    [
        (lambda t: stats.beta(2, 3).cdf(t), 0.0, 1.0, (), 0.4),
        (lambda t: float(t >= 2), 1.0, 4.0, (2.0,), 2.0),
        (lambda t: 0.25 * (t >= -1) + 0.75 * (t >= 3), -2.0, 3.0, (-1.0,), 2.0),
        (lambda t: float(stats.norm.cdf(t)) if t < 1 else 1.0, -12.0, 1.0, (), None),
    ],
)
def test_means_of_distribution_functions(cdf, lower, upper, breaks, mean):
    if mean is None:  # min(Z, 1): density up to 1 and an atom there
        mean = stats.norm.sf(1) - stats.norm.pdf(1)
    assert rules.mean_from_distribution_function(cdf, lower, upper, breaks) == pytest.approx(mean, abs=1e-10)


def test_laws_of_large_size_pass_in_single_precision():
    rules.check_law(torch.full((3000,), 1 / 3000), "p")


@pytest.mark.bad_input
def test_bad_input_is_named():
    half = torch.tensor([0.5, 0.5])
    for joint, error, message in (
        (torch.tensor([[0.5, 0.4]]), ValueError, "joint sums to 0.9"),
        (torch.tensor([[1.5, -0.5]]), ValueError, "joint has negative"),
        (torch.tensor([[1, 0]]), TypeError, "joint must be"),
        (torch.tensor([[float("nan"), 1.0]]), ValueError, "joint has entries"),
        (torch.zeros(0, 2), ValueError, "joint must have shape"),
        ([[1.0]], TypeError, "joint must be"),
    ):
        for function in (rules.conditional, rules.independence_gap):
            with pytest.raises(error, match=message):
                function(joint)
    with pytest.raises(ValueError, match="axis=2"):
        rules.marginal(torch.tensor([[1.0]]), 2)
    with pytest.raises(ValueError, match="at least one axis"):
        rules.marginal(torch.tensor(1.0), 0)
    with pytest.raises(ValueError, match="value of X the probability 0"):
        rules.conditional(torch.tensor([[0.0, 0.0], [0.5, 0.5]]))
    with pytest.raises(ValueError, match="prior must have shape"):
        rules.posterior(half[:, None], torch.ones(2, 1))
    with pytest.raises(ValueError, match="likelihood must have shape"):
        rules.posterior(half, torch.ones(3, 1))
    with pytest.raises(ValueError, match="likelihood must lie"):
        rules.posterior(half, torch.full((2, 1), 1.5))
    with pytest.raises(ValueError, match="no posterior"):
        rules.posterior(half, torch.zeros(2, 1))


@pytest.mark.bad_input
def test_bad_moments_are_named():
    half = torch.tensor([0.5, 0.5])
    with pytest.raises(ValueError, match="values must have shape"):
        rules.expectation(torch.zeros(3), half)
    with pytest.raises(TypeError, match="values must be"):
        rules.expectation([1.0, 2.0], half)
    with pytest.raises(ValueError, match="probabilities sums to 2"):
        rules.expectation(torch.zeros(2), 2 * half)
    with pytest.raises(ValueError, match="y must have shape"):
        rules.covariance(torch.zeros(2, 1), torch.zeros(3, 1), half)
    with pytest.raises(ValueError, match="variance must have shape"):
        rules.weighted_sum_variance(half, torch.zeros(2, 3))
    with pytest.raises(ValueError, match="lower=1"):
        rules.mean_from_distribution_function(lambda t: 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="at upper=1"):
        rules.mean_from_distribution_function(lambda t: t / 2, 0.0, 1.0)


def test_tables_are_all_and_each_once():
    tables = exact_laws.all_tables(2, 2, 5)
    assert len({tuple(table.flatten().tolist()) for table in tables}) == len(tables) == 56
    assert (tables >= 0).all() and (tables.sum((1, 2)) == 5).all()
    assert exact_laws.all_weights(1, 3).tolist() == [[3]]


def test_counting_agrees_with_the_table():
    table = torch.tensor([[1, 2, 0], [0, 3, 2]])
    space = exact_laws.outcomes(table)
    assert len(space) == 8
    found = exact_laws.cell_frequencies(space, 1, 1)
    assert {key: str(value) for key, value in found.items()} == {
        "x, y": "3/8", "x": "5/8", "y": "5/8", "y | x": "3/5", "x | y": "3/5",
    }  # fmt: skip
    assert "y | x" not in exact_laws.cell_frequencies([(0, 0)], 1, 0)


def test_exact_variance_agrees_with_numpy_where_numpy_is_accurate():
    sample = draws("exact", 20)
    assert float(exact_laws.exact_variance(sample.tolist())) == pytest.approx(np.var(sample.numpy()), rel=1e-13)


@pytest.mark.bad_input
def test_bad_laws_are_named():
    for arguments in ((0, 3), (3, 0), (30, 30)):
        with pytest.raises(ValueError, match="n_atoms"):
            exact_laws.all_weights(*arguments)
    for weights in (torch.tensor([-1, 2]), torch.tensor([0, 0])):
        with pytest.raises(ValueError, match="weights"):
            exact_laws.outcomes(weights)
    with pytest.raises(ValueError, match="given holds for no outcome"):
        exact_laws.frequency([(0,)], lambda o: True, lambda o: False)
    for sample in ([], [1.0, float("nan")], [float("inf")]):
        with pytest.raises(ValueError, match="sample must hold"):
            exact_laws.exact_variance(sample)
