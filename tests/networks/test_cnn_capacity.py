"""Small convolutional networks: counts by torch's modules, ensembles by single networks, nesting, blindness."""

import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.networks import cnn_capacity as cnn
from mgai.networks import cnn_capacity_experiments as experiments
from mgai.networks import cnn_capacity_figures as drawings
from mgai.networks import cnn_capacity_references as references
from mgai.networks import cnn_ensembles as ensembles
from mgai.settings import generator

DOUBLE = torch.float64
designs = strategies.builds(
    cnn.Design,
    filters=strategies.integers(1, 3),
    kernel=strategies.sampled_from((1, 3, 5, 9)),
    side=strategies.integers(4, 11),
    depth=strategies.integers(1, 2),
    stages=strategies.integers(1, 2),
    classes=strategies.integers(1, 3),
)


def draw(design, n_networks=2, n=3):
    rng = generator("test/cnn")
    theta = cnn.initial(design, [rng] * n_networks).cpu()
    theta = theta + 0.1 * torch.randn(theta.shape, dtype=DOUBLE, generator=rng)  # biases too
    return theta, torch.randn(n_networks, n, design.side, design.side, dtype=DOUBLE, generator=rng)


@settings(max_examples=12, deadline=None)
@given(designs)
def test_an_ensemble_is_its_networks_and_costs_what_they_cost(design):
    theta, images = draw(design)
    together = cnn.logits(design, theta, images)
    for i in range(2):
        alone = references.module(design, theta[i : i + 1])
        assert torch.allclose(together[i], alone(images[i][:, None]), atol=1e-12)
        assert cnn.parameter_count(design) == sum(p.numel() for p in alone.parameters())
    for padded in (True, False):
        assert cnn.multiplications(design, padded) == sum(references.counted(alone, design.side, padded).values())


def test_products_by_a_loop():
    for side in (2, 4, 7):
        for kernel in (1, 3, 5, 9, 15):
            reach = kernel // 2
            pairs = sum(0 <= i + d < side for i in range(side) for d in range(-reach, reach + 1))
            inner = cnn.multiplications(cnn.Design(1, kernel, side, stages=1), with_padding=False)
            assert inner - 10 * (side // 2) ** 2 == pairs**2
    assert [cnn.useful_kernel(m) for m in (1, 2, 4)] == [1, 3, 7]


@settings(max_examples=15, deadline=None)
@given(designs, strategies.integers(0, 3), strategies.integers(0, 2))
def test_larger_families_contain_smaller_ones(small, filters, edge):
    wider = {"filters": small.filters + filters, "kernel": small.kernel + 2 * edge}
    large = cnn.Design(**{**vars(small), **wider})
    theta, images = draw(small)
    inside = cnn.embedded(small, large, theta)
    assert inside.shape == (2, cnn.parameter_count(large))
    assert torch.allclose(cnn.logits(large, inside, images), cnn.logits(small, theta, images), atol=1e-12)


def test_one_by_one_kernels_are_blind_and_others_are_not():
    images = torch.rand(2, 3, 8, 8, dtype=DOUBLE, generator=generator("test/cnn/images"))
    shuffled = cnn.shuffled_in_blocks(images, generator("test/cnn/blocks"))
    blocks = [each.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4).sort().values for each in (images, shuffled)]
    assert torch.equal(*blocks)  # pixels stay in their block of 4×4
    for kernel in (1, 3):
        design = cnn.Design(3, kernel)
        theta, _ = draw(design)
        apart = (cnn.logits(design, theta, images) - cnn.logits(design, theta, shuffled)).abs().max()
        assert (apart < 1e-12) == (kernel == 1)


def test_training_learns_and_designs_share_their_batches():
    rng = generator("test/cnn/train")
    labels = torch.randint(2, (2, 60), generator=rng)
    images = torch.rand(2, 60, 8, 8, generator=rng) * 0.2 + labels[..., None, None]
    data = ensembles.Labelled(images, labels)
    run = ensembles.train(cnn.Design(4, 3), data, data, 40, "test", 2)
    assert run.times == [20, 40] and run.losses.shape == run.accuracies.shape == (2, 2)
    assert (run.losses[1] < run.losses[0]).all()
    assert (ensembles.judged(cnn.Design(4, 3), run.theta, data)[0] < run.losses[0]).all()
    rows = ensembles.orders(2, 60, 5, "test")
    assert rows.shape == (2, 5, 25) and not torch.equal(rows[0], rows[1])
    assert all(len(row.flatten()[:60].unique()) == 60 for row in rows)


def test_the_experiments_and_their_figures(monkeypatch):
    for module in (experiments, drawings):
        monkeypatch.setattr(module, "FILTERS", (1, 2, 4))
    for name, value in {"STEPS": 4, "NETWORKS": 2, "FEW_STEPS": 2}.items():
        monkeypatch.setattr(experiments, name, value)
    experiments._sweep.cache_clear()
    experiments._gaps.cache_clear()
    try:
        measured, gaps = experiments.sweep(), experiments.gaps()
    finally:
        experiments._sweep.cache_clear()
        experiments._gaps.cache_clear()
    assert measured.curve_accuracy.shape == (3, 4, 4, 2) and gaps.train_accuracy.shape == (3, 3, 2)
    assert torch.equal(measured.curve_accuracy[:, :, -1], measured.test_accuracy)
    for figure in (drawings.grid_figure(measured), drawings.curves_figure(measured), drawings.gap_figure(gaps)):
        assert all(axes.get_xlabel() for axes in figure.axes)
    assert f"{float(measured.test_accuracy.median(-1).values[1, 1]):.0%}" in drawings.grid_alt(measured)
    assert "random labels" in drawings.gap_alt(gaps) and "Convergence" in drawings.curves_alt(measured)


def test_networks_share_images_and_smaller_sets_lie_in_larger_ones():
    large, small = experiments.training_sets(2, 60), experiments.training_sets(2, 20)
    assert torch.equal(large.images[:, :20], small.images) and not torch.equal(small.labels[0], small.labels[1])
    random = experiments.relabelled(large)
    assert random.images is large.images and not torch.equal(random.labels, large.labels)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cnn.Design(0, 3), "filters"),
        (lambda: cnn.Design(1, 4), "kernel"),
        (lambda: cnn.Design(1, 3, side=3), "side"),
        (lambda: cnn.Design(1.5, 3), "filters"),
        (lambda: cnn.useful_kernel(0), "side"),
        (lambda: cnn.logits(cnn.Design(1, 1), torch.zeros(1, 3), torch.zeros(1, 1, 8, 8)), "theta"),
        (lambda: cnn.logits(cnn.Design(1, 1), torch.zeros(1, 54), torch.zeros(1, 1, 7, 8)), "images"),
        (lambda: cnn.logits(cnn.Design(1, 1), torch.full((1, 54), torch.nan), torch.zeros(1, 1, 8, 8)), "theta"),
        (lambda: cnn.embedded(cnn.Design(2, 3), cnn.Design(1, 3), torch.zeros(1, 148)), "larger"),
        (lambda: cnn.shuffled_in_blocks(torch.zeros(6, 8), torch.Generator()), "images"),
        (lambda: ensembles.train(cnn.Design(1, 1), experiments.training_sets(1, 5), None, 0, "x"), "n_steps"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
