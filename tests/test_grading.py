"""Every registered exercise: right answers pass, near misses fail where they should, nothing leaks."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn import decomposition

import mgai
from mgai import answers, grading, records
from mgai.answer_forms import array, integer, number, several, word
from mgai.grading_report import Listing, Report
from mgai.tasks import Part, agrees

PARTS = {f"{item}/{part.name}": part for item in answers.registered() for part in grading.find(item)[0].parts}
each_part = pytest.mark.parametrize("name", PARTS)
AUTOMATIC = {"runs", "form"}


def plain(value):
    """The same answer without tensors."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


def changed(part, answer, change):
    """The answer, or what the function returns, after ``change``."""
    return (lambda *given: change(answer(*given))) if part.arguments else change(answer)


def wrong_values(part):
    """What no exercise asks for, as a value or as what a function returns."""
    values = [None, float("nan"), object(), "not an answer", [], [1, [2, 3]], np.full(3, np.inf), {"k": 1}, 1j, print]
    return [(lambda *given, value=value: value) if part.arguments else value for value in values]


@each_part
def test_right_answers_pass_however_they_are_given(name):
    part = PARTS[name]
    assert part.right
    for answer in part.right:
        for change in (lambda value: value, plain):
            report = mgai.grade(name, changed(part, answer, change))
            assert report and report.failing == [], str(report)


@each_part
def test_near_misses_fail_at_the_property_that_they_miss(name):
    part = PARTS[name]
    assert part.near_misses
    for label, (answer, missed) in part.near_misses.items():
        report = mgai.grade(name, answer)
        assert not report
        assert missed in [outcome.name for outcome in report.failing], f"{label}: {report}"


@each_part
def test_every_property_is_missed_by_some_near_miss(name):
    part = PARTS[name]
    names = [each.name for each in part.properties]
    assert len(set(names)) == len(names) and not AUTOMATIC & set(names)
    assert set(names) <= {missed for _, missed in part.near_misses.values()}, "a property that nothing misses"


@each_part
def test_what_is_no_answer_is_told_and_not_raised(name):
    part = PARTS[name]

    def raises(*given):
        raise RuntimeError("on purpose\nwith a second line")

    for answer in [*wrong_values(part), None, 3.25, raises, lambda: 0, lambda a, b, c, d, e, f, g: 0, type]:
        report = mgai.grade(name, answer)
        assert not report and report.failing[0].violation, str(report)


@each_part
def test_an_answer_that_spoils_its_arguments_spoils_nothing(name):
    part = PARTS[name]
    if not part.arguments:
        pytest.skip("asks for a value")

    def spoils(*given):
        kept = [value.clone() if isinstance(value, torch.Tensor) else value for value in given]
        for value in given:
            if isinstance(value, torch.Tensor):
                value.zero_()
        return part.right[0](*kept)

    assert mgai.grade(name, spoils)


@each_part
def test_reports_do_not_tell_the_right_answer(name):
    """Case by case, so that a number that is right elsewhere may be told."""
    for arguments in PARTS[name].cases():
        part = replace(PARTS[name], cases=lambda arguments=arguments: [arguments])
        secrets = tokens(right_value(part, arguments))
        for label, (answer, _) in part.near_misses.items():
            for outcome in grading.check(name, part, answer).failing:
                told = set(re.findall(r"[-+]?\d[\d.]*(?:e[-+]\d+)?|\w+", f"{outcome.violation} {outcome.hint}"))
                assert not told & secrets, f"{label}: {outcome.name}: {outcome.violation}"


def right_value(part, arguments):
    answer = part.right[0](*arguments.values()) if part.arguments else part.right[0]
    return part.form.convert(answer, arguments)


def tokens(value):
    """How the right answer would be written: whole numbers and words; of other numbers those with four digits.

    A number with few digits may also be told by chance. A report that tells answers does so for drawn inputs, too.
    """
    if isinstance(value, tuple):
        return {token for entry in value for token in tokens(entry)}
    if isinstance(value, (str, int)):
        return {str(value)}
    told = {f"{v:{digits}}" for v in np.ravel(value).astype(float) for digits in (".6g", ".5g", ".4g")}
    return {token for token in told if len(token.strip("-0.").replace(".", "")) > 3}


