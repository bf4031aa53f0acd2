"""One step by hand: torch, differences, intervals; printed numbers; the course of the loss; bad input; figures."""

import math
from decimal import Decimal

import pytest
import torch

from mgai import figures
from mgai.calculus.backpropagation import as_vector, predict
from mgai.networks import backpropagation_by_hand as ours
from mgai.networks import backpropagation_by_hand_figures as drawings
from mgai.networks import backpropagation_by_hand_references as references

DOUBLE = torch.float64


@pytest.mark.parametrize("name", ours.READINGS)
def test_every_reading_against_torch_and_differences(name):
    step, lr = ours.run(name), torch.tensor([0.0, 0.1, 3.0], dtype=DOUBLE)
    loss, gradient = references.by_autograd(name)
    assert float(step.loss) == pytest.approx(float(loss), rel=1e-14)
    torch.testing.assert_close(as_vector(step.gradient), gradient, rtol=0, atol=1e-14)
    torch.testing.assert_close(references.gradient_by_differences(name), gradient, rtol=0, atol=1e-14)
    after = [float(references.by_autograd(name, float(each))[0]) for each in lr]
    assert ours.loss_along(lr, name).tolist() == pytest.approx(after, rel=1e-9)
    assert float(-gradient[8]) == pytest.approx(float(step.error), rel=1e-13)
    moved = as_vector(ours.network(ours.READINGS[name].ones)) - 0.1 * as_vector(step.gradient)
    assert torch.equal(as_vector(step.updated), moved)


def test_forward_pass_against_the_general_network():
    step, x = ours.run(), torch.tensor([ours.INPUT], dtype=DOUBLE)
    assert float(predict(ours.network(), x, "sigmoid")) == pytest.approx(float(step.s), rel=1e-15)
    assert torch.equal(step.hidden, torch.sigmoid(torch.tensor([2.5, 1.7], dtype=DOUBLE)))
    assert as_vector(ours.network(ones=True))[[4, 5, 8]].tolist() == [1.0, 1.0, 1.0]


def test_certified_digits_are_those_of_float64():
    certified, found = references.certified(12), ours.quantities(ours.run())
    assert list(certified) == list(found) == list(ours.PRINTED)
    for name, value in found.items():
        assert abs(float(certified[name]) - value) < 1e-12
    assert certified["c"].startswith("-0.98995204826") and certified["w21"] == "-1.500000000000"


def test_verdicts_by_hand():
    verdicts = {name: ours.verdict(name) for name in ours.PRINTED}
    assert [name for name, said in verdicts.items() if said == "wrong"] == ["error", "error1"]
    inherited = [name for name, said in verdicts.items() if said == "inherited"]
    assert inherited == ["s", "error2", "w22", "v1", "v2", "c"]
    followed = ours.from_printed()
    assert str(followed["v2"]) == "0.508395815" and float(followed["error"]) == pytest.approx(0.5859 * 0.4141**2)
    assert ours.fits(Decimal("0.00695"), "0.0070") and not ours.fits(0.0069, "0.0070") and ours.fits(-0.25, "-0.2")


def test_the_loss_falls_except_with_a_linear_output():
    sizes = torch.logspace(-3, 1, 41, dtype=DOUBLE)
    for name in ours.READINGS:
        losses = ours.loss_along(sizes, name)
        visible = losses[losses > 1e-12]  # below, the rounding of 1 - ŷ rules
        assert bool((visible[1:] < visible[:-1]).all()) == (name != "linear output")
    best, back = ours.turning_steps()
    assert (best, back) == pytest.approx(references.turning_steps_by_newton(), rel=1e-13)
    around = torch.tensor([0.0, best, back, back * 0.999, back * 1.001], dtype=DOUBLE)
    start, low, same, below, above = ours.loss_along(around, "linear output").tolist()
    assert low < 1e-25 and same == pytest.approx(start, rel=1e-12) and below < start < above


@pytest.mark.bad_input
def test_bad_input_is_named():
    for call in (ours.run, ours.pre_output_along, ours.loss_along):
        arguments = () if call is ours.run else (torch.ones(2, dtype=DOUBLE),)
        with pytest.raises(ValueError, match="is no reading"):
            call(*arguments, name="hinge")
    for bad in (torch.tensor([math.nan]), torch.ones(1, 2), torch.ones(0)):
        with pytest.raises(ValueError, match="lr "):
            ours.loss_along(bad)
    with pytest.raises(TypeError, match="lr must be"):
        ours.pre_output_along([0.1])


def test_figures_say_what_they_show():
    for alt in (drawings.network_alt(), drawings.descent_alt()):
        figures.check_alt(alt)
    (axes,) = drawings.network_figure().axes
    shown = " ".join(text.get_text() for text in axes.texts)
    assert all(number in shown for number in ("1.0093", "0.5085", "0.9900", "0.1005"))
    assert "1.0093" in drawings.network_alt()
    (axes,) = drawings.descent_figure().axes
    assert axes.get_xlabel().startswith("step size") and "loss after" in axes.get_ylabel()
    assert len(axes.get_legend().get_texts()) == len(ours.READINGS)
