"""How claims compare: NaN, infinities, shapes, dtypes, tolerances and controls, shown on equalities."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai import claims, records
from mgai.claims import ClaimDefect, ClaimFailed

ROUTED = {"item": "demo", "name": "one", "says": "a plain statement", "route": "closed form"}
NUMBERS = st.floats(-1e300, 1e300)


def equal(found, reference, wrong=None, **more):
    """One claim of equality, with a control that is 1 % off unless ``wrong`` is given."""
    if wrong is None:
        wrong = reference * 1.01 if np.any(np.asarray(reference)) else 1.0
    rejects = wrong if isinstance(wrong, dict) else {"a slip": wrong}
    claims.equal(found, reference, rejects=rejects, **(ROUTED | more))


def test_equality_holds_within_its_tolerance(recorded, capsys):
    assert equal(1.0 + 1e-13, 1.0, atol=1e-12) is None
    (record,) = recorded
    assert record.passed and record.difference == pytest.approx(1e-13, rel=1e-2)
    assert record.nearest.distance == pytest.approx(1e10)
    assert capsys.readouterr().out.startswith("✓ a plain statement: found 1, expected 1 (closed form)")


def test_equality_fails_beyond_its_tolerance(recorded, capsys):
    with pytest.raises(ClaimFailed, match="✗ a plain statement"):
        equal(1.0 + 1e-11, 1.0, atol=1e-12)
    assert not recorded[0].passed
    assert capsys.readouterr().out.startswith("✗ a plain statement")


def test_equality_is_exact_without_a_tolerance():
    with pytest.raises(ClaimFailed):
        equal(0.1 + 0.2, 0.3)


@given(NUMBERS, st.floats(1e-12, 1e-7))
def test_a_number_within_half_its_tolerance_passes_and_beyond_twice_fails(number, rtol):
    size = max(abs(number), 1.0)
    claim = {"wrong": number + 20 * rtol * size, "atol": rtol * size}
    records._made.clear()
    equal(number + 0.5 * rtol * size, number, **claim)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(number + 2.0 * rtol * size, number, **claim)


def test_a_reference_of_rounding_size_admits_controls_of_any_size():
    equal(0.0, 2.8e-17, {"a dropped term": 0.5}, atol=1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_found_value_that_is_not_finite_fails(bad):
    with pytest.raises(ClaimFailed):
        equal(bad, 1.0, rtol=1e-9)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal([1.0, bad], [1.0, 2.0], [1.0, 2.1], rtol=1e-9)


def test_nan_equals_nothing_not_even_nan():
    with pytest.raises(ClaimFailed):
        equal(np.nan, np.nan, 1.0)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(1.0, np.nan, 2.0, atol=1e-9)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(complex(0, np.nan), 1j, 2j, atol=1e-9)


@pytest.mark.parametrize("control", [np.nan, [np.nan, 1.0]])
def test_nan_is_no_control(control):
    found = np.ones(np.shape(control))
    with pytest.raises(ClaimDefect, match="NaN"):
        equal(found, found.copy(), {"a slip": control}, atol=1e-9)


def test_the_same_infinity_is_equal_and_the_other_is_not():
    equal(np.inf, np.inf, 3.0)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(-np.inf, np.inf, 3.0, atol=1.0, because="a wide tolerance for the test")


@pytest.mark.parametrize(
    ("found", "reference", "wrong"),
    [
        (np.ones(3), 1.0, 2.0),
        (1.0, np.ones(3), np.zeros(3)),
        (np.ones((1, 3)), np.ones((3, 1)), np.zeros((3, 1))),
        (1.0, [1.0], [2.0]),
        (np.ones(3), np.ones(3), 0.0),
    ],
)
def test_shapes_are_never_broadcast(found, reference, wrong):
    with pytest.raises(ClaimDefect, match="no broadcasting"):
        equal(found, reference, wrong)


@pytest.mark.parametrize("value", [None, "1", [], np.array([]), {}, [1, [2]], object()])
def test_what_is_no_number_is_refused(value):
    for found, reference in ((value, 1.0), (1.0, value)):
        with pytest.raises(ClaimDefect, match=r"found|reference"):
            claims.equal(found, reference, rejects={"a slip": 2.0}, **ROUTED)


def test_an_object_is_no_reference_for_itself():
    found = torch.ones(2)
    with pytest.raises(ClaimDefect, match="one object"):
        equal(found, found, torch.zeros(2))


def test_controls_must_be_rejected_by_ten_tolerances():
    equal(1.0, 1.0, 1.0 + 1.1e-8, atol=1e-9)
    for wrong in (1.0, 1.0 + 9e-9):
        records._made.clear()
        with pytest.raises(ClaimDefect, match="tolerances off"):
            equal(1.0, 1.0, wrong, atol=1e-9)


def test_a_control_equal_to_the_reference_is_refused_in_an_exact_claim():
    with pytest.raises(ClaimDefect, match="'a slip' is only 0"):
        equal(4, 4, 4)


@pytest.mark.parametrize(("reference", "wrong"), [(1.0, 12.0), (1.0, np.inf), (0.0, np.inf), (-2.0, 19.0)])
def test_a_far_control_alone_is_refused(reference, wrong):
    with pytest.raises(ClaimDefect, match="no control is near"):
        equal(reference, float(reference), wrong, scope="one")
    records._made.clear()
    equal(reference, float(reference), {"far": wrong, "near": reference + 1.0})


@pytest.mark.parametrize("rejects", [{}, {"": 2.0}, {" ": 2.0}, {"good": 2.0, "": 3.0}])
def test_a_claim_needs_labelled_controls(rejects):
    with pytest.raises(ClaimDefect, match="rejects"):
        claims.equal(1.0, 1.0, rejects=rejects, **ROUTED)


@pytest.mark.bad_input
@pytest.mark.parametrize("rejects", [None, [2.0], 2.0, {1: 2.0}])
def test_controls_are_a_mapping_from_labels(rejects):
    with pytest.raises(ClaimDefect, match="rejects"):
        claims.equal(1.0, 1.0, rejects=rejects, **ROUTED)


@pytest.mark.parametrize(
    ("tolerance", "message"),
    [
        ({"rtol": 1e-3}, "because"),
        ({"atol": 1e-3}, "because"),
        ({"atol": 1e-12, "because": ""}, "because is empty"),
        ({"rtol": 1e-12, "because": "  "}, "because is empty"),
        ({"rtol": -1e-9}, "not negative"),
        ({"atol": -1e-9}, "not negative"),
        ({"rtol": 1.0, "because": "a bad idea"}, "below 1"),
        ({"atol": np.inf, "because": "a bad idea"}, "finite"),
        ({"atol": np.nan, "because": "a bad idea"}, "finite"),
        ({"rtol": np.nan, "because": "a bad idea"}, "finite"),
    ],
)
def test_a_tolerance_is_finite_and_has_a_reason(tolerance, message):
    with pytest.raises(ClaimDefect, match=message):
        equal(1.0, 1.0, 5.0, **tolerance)


def test_a_wide_tolerance_with_a_reason_is_accepted(recorded):
    equal(1.0, 1.005, 2.0, rtol=0.01, because="truncated after the second term")
    assert recorded[0].because == "truncated after the second term"


@pytest.mark.parametrize("power", [53, 62, 63, 64, 100, 2000, 20_000])
def test_integers_are_exact_at_any_size(power):
    big = 2**power
    equal(big, big + 0, big + 1)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(big + 1, big, {"a slip": big + 2})
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal([big, big + 1], [big, big], {"a slip": [big, big + 9]}, atol=0.5, because="half a unit")


def test_integers_and_floats_are_compared_exactly():
    with pytest.raises(ClaimFailed):
        equal(2**53 + 1, 2.0**53, 5.0)
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(torch.tensor(2**60 + 1), 2**60, 2**60 + 2)


def test_a_relative_tolerance_needs_a_reference_within_float64():
    with pytest.raises(ClaimDefect, match="beyond float64"):
        equal(10**400, 10**400 + 1, 2, rtol=1e-9)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_tensors_of_every_floating_type(recorded, dtype):
    found = torch.tensor([1.0, 2.5], dtype=dtype, requires_grad=True) * 2
    equal(found, [2.0, 5.0], found * 1.5)
    assert recorded[0].detail["dtype"] == str(dtype).removeprefix("torch.")
    json.dumps(recorded[0].as_json(), allow_nan=False)


def test_float32_rounding_fails_a_float64_tolerance():
    third = torch.tensor(1 / 3)
    with pytest.raises(ClaimFailed):
        equal(third, 1 / 3, atol=1e-12)
    records._made.clear()
    equal(third, 1 / 3, atol=6e-8, because="half a unit in the last place of float32")


def test_unsigned_integers_and_truth_values_do_not_wrap():
    equal(np.uint8(3), np.uint8(3), np.uint8(5))
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(np.array([3], np.uint8), np.array([5], np.uint8), [25], atol=1.0, because="one grey level")
    records._made.clear()
    claims.at_most(np.uint8(3), np.uint8(5), rejects={"swapped": (np.uint8(5), np.uint8(3))}, **ROUTED)
    records._made.clear()
    claims.at_most([False] * 20, [True] * 20, rejects={"swapped": (True, False)}, **ROUTED)


def test_truth_values_are_zero_and_one():
    equal(True, True, False, name="bools")
    equal(np.ones(20, bool), [1] * 20, np.zeros(20, bool))
    records._made.clear()
    with pytest.raises(ClaimFailed):
        equal(True, False, 1)


def test_complex_numbers_have_moduli_but_no_order():
    equal(np.exp(1j * np.pi), -1 + 0j, 1 + 0j, atol=1e-15)
    equal(torch.tensor([1j]).conj(), [-1j], [1j], name="conjugate")
    with pytest.raises(ClaimDefect, match="no order"):
        claims.at_most(1j, 2j, rejects={"swapped": (2j, 1j)}, **(ROUTED | {"name": "order"}))