def test_the_search_for_told_answers_finds_them():
    assert tokens(np.array([0.894427191, 2.0])) == {"0.8944", "0.89443", "0.894427"}
    assert tokens(3) == {"3"} and tokens(0.25) == set() and tokens(("ikl", 2)) == {"ikl", "2"}


@each_part
def test_the_list_of_parts_says_how_to_ask(name):
    part = PARTS[name]
    listing = mgai.grade(name)
    text = str(listing)
    assert part.asks in text and part.form.says in text and f'mgai.grade("{name}", ' in text
    for arguments in part.cases():
        assert list(arguments) == list(part.arguments)
    assert name in str(mgai.grade(name.partition("/")[0]))


@pytest.mark.parametrize("item", answers.registered())
def test_a_module_registers_the_exercise_that_it_is_named_for(item):
    task, part = grading.find(item)
    assert task.item == item and part is None
    assert len({each.name for each in task.parts}) == len(task.parts)
    for each in task.parts:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("dlt-7.2", "no exercise 'dlt-7.2' to grade: did you mean dlt-7.22"),
        ("zzz", "there is .*dlt-7.22"),
        ("", "there is .*dlt-7.22"),
        ("dlt-7.22/counter-example", "no part 'counter-example': did you mean counterexample"),
        ("dlt-7.22/", "no part ''"),
        ("../dlt-7.22", "no exercise '..'"),
    ],
)
def test_unknown_names_are_refused_with_those_that_come_near(task, message):
    with pytest.raises(ValueError, match=message):
        mgai.grade(task, 1)


@pytest.mark.bad_input
def test_a_task_that_is_no_name_is_refused():
    with pytest.raises(TypeError, match="name of an exercise"):
        mgai.grade(3)


def test_the_exercise_alone_means_its_first_part():
    assert mgai.grade("dlt-7.22", PARTS["dlt-7.22/counterexample"].right[0]).part == "dlt-7.22/counterexample"


def test_numpy_answers_get_arrays_when_tensors_make_them_raise():
    seen = []

    def answer(a):
        seen.append(type(a))
        return (a.astype(float) ** 2).sum()  # a tensor has no astype

    assert mgai.grade("kaist-01/frobenius", answer)
    assert set(seen) == {torch.Tensor, np.ndarray}


def searched_rank(a, threshold):
    energies = np.cumsum(np.linalg.svd(a, compute_uv=False) ** 2)
    return np.searchsorted(energies / energies[-1], threshold) + 1


def sorted_directions(x, k):
    values, vectors = np.linalg.eig(np.cov(np.asarray(x).T))
    return vectors[:, np.argsort(-values.real)[:k]].T.real


def imputed(a, observed, rank):
    z = np.asarray(a)
    for _ in range(500):
        u, s, vh = np.linalg.svd(np.where(observed, a, z))
        z = (u[:, :rank] * s[:rank]) @ vh[:rank]
    return z


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("kaist-01/matrix-vector", np.dot),
        ("kaist-01/frobenius", lambda a: np.linalg.norm(a) ** 2),
        ("kaist-01/contraction", lambda a, b: np.tensordot(a, b, 1)),
        ("kaist-02/rank-for-energy", searched_rank),
        ("kaist-02/relative-error", lambda a, k: np.linalg.norm(np.linalg.svd(a)[1][k:]) / np.linalg.norm(a)),
        ("kaist-02/covariance", lambda x: np.cov(x, rowvar=False)),
        ("kaist-02/principal-directions", sorted_directions),
        ("kaist-02/principal-directions", lambda x, k: decomposition.PCA(k).fit(np.asarray(x)).components_),
        ("kaist-02/predict", imputed),
    ],
)
def test_answers_as_readers_write_them_with_numpy_pass(name, answer):
    report = mgai.grade(name, answer)
    assert report, str(report)


# The machinery, on a part of its own


def part(**changes):
    fields = {"name": "double", "asks": "Twice the number.", "form": number("a number"), "right": (lambda x: 2 * x,),
              "arguments": {"x": "a number"}, "cases": lambda: [{"x": 1.0}, {"x": 3.5}], "near_misses": {},
              "properties": (agrees("value", "it is twice x", lambda x: 2 * x, rtol=1e-12, hint="add"),)}  # fmt: skip
    return Part(**(fields | changes))


