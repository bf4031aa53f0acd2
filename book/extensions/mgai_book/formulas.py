"""Formulas where none is typeset: in plain characters, and about how wide they will be."""

from __future__ import annotations

import re
from functools import cache

from bs4 import BeautifulSoup, Tag
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

_LOWER = dict(zip("0123456789+-=()aehijklmnoprstuvx−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₋", strict=True))
_RAISED = dict(zip("0123456789+-=()in⊤𝖳−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿᵀᵀ⁻", strict=True))
#: TeX that docutils does not know or misreads.
_REWRITTEN = (
    (r"\\[td]frac(?![a-zA-Z])", r"\\frac"),
    (r"\\frac\s*(\w)\s*(\w)", r"\\frac{\1}{\2}"),
    (r"\\dots(?![a-zA-Z])", r"\\ldots"),
    (r"\\[lr]Vert(?![a-zA-Z])", r"\\|"),
)
_SCRIPT = 0.72  # indices and exponents, and what stands in a fraction within a line
_BINARY, _DELIMITERS, _LARGE = set("+−-×⋅⋆∘⊙⊗∪∩±/"), set("()[]{}|‖⟨⟩⌈⌉⌊⌋,.;:!∣′"), set("∑∏∫⋃⋂⨁")


@cache
def _mathml(tex: str) -> Tag | None:
    for pattern, instead in _REWRITTEN:
        tex = re.sub(pattern, instead, tex)
    try:
        return BeautifulSoup(tex2mathml(tex), "html.parser").math
    except MathError:  # a command that docutils does not know
        return None


def formula_as_text(tex: str) -> str:
    r"""A short formula in plain characters, as near as they come.

    >>> formula_as_text(r"\ell_p"), formula_as_text(r"p<1"), formula_as_text(r"\mathbb R^{n\times m}")
    ('ℓₚ', 'p<1', 'ℝ^(n×m)')
    >>> formula_as_text(r"\tfrac12(x_1,\dots,x_n)"), formula_as_text(r"\frac{A^\top A}{N-1}")
    ('1/2(x₁,…,xₙ)', '(AᵀA)/(N−1)')
    """
    formula = _mathml(tex)
    return tex.replace("\\", "") if formula is None else _characters(formula)  # a name says more than nothing


def _characters(element: Tag) -> str:
    """The text of a MathML element; indices and exponents become small characters where there are some."""
    parts = [_characters(child) for child in element.find_all(recursive=False)]
    if not parts:
        return element.get_text().strip().replace("\N{FUNCTION APPLICATION}", " ")
    if element.name == "mfrac":
        return "/".join(part if len(part) == 1 else f"({part})" for part in parts)
    low, high = ("_", _LOWER), ("^", _RAISED)
    marks = {"msub": [low], "munder": [low], "msup": [high], "msubsup": [low, high], "munderover": [low, high]}
    small = [_small(part, *mark) for part, mark in zip(parts[1:], marks.get(element.name, []), strict=False)]
    return parts[0] + "".join(small or parts[1:])


def _small(text: str, mark: str, characters: dict[str, str]) -> str:
    if all(character in characters for character in text):
        return "".join(characters[character] for character in text)
    return f"{mark}({text})" if len(text) > 1 else mark + text


def formula_width(tex: str) -> float:
    r"""About how wide a formula in a line is, in widths of an em of its own font; good to a tenth or so.

    >>> formula_width("x"), round(formula_width("a=b"), 1), formula_width(r"\|x\|") > 1
    (0.55, 2.4, True)
    """
    formula = _mathml(tex)
    return 0.5 * len(re.sub(r"\\[a-zA-Z]+", "x", tex)) if formula is None else round(_width(formula), 2)


def _width(element: Tag) -> float:
    children = element.find_all(recursive=False)
    if not children:
        return _character_width(element.name, element.get_text().strip())
    widths = [_width(child) for child in children]
    if element.name == "mfrac":
        return 0.24 + _SCRIPT * max(widths)
    if element.name in ("msub", "msup"):
        return 0.05 + widths[0] + _SCRIPT * widths[1]
    if element.name in ("msubsup", "munderover"):
        return 0.05 + widths[0] + _SCRIPT * max(widths[1:])
    if element.name in ("munder", "mover"):
        return max(widths[0], _SCRIPT * widths[1])
    if element.name == "mtable":
        return max(widths)
    return sum(widths) + {"msqrt": 0.85, "mroot": 0.85, "mtr": 0.8 * len(widths)}.get(element.name, 0)


def _character_width(name: str, text: str) -> float:
    """One leaf of a formula; the spaces around operators are those of TeX."""
    if name != "mo" or text[:1].isalpha():
        spaces = 0.17 if len(text) > 1 and name != "mn" else 0
        return spaces + sum(0.75 if character.isupper() else 0.55 if name == "mi" else 0.5 for character in text)
    if text in _BINARY:
        return 0.78 + 0.44
    if text in _LARGE:
        return 1.06 + 0.17
    if not text or text in _DELIMITERS or text == "\N{FUNCTION APPLICATION}":
        return 0.4 * bool(text.strip("\N{FUNCTION APPLICATION}"))
    return 0.78 + 0.56
