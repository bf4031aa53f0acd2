"""Naive Bayes and its tree: the definitions in loops, libraries, exact worlds, networks, bad input."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from sklearn.naive_bayes import BernoulliNB

from mgai.information import naive_bayes, tree_augmented
from mgai.information import naive_bayes_references as references
from mgai.settings import generator

DOUBLE = torch.float64
TREES = references.spanning_trees(5)


def sample(n=80, d=6, k=3, label="sample"):
    rng = generator(f"test/naive-bayes/{label}")
    return torch.rand(n, d, dtype=DOUBLE, generator=rng) < 0.4, torch.arange(n) ** 2 % k if k == 2 else torch.arange(
        n
    ) % k


@pytest.mark.parametrize("smoothing", [1.0, 0.3])
def test_log_posteriors_are_those_of_the_library(smoothing):
    x, labels = sample()
    model = naive_bayes.fit(x, labels, 3, smoothing)
    library = BernoulliNB(alpha=smoothing).fit(x.numpy(), labels.numpy())
    found = naive_bayes.log_posterior(naive_bayes.log_joint(model, x))
    np.testing.assert_allclose(found, library.predict_log_proba(x.numpy()), rtol=1e-11)


def test_log_joint_is_the_product_of_its_factors():
    x, labels = sample(20, 4, 2)
    model = naive_bayes.fit(x, labels, 2)
    for row, image in zip(naive_bayes.log_joint(model, x), x, strict=True):
        for c in range(2):
            factors = [p if pixel else 1 - p for p, pixel in zip(model.on[c].tolist(), image.tolist(), strict=True)]
            assert math.exp(row[c]) == pytest.approx(math.prod(factors) * math.exp(model.log_prior[c]), rel=1e-12)


def test_the_joint_law_sums_to_one_over_all_images():
    x, labels = sample(30, 5, 2)
    everything = torch.tensor(list(itertools.product((False, True), repeat=5)))
    model = naive_bayes.fit(x, labels, 2)
    assert float(naive_bayes.log_joint(model, everything).exp().sum()) == pytest.approx(1)
    edges = tree_augmented.maximum_spanning_tree(tree_augmented.conditional_mutual_information(x, labels, 2))
    tree = tree_augmented.fit_tree(x, labels, 2, edges)
    assert float(tree_augmented.tree_log_joint(tree, everything).exp().sum()) == pytest.approx(1)


def test_no_edges_is_naive_bayes():
    x, labels = sample()
    tree = tree_augmented.fit_tree(x, labels, 3, torch.empty(0, 2, dtype=torch.long))
    torch.testing.assert_close(tree_augmented.tree_log_joint(tree, x), naive_bayes.log_joint(tree.naive, x))


def test_a_network_holds_the_tree():
    x, labels = sample()
    edges = tree_augmented.maximum_spanning_tree(tree_augmented.conditional_mutual_information(x, labels, 3))
    tree = tree_augmented.fit_tree(x, labels, 3, edges)
    hidden, shift, weights, biases = tree_augmented.as_network(tree)
    assert hidden.shape == (6, 11)
    found = (x.double() @ hidden + shift).relu() @ weights + biases
    torch.testing.assert_close(found, tree_augmented.tree_log_joint(tree, x))


def test_conditional_information_is_the_library_s_and_symmetric():
    x, labels = sample()
    found = tree_augmented.conditional_mutual_information(x, labels, 3)
    pairs = torch.combinations(torch.arange(6))
    np.testing.assert_allclose(
        found[pairs[:, 0], pairs[:, 1]], references.library_information(x, labels, pairs), atol=1e-14
    )
    assert torch.equal(found, found.mT)


def test_the_moments_of_shuffles_are_those_of_all_permutations():
    x = torch.tensor([[1, 1], [1, 0], [0, 0], [0, 0], [1, 1]], dtype=torch.bool)
    labels = torch.zeros(5, dtype=torch.long)
    values = torch.stack(
        [
            tree_augmented.conditional_mutual_information(
                torch.stack([x[:, 0], x[list(order), 1]], 1), labels, 1)[0, 1]
            for order in itertools.permutations(range(5))
        ]
    )  # fmt: skip
    mean, deviation = tree_augmented.independence_moments(x, labels, 1)
    assert mean == pytest.approx(float(values.mean()))
    assert deviation == pytest.approx(float(values.std(correction=0)))


@settings(max_examples=30)
@given(strategies.integers(0, 10_000))
def test_the_tree_is_the_heaviest_of_all(seed):
    draws = torch.rand(5, 5, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))
    weights = draws + draws.mT
    edges = tree_augmented.maximum_spanning_tree(weights)
    best = max(sum(float(weights[edge]) for edge in tree) for tree in TREES)
    assert len(TREES) == 125
    assert float(weights[edges[:, 0], edges[:, 1]].sum()) == pytest.approx(best)
    assert sorted(edges[:, 1].tolist()) == [1, 2, 3, 4]  # every pixel but the root is a child once


def test_equal_weights_still_span():
    assert len(tree_augmented.maximum_spanning_tree(torch.zeros(4, 4))) == 3


def test_directed_keeps_a_forest():
    edges = tree_augmented.directed(torch.tensor([[3, 1], [4, 2]]), torch.ones(5, 5))
    assert sorted(edges.tolist()) == [[1, 3], [2, 4]]


def test_worlds_have_the_laws_they_say():
    model, inputs, joint = naive_bayes.copies_world(3)
    assert references.information_of_law(inputs[:, :2], joint) == pytest.approx(0.5004024235381879)
    assert references.lost_accuracy(naive_bayes.log_joint(model, inputs), joint) == 0
    model, inputs, joint = naive_bayes.crowded_world()
    assert float(joint.sum()) == pytest.approx(1)
    assert references.information_of_law(inputs[:, :2], joint) == pytest.approx(0, abs=1e-15)
    assert references.lost_accuracy(naive_bayes.log_joint(model, inputs), joint) == pytest.approx(0.1)
    model, inputs, joint = naive_bayes.parity_world()
    assert references.information_of_law(inputs, joint) == pytest.approx(math.log(2))
    assert float(joint.sum()) == 1


X, Y = torch.tensor([[True], [False]]), torch.tensor([0, 1])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: naive_bayes.fit(X.double(), Y, 2), TypeError, "x must be a boolean"),
        (lambda: naive_bayes.fit(X, Y[:1], 2), ValueError, "a label for each row"),
        (lambda: naive_bayes.fit(X[:0], Y[:0], 2), ValueError, "x must be"),
        (lambda: naive_bayes.fit(X, Y, 3), ValueError, "labels must take all values"),
        (lambda: naive_bayes.fit(X, Y + 1, 2), ValueError, "labels must take all values"),
        (lambda: naive_bayes.fit(X, Y, 2, 0.0), ValueError, "smoothing must be positive"),
        (lambda: naive_bayes.copies_world(0), ValueError, "k must be at least 1"),
        (lambda: naive_bayes.copies_world(2, 1.0), ValueError, "agreement between 0 and 1"),
        (lambda: tree_augmented.plug_in_bias(0, 2), ValueError, "n and n_classes"),
        (lambda: tree_augmented.maximum_spanning_tree(torch.ones(2, 3)), ValueError, "weights must be square"),
        (lambda: tree_augmented.maximum_spanning_tree(-torch.ones(2, 2)), ValueError, "not negative"),
        (lambda: tree_augmented.maximum_spanning_tree(torch.ones(2, 2) / 0), ValueError, "finite"),
        (lambda: tree_augmented.maximum_spanning_tree(torch.tensor([[0.0, 1], [2, 0]])), ValueError, "symmetric"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, words):
    with pytest.raises(error, match=words):
        call()
