"""Spectra and participation ratios of clouds, what ReLU does to them, classes; the ensemble of networks, figures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies

from mgai.networks import activation_ensemble as ensemble
from mgai.networks import activation_spectra as spectra
from mgai.networks import activation_spectra_experiments as runs
from mgai.networks import activation_spectra_figures as drawings
from mgai.networks import activation_spectra_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def draw(label, *shape, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=generator(f"test/spectra/{label}")).to(dtype)


@pytest.mark.parametrize("shape", [(2, 1), (2, 5), (30, 4), (5, 5)])
def test_variances_are_numpys(shape):
    x = draw("variances", *shape) + 2
    found = spectra.principal_variances(x)
    exact = np.linalg.eigvalsh(np.cov(x.numpy().T).reshape(shape[1], shape[1]))[::-1][: min(shape)]
    assert np.allclose(found, exact)
    assert found.shape == (min(shape),)
    assert spectra.explained_share(found, 0) == 0
    assert math.isclose(spectra.explained_share(found, len(found)), 1)


@settings(max_examples=15)
@given(strategies.lists(strategies.floats(0, 1e6), min_size=1, max_size=8).filter(lambda v: max(v) > 1e-6))
def test_participation_lies_between_one_and_the_rank(values):
    variances = torch.tensor(values, dtype=DOUBLE)
    found = float(spectra.participation_ratio(variances))
    assert 1 - 1e-12 <= found <= int((variances > 0).sum()) + 1e-9
    assert math.isclose(found, float(spectra.participation_ratio(3 * variances)), rel_tol=1e-12)


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (4, 6, 5), (2, 3, 4, 9)])
@pytest.mark.parametrize("dtype", [DOUBLE, torch.float32])
def test_the_samples_participation_is_that_of_its_spectrum(shape, dtype):
    x = draw("sample", *shape, dtype=dtype)
    found = spectra.sample_participation_ratio(x)
    assert found.dtype == dtype
    assert found.shape == shape[:-2]
    slow = [spectra.participation_ratio(spectra.principal_variances(each)) for each in x.reshape(-1, *shape[-2:])]
    assert torch.allclose(found.flatten(), torch.stack(slow), rtol=1e-4 if dtype == torch.float32 else 1e-10)
    strided = x.mT.contiguous().mT
    assert torch.allclose(spectra.sample_participation_ratio(strided), found)


def test_few_points_have_few_directions():
    x = draw("few", 4, 100)
    assert spectra.sample_participation_ratio(x) <= 3
    assert references.mean_inverse_participation(2, 5) == 1
    assert references.mean_inverse_participation(9, 1) == 1


@pytest.mark.parametrize("rho", [-0.99, -0.5, 0.0, 0.3, 0.9])
def test_relus_covariance_is_that_of_the_quadrature(rho):
    sigma = torch.tensor([[4.0, 6 * rho], [6 * rho, 9.0]], dtype=DOUBLE)
    found = spectra.relu_covariance(sigma)
    assert math.isclose(found[0, 1], 6 * references.relu_covariance_by_quadrature(rho), abs_tol=1e-10)
    assert math.isclose(found[0, 0], 4 * float(spectra.relu_variance(torch.tensor(0.0, dtype=DOUBLE))), rel_tol=1e-12)


def test_relus_correlation_is_smaller_and_its_ends_are_right():
    rho = torch.linspace(-1, 1, 1001, dtype=DOUBLE)
    kappa = spectra.relu_correlation(rho)
    assert (kappa.abs() <= rho.abs() + 1e-12).all()
    assert torch.allclose(kappa[[0, 500, 1000]], torch.tensor([-1 / (math.pi - 1), 0, 1], dtype=DOUBLE), atol=1e-12)
    singular = torch.ones(2, 2, dtype=DOUBLE)
    assert torch.allclose(spectra.relu_covariance(singular), singular * (math.pi - 1) / (2 * math.pi))


@pytest.mark.parametrize("mean", [-2.0, 0.0, 1.5])
def test_a_rectified_variance_is_that_of_its_quadrature(mean):
    grid = torch.linspace(-10, 10, 200_001, dtype=DOUBLE)
    weight = torch.exp(-grid.square() / 2) / math.sqrt(2 * math.pi) * (grid[1] - grid[0])
    y = (grid + mean).clamp_min(0)
    exact = (weight @ y.square()) - (weight @ y) ** 2
    assert math.isclose(spectra.relu_variance(torch.tensor(mean, dtype=DOUBLE)), exact, abs_tol=1e-8)


def test_classes():
    x, labels = draw("classes", 12, 3), torch.tensor([5, 5, 5, 5, 5, 0, 0, 0, 2, 2, 2, 2])
    assert torch.allclose(spectra.class_means(x, labels)[0], x[5:8].mean(0))
    found = spectra.between_class_share(x, labels)
    assert math.isclose(found, references.between_share_by_regression(x, labels), rel_tol=1e-10)
    assert torch.allclose(spectra.between_class_share(torch.stack([x, 2 * x + 1]), labels), found.expand(2))
    assert spectra.between_class_share(x, torch.zeros(12, dtype=torch.int64)) < 1e-12
    assert math.isclose(spectra.between_class_share(x, torch.arange(12)), 1)
    assert torch.linalg.matrix_rank(spectra.hinge_curve(5) - spectra.hinge_curve(5).mean(0)) == 5


def small_networks(count=3):
    theta = ensemble.initial(generator("test/spectra/networks"), count, 8, (2, 3), 5)
    for name in theta:
        if "bias" in name:
            theta[name] = draw(name, *theta[name].shape, dtype=torch.float32)
    return theta


def test_each_network_is_torchs_own():
    theta, images = small_networks(), draw("images", 4, 8, 8, dtype=torch.float32)
    found = ensemble.activations(theta, images)
    assert tuple(found) == ensemble.STAGES
    functional = torch.nn.functional
    for i in range(3):
        x = functional.conv2d(images[:, None], theta["conv1"][i], theta["conv1 bias"][i], padding=1)
        assert torch.allclose(found["conv 1"][i], x, atol=1e-5)
        x = functional.max_pool2d(functional.relu(x), 2)
        x = functional.conv2d(x, theta["conv2"][i], theta["conv2 bias"][i], padding=1)
        assert torch.allclose(found["conv 2"][i], x, atol=1e-5)
        x = functional.max_pool2d(functional.relu(x), 2).flatten(1) @ theta["dense"][i].T + theta["dense bias"][i]
        assert torch.allclose(
            found["logits"][i], functional.relu(x) @ theta["out"][i].T + theta["out bias"][i], atol=1e-4
        )
    own = ensemble.activations(theta, images.expand(3, -1, -1, -1))
    assert torch.equal(own["logits"], found["logits"])
    for before, after in ensemble.RECTIFIED:
        assert (found[before] < 0).any()  # nothing was overwritten in place
        assert torch.equal(found[after], found[before].clamp_min(0))


def test_networks_train_alone_and_lower_the_loss():
    images, labels = draw("train", 20, 8, 8, dtype=torch.float32), torch.arange(20) % 10
    theta, seen = small_networks(2), [torch.arange(20), torch.arange(5)]
    arguments = images, seen, labels.expand(2, 20)
    after = ensemble.train(theta, *arguments, generator("test/spectra/train"), 15, batch=8)
    again = ensemble.train(theta, *arguments, generator("test/spectra/train"), 15, batch=8)
    other = {name: torch.cat([value[:1], value[1:] + 0.1]) for name, value in theta.items()}
    beside = ensemble.train(other, *arguments, generator("test/spectra/train"), 15, batch=8)
    loss = [float(torch.nn.functional.cross_entropy(ensemble.activations(t, images)["logits"][0], labels))
            for t in (theta, after)]  # fmt: skip
    assert loss[1] < loss[0]
    for name in theta:
        assert torch.equal(after[name], again[name])
        assert torch.allclose(after[name][0], beside[name][0], atol=1e-4)


def test_figures_name_their_axes_and_their_numbers():
    stages = len(ensemble.STAGES)
    profile = {measure: draw(measure, 5, stages).abs() for measure in runs.MEASURES}
    drawn = drawings.depth_figure({"trained": profile, "untrained": profile})
    assert [axes.get_ylabel() for axes in drawn.axes] == list(runs.MEASURES)
    assert f"{float(profile['TwoNN'][:, -1].median()):.2g}" in drawings.depth_alt({"trained": profile})
    clouds = {stage: runs.variance_shares(draw(stage, 5, 9, 7)) for pair in ensemble.RECTIFIED for stage in pair}
    drawn = drawings.spectra_figure({"trained": clouds, "untrained": clouds})
    assert drawn.axes[3].get_xlabel() == "axis"
    assert "trained, conv 1" in drawings.spectra_alt({"trained": clouds})
    assert math.isclose(float(clouds["dense"][0].sum()), 1)
    table = {name: {measure: draw(name + measure, 5, 2).abs() for measure in ("accuracy", "participation ratio")}
             for name in runs.CONDITIONS}  # fmt: skip
    memory = drawings.memory_figure(table)
    assert len(memory.axes) == 2
    assert memory.axes[1].get_ylim()[1] > max(float(each["participation ratio"].median(0).values.max())
                                              for each in table.values())  # fmt: skip
    assert "100 at random" in drawings.memory_alt(table)
    assert drawings.correlation_figure().axes[0].get_xlabel() == "correlation before ReLU"
    assert "-0.47" in drawings.correlation_alt()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: spectra.principal_variances(torch.ones(1, 3)), ValueError, "two rows"),
        (lambda: spectra.participation_ratio(torch.zeros(3)), ValueError, "variances"),
        (lambda: spectra.participation_ratio(torch.tensor([1.0, -1.0])), ValueError, "variances"),
        (lambda: spectra.participation_ratio(torch.tensor([1, 2])), TypeError, "variances"),
        (lambda: spectra.explained_share(torch.ones(3), 4), ValueError, "k"),
        (lambda: spectra.sample_participation_ratio(torch.ones(3, 2)), ValueError, "x"),
        (lambda: spectra.sample_participation_ratio(torch.full((3, 2), math.nan)), ValueError, "x"),
        (lambda: spectra.sample_participation_ratio(torch.ones(3)), ValueError, "x"),
        (lambda: spectra.relu_correlation(torch.tensor([1.1])), ValueError, "rho"),
        (lambda: spectra.relu_covariance(torch.zeros(2, 2)), ValueError, "covariance"),
        (lambda: spectra.relu_covariance(torch.ones(2, 3)), ValueError, "covariance"),
        (lambda: spectra.class_means(torch.ones(3, 2), torch.zeros(2, dtype=torch.int64)), ValueError, "labels"),
        (lambda: spectra.between_class_share(torch.ones(3, 2), torch.arange(3)), ValueError, "x"),
        (lambda: spectra.hinge_curve(0), ValueError, "d"),
        (lambda: ensemble.initial(torch.Generator(), 1, 6), ValueError, "side"),
        (lambda: ensemble.activations(small_networks(), torch.ones(2, 4, 8, 8)), ValueError, "images"),
        (lambda: ensemble.train(small_networks(), torch.ones(4, 8, 8), [torch.arange(4)],
                                torch.zeros(3, 4, dtype=torch.int64), torch.Generator(), 1), ValueError, "chosen"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, named):
    with pytest.raises(error, match=named):
        call()