def test_a_failing_property_names_the_first_case_and_keeps_the_reference():
    report = grading.check("demo", part(), lambda x: 2.0)
    value = report.properties[-1]
    assert (value.name, value.passed, value.hint) == ("value", False, "add")
    assert value.case == "for x = 3.5, your answer is 2"
    assert "order of 1e-01" in value.violation and "7" not in value.violation
    assert report.headline() == "2 of 3 properties hold for 2 inputs"


def test_a_value_is_graded_as_it_is():
    value = part(arguments={}, cases=lambda: [{}], properties=(agrees("value", "it is four", lambda: 4),))
    report = grading.check("demo", value, 5)
    assert [(each.name, each.passed) for each in report.properties] == [("form", True), ("value", False)]
    assert report.failing[0].remarks == ["your answer is 5: it is not right"]
    assert grading.check("demo", value, np.array([4])) and not grading.check("demo", value, lambda: 4)
    assert 'mgai.grade("kaist-01/order", your_answer)' in str(mgai.grade("kaist-01/order"))


def test_what_cannot_be_reached_is_not_called_true():
    report = grading.check("demo", part(), lambda x: 1 / 0)
    assert [outcome.passed for outcome in report.properties] == [False, None, None]
    assert "ZeroDivisionError: division by zero" in str(report) and "(not checked)" in str(report)


def test_an_interruption_is_not_swallowed():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grading.check("demo", part(), interrupted)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (integer("k"), [3, 3.0, np.int32(3), torch.tensor(3), [3], 10**30], [3.5, True, None, "3", [1, 2], 1j]),
        (number("x"), [0.5, [0.5], torch.tensor(0.5, requires_grad=True), 1 + 0j], ["", np.nan, np.inf, (1, 2), True]),
        (array("v", lambda: (2, None)), [[[1], [2]], np.ones((2, 3)), torch.ones(2, 3)], [[1, 2], np.ones((3, 2)), []]),
        (several("a pair", integer("k"), array("v")), [(1, [1, 2]), [1, torch.ones(2)]], [1, (1,), (1.5, [1])]),
        (word("yes or no", ("yes", "no")), ["yes", " No "], ["maybe", 1, None]),
        (word("indices"), [" ikl"], [3]),
    ],
)  # fmt: skip
def test_forms_take_what_readers_hand_in_and_refuse_the_rest(form, good, bad):
    from mgai.answer_forms import Unfit

    for answer in good:
        form.convert(answer, {})
    for answer in bad:
        with pytest.raises(Unfit, match=r"it |its "):
            form.convert(answer, {})


def test_big_integers_stay_exact_and_arrays_become_float64():
    assert integer("n").convert(2**70 + 1, {}) == 2**70 + 1
    assert array("v").convert(torch.ones(2, dtype=torch.float16), {}).dtype == torch.float64


def test_reports_show_themselves_and_escape_what_they_show():
    report = grading.check("demo", part(), lambda x: "<b>")
    shown = report._repr_mimebundle_()
    assert shown["text/plain"] == str(report) == repr(report)
    assert "<b>" not in shown["text/html"] and isinstance(report, Report)
    listing = grading.grade("dlt-7.22")
    assert isinstance(listing, Listing) and "<details open>" in listing._repr_mimebundle_()["text/html"]


def test_a_script_prints_and_a_notebook_does_not(capsys, monkeypatch):
    grading.grade("dlt-7.22")
    assert capsys.readouterr().out.startswith("dlt-7.22: ")
    monkeypatch.setattr(records, "shell", lambda: object())
    grading.grade("dlt-7.22")
    assert capsys.readouterr().out == ""


def test_importing_mgai_brings_in_nothing_heavy(run_python):
    done = run_python(
        "-c", "import sys, mgai, mgai.answers\nprint({'torch', 'numpy', 'mgai.grading'} & set(sys.modules))"
    )
    assert done.stdout == "set()\n"
    done = run_python(
        "-c", "import sys, mgai\nmgai.grade('dlt-7.22', None)\nprint('mgai.answers.kaist_02' in sys.modules)"
    )
    assert done.stdout.splitlines()[-1] == "False"
    assert "nothing" in run_python("-c", "import mgai\ntry: mgai.nothing\nexcept AttributeError as e: print(e)").stdout
