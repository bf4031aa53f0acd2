"""The transformer: against NumPy loops, causality, stacks against single networks, trainings, bad input."""

import numpy as np
import pytest
import torch

from mgai.optimization import tiny_transformer as model
from mgai.optimization import tiny_transformer_references as references
from mgai.optimization import transformer_training as training
from mgai.settings import generator

EYE = torch.eye(29, dtype=torch.float64)


def network(context=6, width=8):
    theta = model.initial(29, width, context, generator("test/transformer"))
    return dict(theta, unembed=10 * theta["unembed"])


@pytest.mark.parametrize("places", [[3], [0, 0, 1], [28, 5, 5, 7, 1, 0]])
def test_logits_are_those_of_loops(places):
    theta = network()
    found = model.logits(theta, EYE[torch.tensor(places)][None])[0]
    np.testing.assert_allclose(found, references.logits_by_loops(theta, places), atol=1e-11)


def test_attention_is_torch_s_own():
    rng = generator("test/attention")
    x, qkv = torch.randn(2, 5, 8, generator=rng), torch.randn(8, 24, generator=rng)
    q, k, v = ((x @ part).view(2, 5, model.HEADS, 4).transpose(1, 2) for part in qkv.split(8, 1))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(model.attention(x, qkv), expected.transpose(1, 2).reshape(2, 5, 8))


def test_the_future_has_no_influence():
    theta, letters = network(), EYE[torch.arange(6)][None]
    jacobian = torch.func.jacrev(lambda x: model.logits(theta, x)[0].sum(-1))(letters)[:, 0].abs().sum(-1)
    assert jacobian.triu(1).max() == 0
    assert (jacobian.diag() > 0).all()


def test_losses_are_torch_s_cross_entropies():
    theta, places = network(), torch.tensor([[1, 2, 3, 4], [4, 4, 0, 28]])
    expected = torch.nn.functional.cross_entropy(
        model.logits(theta, EYE[places[:, :-1]]).flatten(0, 1), places[:, 1:].flatten(), reduction="none"
    )
    torch.testing.assert_close(model.losses(theta, EYE[places]).flatten(), expected)
    torch.testing.assert_close(model.loss(theta, EYE[places]), expected.mean())


def test_a_stack_of_networks_is_each_alone():
    singles = [model.initial(29, 8, 4, generator(f"test/stack/{i}")) for i in range(3)]
    windows = EYE[torch.randint(29, (3, 2, 5), generator=generator("test/stack"))]
    stack = {name: torch.stack([theta[name] for theta in singles]) for name in singles[0]}
    gradients, losses = training.batched_gradients(stack, windows)
    for i, theta in enumerate(singles):
        gradient, loss = torch.func.grad_and_value(model.loss)(theta, windows[i])
        torch.testing.assert_close(losses[i], loss)
        for name, value in gradient.items():
            torch.testing.assert_close(gradients[name][i], value)


@pytest.mark.parametrize("name", training.RULES)
def test_training_learns_and_matches_starts_and_data(name):
    rule = training.RULES[name]
    runs = (training.Run("periodic", 1, rule.rates[1]), training.Run("words", 1, rule.rates[1]))
    trained = training.train(rule, runs, n_steps=30)
    assert (trained.losses[:, -5:].mean(1) < trained.losses[:, 0] - 0.5).all()
    other = training.train(training.RULES["SGD"], runs, n_steps=30)
    torch.testing.assert_close(trained.losses[:, 0], other.losses[:, 0])  # the same start, the same windows
    assert training.train(rule, runs, n_steps=30) is trained


def test_a_stack_trains_as_torch_does_alone():
    runs = (training.Run("Markov", 1, 0.1), training.Run("words", 2, 0.3))
    theta = training.train(training.RULES["momentum"], runs, n_steps=4, context=8).theta
    data = training.windows("words", 2, 64, 9).view(4, 16, 9)
    alone = references.trained_alone(training.initial_parameters(2, 8), data, 0.3)
    for name, value in alone.items():
        torch.testing.assert_close(theta[name][1].cpu(), value, atol=1e-5, rtol=1e-4)


def test_a_spike_multiplies_one_gradient():
    runs = (training.Run("words", 1, 0.1, 7.0), training.Run("words", 1, 0.1))
    updates = training.train(training.RULES["SGD"], runs, n_steps=2, spike_at=1).updates
    assert float(updates[0, 0] / updates[1, 0]) == pytest.approx(1, rel=1e-5)
    assert float(updates[0, 1] / updates[1, 1]) == pytest.approx(7, rel=1e-3)


@pytest.mark.bad_input
def test_bad_input_is_named():
    theta = network()
    with pytest.raises(ValueError, match="multiple of 2"):
        model.initial(29, 7, 4, generator("test/bad"))
    with pytest.raises(ValueError, match="do not fit"):
        model.logits(theta, EYE[:7][None])
    with pytest.raises(ValueError, match="do not fit"):
        model.logits(theta, torch.eye(3).double()[None])
    with pytest.raises(ValueError, match="two characters"):
        model.losses(theta, EYE[:1][None])
    with pytest.raises(ValueError, match="context that divides"):
        training.train(training.RULES["SGD"], (training.Run("words", 0, 0.1),), context=5)
    with pytest.raises(ValueError, match="nobody knows"):
        training.ideal_laws("prose", torch.zeros(1, 2, dtype=torch.long))
