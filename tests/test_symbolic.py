"""Symbolic claims: proved for all values, and controls that are wrong for certain."""

import json

import pytest
import sympy

from mgai import claims, records
from mgai.claims import ClaimDefect, ClaimFailed

META = {"item": "demo", "name": "one", "says": "a plain statement"}
X, Y = sympy.symbols("x y")


def symbolic(found, reference, wrong, **more):
    claims.symbolic(found, reference, rejects={"a slip": wrong}, **(META | more))


def test_an_identity_holds_for_all_values(recorded):
    symbolic((X + Y) ** 2, X**2 + 2 * X * Y + Y**2, X**2 + Y**2)
    symbolic(sympy.Matrix([[sympy.sin(X) ** 2 + sympy.cos(X) ** 2]]), sympy.Matrix([[1]]),
             sympy.Matrix([[2]]), name="matrix")  # fmt: skip
    assert [record.scope for record in recorded] == ["all x (symbolic)"] * 2
    json.dumps([record.as_json() for record in recorded], allow_nan=False)


def test_a_false_identity_fails():
    with pytest.raises(ClaimFailed):
        symbolic((X + Y) ** 2, X**2 + Y**2, X**2 - Y**2)


@pytest.mark.parametrize("bad", [sympy.nan, sympy.nan + X])
def test_an_undefined_expression_equals_nothing(bad):
    with pytest.raises(ClaimFailed):
        symbolic(bad, X, X + 1)


def test_a_control_that_is_equal_but_written_otherwise_is_refused():
    with pytest.raises(ClaimDefect, match="not wrong"):
        symbolic(sympy.Integer(1), sympy.Integer(1), sympy.sin(X) ** 2 + sympy.cos(X) ** 2)


def test_controls_respect_the_assumptions_on_symbols():
    for name, assumption in {"positive": {}, "negative": {}, "integer": {}, "even": {}, "prime": {}}.items():
        z = sympy.Symbol("z", **({name: True} | assumption))
        wrong_only_elsewhere = sympy.Piecewise((0, sympy.Eq(z, z)), (1, True))
        with pytest.raises(ClaimDefect):
            symbolic(z, z, z + wrong_only_elsewhere)
        records._made.clear()
        symbolic(z + z, 2 * z, 2 * z + 1)
        records._made.clear()
    n = sympy.Symbol("n", integer=True)
    with pytest.raises(ClaimDefect, match="not wrong"):  # (-1)^(2n) is 1 for integers only
        symbolic(sympy.Integer(1), sympy.Integer(1), sympy.exp(2 * sympy.I * sympy.pi * n))


@pytest.mark.parametrize(
    ("found", "wrong"),
    [(sympy.Matrix([X]), X), (X, sympy.Matrix([X])), (None, X), (X, None), (X, sympy.Eq(X, 1)), ("x +", X)],
)
def test_what_is_no_expression_of_one_shape_is_refused(found, wrong):
    with pytest.raises(ClaimDefect):
        symbolic(found, X, wrong)
