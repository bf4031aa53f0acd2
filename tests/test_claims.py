"""Inequalities, enumerations and refutations: what passes, what fails, what is refused.

Equalities, with everything that concerns comparing numbers, are in ``test_comparison.py``.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import claims, records
from mgai.claims import ClaimDefect, ClaimFailed

META = {"item": "demo", "name": "one", "says": "a plain statement"}
ROUTED = META | {"route": "closed form"}


def at_most(left, right, rejects=None, **more):
    rejects = {"violated": (np.add(right, 1.0), right)} if rejects is None else rejects
    claims.at_most(left, right, rejects=rejects, **(ROUTED | more))


def test_an_inequality_shows_its_margin(recorded, capsys):
    at_most([1.0, 2.0], [1.5, 4.0])
    assert recorded[0].difference == -0.5
    assert "margin 0.5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("left", "right"), [(2.0, 1.0), (np.nan, 1.0), (1.0, np.nan), (np.inf, 1.0), ([0.0, 2.0], [1.0, 1.0])]
)
def test_a_violated_inequality_fails(left, right):
    with pytest.raises(ClaimFailed):
        at_most(left, right, {"violated": (2.0, 1.0)})


@pytest.mark.parametrize(("slack", "strict", "holds"), [(0.0, False, True), (0.0, True, False), (0.5, True, True)])
def test_the_border_belongs_to_the_weak_inequality_only(slack, strict, holds):
    claim = {"slack": slack, "strict": strict, "because": "a test", "rejects": {"violated": (9.0, 1.0)}}
    if holds:
        return at_most(1.0, 1.0, **claim)
    with pytest.raises(ClaimFailed):
        at_most(1.0, 1.0, **claim)


def test_slack_moves_the_border():
    at_most(1.0 + 1e-9, 1.0, slack=1e-9 + 1e-15)
    for value in (1.0 + 2e-9, np.nextafter(np.float64(1.0), 2) + 1.1e-9):
        records._made.clear()
        with pytest.raises(ClaimFailed):
            at_most(value, 1.0, slack=1e-9)


@pytest.mark.parametrize("slack", [-1.0, np.inf, np.nan, 1e-3])
def test_slack_is_small_or_has_a_reason(slack):
    with pytest.raises(ClaimDefect, match="slack"):
        at_most(5.0, 3.0, slack=slack)


def test_infinite_bounds():
    at_most([-np.inf, 0.0, np.inf], [0.0, np.inf, np.inf], {"violated": (1.0, 0.0)})


@pytest.mark.parametrize("rejects", [{}, {"holds": (1.0, 2.0)}, {"nan": (np.nan, 1.0)}, {"shapes": ([2.0], 1)}])
def test_controls_of_an_inequality_violate_it(rejects):
    with pytest.raises(ClaimDefect):
        at_most(1.0, 2.0, rejects)


@pytest.mark.bad_input
@pytest.mark.parametrize("rejects", [{"no pair": 1.0}, {"three": (3.0, 2.0, 1.0)}, {"text": "21"}])
def test_controls_of_an_inequality_are_pairs(rejects):
    with pytest.raises(ClaimDefect, match="no pair"):
        at_most(1.0, 2.0, rejects)


@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70))
def test_integers_are_ordered_exactly(a, b):
    records._made.clear()
    if a <= b:
        return at_most(a, b, {"violated": (1, 0)})
    with pytest.raises(ClaimFailed):
        at_most(a, b, {"violated": (1, 0)})


def enumerated(cases, holds, wrong, **more):
    claims.enumerated(cases, holds, rejects={"a slip": wrong}, **(META | more))


def test_an_enumeration_says_how_many_cases_it_covers(recorded):
    enumerated((k for k in range(7)), lambda k: k * k >= k, lambda k: k * k > k)
    assert recorded[0].scope == "all cases (7 enumerated)" and recorded[0].passed


def test_one_exception_fails_an_enumeration(recorded):
    with pytest.raises(ClaimFailed):
        enumerated(range(7), lambda k: k != 6, lambda k: k != 5)
    assert (recorded[0].found, recorded[0].reference) == (6, 7)


@pytest.mark.parametrize("yes", [True, np.True_, torch.tensor(True), np.array(True)])
def test_every_kind_of_truth_value_is_accepted(yes):
    enumerated([1], lambda _: yes, lambda _: not bool(yes))


@pytest.mark.parametrize("answer", [1, 1.0, None, "yes", np.nan, np.array([True, True])])
def test_predicates_answer_true_or_false(answer):
    with pytest.raises(ClaimDefect, match="predicate"):
        enumerated([1], lambda _: answer, lambda _: False)
    with pytest.raises(ClaimDefect, match="predicate"):
        enumerated([1], lambda _: True, lambda _: answer)


def test_an_enumeration_needs_cases_and_failing_controls():
    with pytest.raises(ClaimDefect, match="cases is empty"):
        enumerated([], lambda _: True, lambda _: False)
    with pytest.raises(ClaimDefect, match="not wrong"):
        enumerated(range(3), lambda k: k < 3, lambda k: k < 4)


@pytest.mark.bad_input
def test_the_control_of_an_enumeration_is_a_predicate():
    with pytest.raises(ClaimDefect, match="no predicate"):
        enumerated(range(3), lambda k: k < 3, 5)


def refuted(claimed, reference, true, **more):
    claims.refuted(claimed, reference, rejects={"the right value": true}, **(ROUTED | more))


def test_a_refutation_says_by_how_much_the_source_is_wrong(recorded, capsys):
    refuted(0.5, 1 / 3, 2 / 6, atol=1e-12)
    line = capsys.readouterr().out
    assert "claimed 0.5, but the truth is 0.333333" in line and "wrong by 0.167" in line
    assert line.startswith("✓ refuted: ") and "would not refute: the right value" in line
    assert recorded[0].passed and recorded[0].difference == pytest.approx(1 / 6)


@pytest.mark.parametrize("claimed", [1 / 3, 1 / 3 + 5e-12, np.nan, [0.5, np.nan]])
def test_what_is_true_or_undefined_is_not_refuted(claimed):
    reference = np.broadcast_to(1 / 3, np.shape(claimed)).copy()
    with pytest.raises(ClaimFailed):
        refuted(claimed, reference, reference.copy(), atol=1e-12)


def test_an_infinite_value_can_be_refuted():
    refuted(np.inf, 1.0, 1.0)


@pytest.mark.parametrize("true", [0.34, np.nan, np.inf])
def test_the_control_of_a_refutation_is_true(true):
    with pytest.raises(ClaimDefect):
        refuted(0.5, 1 / 3, true, atol=1e-12)


def test_a_refutation_with_nan_for_its_reference_is_refused():
    with pytest.raises(ClaimDefect):
        refuted(0.5, np.nan, 0.25)
