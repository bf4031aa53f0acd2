"""Paired tests of confusions and Holm's correction: counts by loops, SciPy, closed testing, the error rate."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from sklearn.metrics import confusion_matrix

from mgai.information import naive_bayes_references as references
from mgai.information import paired_tests
from mgai.settings import generator


def draws(n=300, k=4):
    return torch.randint(k, (3, n), generator=generator("test/paired"))


def test_confusions_are_the_library_s():
    labels, first, _ = draws()
    np.testing.assert_array_equal(paired_tests.confusions(labels, first, 4), confusion_matrix(labels, first))


def test_discordant_counts_are_those_of_a_loop():
    labels, first, second = draws()
    only_first, only_second = paired_tests.discordant(labels, first, second, 4)
    rows = list(zip(*draws().tolist(), strict=True))
    for a in range(4):
        for b in range(4):
            assert only_first[a, b] == sum(t == a and u == b and v != b for t, u, v in rows)
            assert only_second[a, b] == sum(t == a and v == b and u != b for t, u, v in rows)


def test_p_values_count_outcomes():
    m, k = torch.cartesian_prod(torch.arange(1, 12), torch.arange(12)).T
    np.testing.assert_allclose(paired_tests.paired_p_values(m, k), references.counted_p_values(m, k), rtol=1e-12)
    assert float(paired_tests.paired_p_values(torch.tensor(0), torch.tensor(0))) == 1


@given(strategies.lists(strategies.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_closed_testing(values):
    p = torch.tensor(values, dtype=torch.float64)
    torch.testing.assert_close(paired_tests.holm(p), references.closed_testing(p))


def test_false_rejections_are_rare():
    p = torch.rand(2000, 20, dtype=torch.float64, generator=generator("test/paired/null"))
    share = torch.stack([paired_tests.holm(row).min() <= 0.05 for row in p]).double().mean()
    assert float(share) < 0.05 + 6 * (0.05 * 0.95 / 2000) ** 0.5


ONE = torch.tensor([1])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: paired_tests.confusions(ONE, torch.tensor([1, 1]), 2), "labels and predicted must match"),
        (lambda: paired_tests.confusions(ONE, 5 * ONE, 2), "between 0 and 1"),
        (lambda: paired_tests.paired_p_values(-ONE, ONE), "must be counts"),
        (lambda: paired_tests.paired_p_values(ONE, torch.tensor([1, 1])), "must be counts"),
        (lambda: paired_tests.holm(torch.tensor([])), "p_values must be"),
        (lambda: paired_tests.holm(torch.tensor([1.5])), "p_values must be"),
        (lambda: paired_tests.holm(torch.tensor([torch.nan])), "p_values must be"),
    ],
)
def test_bad_input_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
