"""A law with known posterior: floors, decompositions, temperature, training, references, figures, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy import optimize, stats

from mgai import figures
from mgai.information import entropy_along_training as law
from mgai.information import entropy_along_training_experiments as experiments
from mgai.information import entropy_along_training_figures as drawings
from mgai.information import entropy_along_training_references as references
from mgai.information.laws import random_laws
from mgai.settings import generator

DOUBLE = torch.float64
SMALL = torch.tensor([[0.25, 0.25], [0.5, 0.0]], dtype=DOUBLE)


def draws(label, *shape):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/entropy-along-training/{label}"))


def test_the_joint_is_that_of_scipys_densities():
    x = draws("joint", 5, 2)
    for k in range(3):
        exact = law.SHARES[k] * stats.multivariate_normal.pdf(x.numpy(), law.CENTRES[k], law.DEVIATIONS[k] ** 2)
        np.testing.assert_allclose(law.log_joint(x)[:, k].exp().numpy(), exact)
    assert law.log_joint(x.float()).dtype == torch.float32


def test_samples_have_the_moments_of_the_law():
    x, y = law.sample(generator("test/entropy/sample"), 20_000, (2,))
    assert x.shape == (2, 20_000, 2) and y.shape == (2, 20_000)
    for k in range(3):
        here = x[y == k]
        assert len(here) / 40_000 == pytest.approx(law.SHARES[k], abs=6 * (0.25 / 40_000) ** 0.5)
        error = law.DEVIATIONS[k] / len(here) ** 0.5
        assert here.mean(0).numpy() == pytest.approx(np.array(law.CENTRES[k]), abs=6 * error)
        assert here.std(0).numpy() == pytest.approx(law.DEVIATIONS[k], abs=6 * error)


def test_the_floor_does_not_depend_on_the_step():
    floors = [float(law.conditional_entropy(law.quadrature(step, 12.0)[1])) for step in (0.15, 0.2)]
    assert floors[0] == pytest.approx(floors[1], abs=1e-9)
    assert floors[0] == pytest.approx(references.floor_by_chain_rule(), abs=1e-9)
    x, y = law.sample(generator("test/entropy/floor"), 40_000)
    losses = -law.log_joint(x).log_softmax(1).gather(1, y[:, None])[:, 0]
    assert float(losses.mean()) == pytest.approx(floors[0], abs=6 * float(losses.std()) / 200)


@given(strategies.integers(0, 10**6), strategies.integers(1, 6), strategies.integers(2, 5))
def test_entropies_and_losses_of_any_joint(seed, n, k):
    rng = generator(f"test/entropy/any/{seed}")
    joint = random_laws(1, n * k, rng).reshape(n, k)
    log_q = random_laws(n, k, rng).log()
    floor, loss = law.conditional_entropy(joint), law.mean_loss(joint, log_q)
    assert float(loss) == pytest.approx(float(floor + references.mean_divergence(joint, log_q)), abs=1e-12)
    found = law.prediction_entropies(joint, log_q)
    assert float(found.information) == pytest.approx(float(references.divergence_from_mean(joint, log_q)), abs=1e-12)
    assert 0 <= float(found.mean) <= math.log(k) + 1e-12
    bayes = (joint / joint.sum(1, keepdim=True)).log()
    assert float(law.prediction_entropies(joint, bayes).mean) == pytest.approx(float(floor), abs=1e-12)


def test_certain_rows_and_labels():
    assert float(law.conditional_entropy(SMALL)) == pytest.approx(math.log(2) / 2)
    sample = law.labelled(torch.tensor([[2, 0], [1, 1]]))
    assert sample.shape == (2, 2, 3) and bool((sample.sum((1, 2)) == 1).all())
    assert law.conditional_entropy(sample).tolist() == [0.0, 0.0]


@given(strategies.integers(0, 10**6), strategies.floats(0.2, 5))
def test_the_slope_of_the_entropy(seed, temperature):
    z = draws(seed, 4)
    t = torch.tensor(temperature, dtype=DOUBLE, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.special.entr((z / t).softmax(0)).sum(), t)
    assert float(law.entropy_slope(z, temperature)) == pytest.approx(float(slope), rel=1e-9, abs=1e-12)


def test_the_best_temperature_is_scipys():
    joint = random_laws(1, 12, generator("test/entropy/best")).reshape(4, 3)
    z = joint.log() * 2 + 0.3 * draws("best", 2, 4, 3)
    for found, one in zip(law.best_temperature(joint, z), z, strict=True):
        line = optimize.minimize_scalar(
            lambda b, one=one: float(law.mean_loss(joint, (b * one).log_softmax(1))),
            bounds=(1e-3, 20),
            method="bounded",
        )
        assert 1 / float(found) == pytest.approx(line.x, rel=1e-3)
    assert float(law.best_temperature(joint, -joint.log())) == pytest.approx(1e4)  # worse than nothing: no minimum


def test_networks_start_at_zero_and_train(monkeypatch):
    monkeypatch.setattr(experiments, "STEPS", (0, 1, 30))
    run = experiments._course.__wrapped__("network", 5, torch.device("cpu"))
    assert run.loss.shape == (3, 24)
    for start in (run.training[0], run.certainty[0], run.loss[0], run.entropy[0], run.of_mean[0]):
        torch.testing.assert_close(start, torch.full_like(start, math.log(3)))
    assert bool((run.training[2] < run.training[0]).all())
    joint = law.quadrature(0.3, 9.0)[1]
    torch.testing.assert_close(run.loss[2], law.mean_loss(joint, run.logits.log_softmax(-1)))
    alone = 1 - joint.gather(1, run.logits[3].argmax(1, keepdim=True)).sum()
    assert float(run.errors[2, 3]) == pytest.approx(float(alone), abs=1e-12)
    monkeypatch.setattr(drawings, "course", lambda kind: run)
    monkeypatch.setattr(drawings, "STEPS", (0, 1, 30))
    drawings._sweep.cache_clear()
    for name in ("course", "temperature"):
        drawn = getattr(drawings, f"{name}_figure")()
        figures.check_alt(getattr(drawings, f"{name}_alt")())
        assert all(axes.get_xlabel() for axes in drawn.axes) and drawn.axes[0].get_ylabel() == "nats"
    drawings._sweep.cache_clear()


def test_networks_learn_from_their_own_points_only():
    rng = generator("test/entropy/alone")
    theta, (x, _) = experiments.initial("network", rng, 3), law.sample(rng, 4, (3,))
    theta["w"] = draws("alone", *theta["w"].shape)
    together = experiments.logits(theta, x)
    for i in range(3):
        hidden = torch.tanh(x[i] @ theta["v"][i] + theta["c"][i])
        torch.testing.assert_close(together[i], hidden @ theta["w"][i] + theta["b"][i])


def test_references():
    assert references.starting_loss(0.0) == pytest.approx(math.log(3))
    assert references.starting_loss(0.01) == pytest.approx(math.log(3) + 1e-4 / 3, abs=1e-8)
    z = torch.tensor([[3.0, 1.0, 0.0]], dtype=DOUBLE)
    joint = torch.tensor([[0.2, 0.3, 0.5]], dtype=DOUBLE)
    assert float(references.margins(joint, z)) == pytest.approx(0.3 * 2 + 0.5 * 3)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: law.log_joint(torch.zeros(3)), "x must"),
        (lambda: law.sample(torch.Generator(), 0), "n must"),
        (lambda: law.quadrature(0.0), "step"),
        (lambda: law.quadrature(2.0, 1.0), "step"),
        (lambda: law.labelled(torch.zeros(0, dtype=torch.int64)), "labels"),
        (lambda: law.conditional_entropy(2 * SMALL), "joint"),
        (lambda: law.conditional_entropy(SMALL[0]), "joint"),
        (lambda: law.mean_loss(SMALL, torch.zeros(2, 2, dtype=DOUBLE)), "log_q"),
        (lambda: law.mean_loss(SMALL, torch.full((2, 2), math.nan, dtype=DOUBLE)), "log_q"),
        (lambda: law.prediction_entropies(SMALL, torch.zeros(3, 2, dtype=DOUBLE)), "log_q"),
        (lambda: law.entropy_slope(torch.zeros(2), 0.0), "temperature"),
        (lambda: law.best_temperature(SMALL, torch.zeros(3, 2, dtype=DOUBLE)), "log_q"),
        (lambda: experiments.initial("tree", torch.Generator()), "kind"),
        (lambda: experiments.course("tree"), "kind"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
