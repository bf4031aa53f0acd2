"""Total variation: adjoint, certificate, closed forms, what descent leaves, experiments, figures, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.optimization import total_variation as tv
from mgai.optimization import total_variation_descent as descents
from mgai.optimization import total_variation_experiments as experiments
from mgai.optimization import total_variation_figures as drawings
from mgai.optimization import total_variation_references as references
from mgai.settings import generator

DOUBLE = torch.float64
sizes = strategies.tuples(strategies.integers(1, 5), strategies.integers(1, 5), strategies.integers(0, 10**6))


def draw(label, *shape):
    return torch.rand(*shape, dtype=DOUBLE, generator=generator(f"test/total-variation/{label}"))


@given(sizes)
def test_the_operators_are_those_of_the_dense_matrix(case):
    h, w, seed = case
    u, p = draw(seed, h, w), draw(seed + 1, 2, h, w)
    matrix = torch.from_numpy(references.difference_matrix(h, w))
    assert torch.allclose(tv.differences(u).flatten(), matrix @ u.flatten())
    assert torch.allclose(tv.adjoint(p).flatten(), matrix.T @ p.flatten())
    assert torch.linalg.matrix_norm(matrix, 2) ** 2 < tv.NORM_SQUARED
    loop = sum(math.hypot(*vector) for vector in tv.differences(u).flatten(1).T.tolist())
    assert float(tv.total_variation(u)) == pytest.approx(loop)


@given(sizes, strategies.booleans())
def test_the_gap_is_a_certificate(case, lost):
    h, w, seed = case
    f, u = draw(seed, h, w), draw(seed + 2, h, w)
    known = (draw(seed + 3, h, w) > 0.5).double() if lost else None
    p = tv.shorten(2 * draw(seed + 4, 2, h, w) - 1, 0.3)
    assert tv.dual_value(p, f, 0.3, known) <= tv.energy(u, f, 0.3, known) + 1e-12
    grid = torch.linspace(0, 1, 2001, dtype=DOUBLE)[:, None, None]  # the minimum over each pixel by search
    mask = torch.ones_like(f) if known is None else known
    values = mask * (grid - f) ** 2 / 2 + grid * tv.adjoint(p)
    assert float(tv.dual_value(p, f, 0.3, known)) == pytest.approx(float(values.amin(0).sum()), abs=1e-5)


@pytest.mark.parametrize("accelerate", [False, True])
def test_the_method_finds_the_minimiser(accelerate):
    f = draw("small", 4, 5)
    best = references.minimiser_by_programming(f, 0.1)
    state = tv.restore(f, 0.1, 1500, accelerate=accelerate)
    assert (state.u - best).abs().max() < 1e-3
    assert 0 <= tv.duality_gap(state.u, state.p, f, 0.1) + 1e-12 < 1e-4
    assert tv.energy(best, f, 0.1) == pytest.approx(float(tv.energy(state.u, f, 0.1)), abs=1e-4)
    assert state.tau * state.sigma == pytest.approx(1 / 8)


@pytest.mark.parametrize(("a", "b", "height", "weight"), [(4, 3, 1.0, 0.3), (2, 5, 0.6, 0.2), (3, 3, 0.5, 5.0)])
def test_a_step_loses_its_contrast(a, b, height, weight):
    f = torch.cat([torch.zeros(a), torch.full((b,), height)]).double()
    exact = references.step_minimiser(a, b, height, weight)
    for image in (f[None], f[:, None]):
        assert torch.allclose(tv.restore(image, weight, 1500).u.flatten(), exact, atol=1e-5)


def test_no_weight_one_pixel_constant_images_and_float32():
    f = draw("edge", 3, 3)
    assert torch.allclose(tv.restore(f, 0.0, 200).u, f, atol=1e-6)
    assert torch.allclose(tv.restore(torch.tensor([[0.3]]), 1.0, 100).u, torch.tensor([[0.3]]))
    assert torch.allclose(tv.restore(f.float().T, 0.1, 300).u, tv.restore(f, 0.1, 300).u.T.float(), atol=1e-4)
    assert tv.restore(f.float(), 0.1, 1).p.dtype == torch.float32
    nothing = torch.zeros_like(f)
    lost = tv.restore(f, 0.1, 500, nothing)
    assert torch.allclose(lost.u, lost.u[0, 0].expand(3, 3)) and tv.duality_gap(*lost[:2], f, 0.1, nothing) < 1e-9


def test_descent_cycles_with_kinks_and_converges_when_smooth():
    grey = torch.full((1, 2), 0.5, dtype=DOUBLE)
    ends = descents.descent(grey, 0.3, 0.2, 400, start=torch.tensor([[0.1, 0.6]], dtype=DOUBLE))[-2:, 0]
    assert torch.allclose((ends[:, 1] - ends[:, 0]).abs(), torch.full((2,), 2 * 0.2 * 0.3 / 1.8, dtype=DOUBLE))
    f, eps = draw("smooth", 4, 4), 0.01
    images = descents.descent(f, 0.1, descents.largest_stable_step(0.1, eps) / 2, 3000, eps)
    assert descents.descent_direction(images[-1], f, 0.1, eps).abs().max() < 1e-6
    best = tv.energy(references.minimiser_by_programming(f, 0.1), f, 0.1)
    assert best - 1e-7 <= descents.energies(images[-1:], f, 0.1) <= best + 0.1 * 16 * eps


def test_the_direction_is_the_gradient_of_the_smoothed_energy():
    f, u = draw("gradient", 3, 4), draw("gradient/at", 3, 4)

    def smoothed(v):
        rows, columns = v.diff(dim=0), v.diff(dim=1)
        rows, columns = torch.cat([rows, 0 * v[:1]]), torch.cat([columns, 0 * v[:, :1]], dim=1)
        return (v - f).square().sum() / 2 + 0.2 * (rows**2 + columns**2 + 1e-4).sqrt().sum()

    assert torch.allclose(descents.descent_direction(u, f, 0.2, 1e-2), torch.func.grad(smoothed)(u))


def test_progress_and_its_figure():
    f = draw("progress", 8, 8)
    measured = experiments.progress(f, 0.2, 20)
    constant = experiments.rate_constant(f, 0.2)
    assert measured.counts[0] == 1 and measured.counts[-1] <= 20
    assert all(gap <= constant / n for gap, n in zip(measured.averaged, measured.counts, strict=True))
    assert measured.averaged[0] == pytest.approx(measured.last[0])
    assert min(measured.companion) >= 0 and len(measured.stable) == len(measured.counts)
    drawn = drawings.progress_figure(measured, constant)
    assert drawn.axes[0].get_xlabel() and drawn.axes[0].get_ylabel()
    assert f"{measured.last[-1]:.2g}" in drawings.progress_alt(measured, constant)


def test_images_and_their_figures():
    truth = experiments.photograph()
    assert truth.shape == (128, 128) and 0 <= truth.min() < 0.2 and 0.8 < truth.max() <= 1
    truth += 1  # a copy: nobody is harmed
    assert experiments.photograph().max() <= 1
    images = {"one": draw("one", 4, 4), "two": draw("two", 4, 4)}
    assert len(drawings.images_figure(images).axes) == 2
    assert f"{experiments.signal_to_noise(images['two'], images['one']):.1f} dB" in drawings.restored_alt(images)
    assert f"{float(images['one'].min()):.2f}" in drawings.letters_alt(images)
    figures.check_alt(drawings.letters_alt(images))
    assert experiments.letter().sum() == 2 * 44 * 7 + 30 * 7
    assert np.isclose(float(experiments.noisy(torch.full((50, 50), 0.5), 0.1, "test/noise").std()), 0.1, rtol=0.2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda f: tv.differences(torch.ones(3)), "u"),
        (lambda f: tv.differences(f * math.nan), "u"),
        (lambda f: tv.differences(torch.ones(0, 3)), "u"),
        (lambda f: tv.adjoint(torch.ones(3, 2, 2)), "p"),
        (lambda f: tv.energy(f, f[:1], 1.0), "u"),
        (lambda f: tv.energy(f, f, -1.0), "weight"),
        (lambda f: tv.energy(f, f, 1.0, 0.5 * f), "known"),
        (lambda f: tv.dual_value(torch.ones(2, 2, 2).double(), f, 0.1), "p"),
        (lambda f: tv.duality_gap(f + 2, torch.zeros(2, 2, 2).double(), f, 0.1), "u"),
        (lambda f: tv.restore(f, 0.1, -1), "n_steps"),
        (lambda f: tv.restore(f, 0.1, 3, torch.zeros_like(f), accelerate=True), "accelerate"),
        (lambda f: tv.shorten(torch.ones(2, 2, 2), -1.0), "length"),
        (lambda f: descents.descent(f, 0.1, 0.0, 1), "step"),
        (lambda f: descents.descent_direction(f, f[:1], 0.1, 0.0), "u"),
        (lambda f: descents.descent_direction(f, f, 0.1, -1.0), "eps"),
        (lambda f: descents.largest_stable_step(0.0, 1.0), "weight"),
        (lambda f: references.step_minimiser(0, 1, 1.0, 1.0), "n_low"),
        (lambda f: references.difference_matrix(0, 1), "h"),
        (lambda f: references.minimiser_by_programming(f, 0.0), "weight"),
        (lambda f: experiments.letter(6, 5), "stroke"),
        (lambda f: experiments.companion_step(-1.0), "weight"),
        (lambda f: experiments.noisy(f, -1.0, "x"), "deviation"),
        (lambda f: experiments.signal_to_noise(f, f), "image"),
        (lambda f: experiments.progress(f, 0.1, 0), "n_steps"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call(torch.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=DOUBLE))
