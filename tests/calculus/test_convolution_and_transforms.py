"""Integral transforms, the Fourier transform and convolution on the line, against closed forms and SciPy."""

import math

import pytest
import scipy.integrate
import torch
from hypothesis import given, strategies

from mgai import figures
from mgai.calculus import convolution_and_transforms as transforms
from mgai.calculus import convolution_and_transforms_figures as drawings
from mgai.calculus import convolution_and_transforms_references as references

DOUBLE = torch.float64
LINE = tuple(range(-8, 9))
numbers = strategies.floats(-2, 2)
widths = strategies.floats(0.4, 1.5)


def points(*values):
    return torch.tensor(values, dtype=DOUBLE)


@given(strategies.integers(1, 6), strategies.floats(-3, 3), strategies.floats(0.1, 3))
def test_quadrature_is_exact_to_its_degree_and_no_further(n, lower, length):
    t, w = transforms.quadrature_points((lower, lower + length / 3, lower + length), n)
    degree = 2 * n - 1
    exact = ((lower + length) ** (degree + 1) - lower ** (degree + 1)) / (degree + 1)
    assert (w * t**degree).sum().item() == pytest.approx(exact, rel=1e-10, abs=1e-9)
    assert w.sum().item() == pytest.approx(length, rel=1e-13)
    assert len(t) == len(w) == 2 * n


def test_quadrature_beyond_its_degree_is_wrong():
    t, w = transforms.quadrature_points((0.0, 1.0), 2)
    assert (w * t**4).sum().item() != pytest.approx(1 / 5, rel=1e-3)


@given(numbers)
def test_integral_transform_agrees_with_scipy(u):
    found = transforms.integral_transform(lambda t, u: torch.exp(-u * t**2), torch.cos, points(u), (0.0, 1.0, 2.0))
    expected = scipy.integrate.quad(lambda t: math.exp(-u * t**2) * math.cos(t), 0, 2, epsabs=1e-13)[0]
    assert found.item() == pytest.approx(expected, rel=1e-9, abs=1e-11)


@given(numbers, widths)
def test_transform_of_a_gaussian_is_a_gaussian(u, width):
    found = transforms.fourier_transform(lambda t: transforms.gaussian(t, width), points(u), LINE)
    assert abs(found.item() - math.exp(-math.pi * (width * u) ** 2)) < 1e-13


@given(numbers, numbers)
def test_a_shift_turns_the_transform(u, delta):
    moved = transforms.fourier_transform(transforms.translate(transforms.gaussian, delta), points(u), LINE)
    expected = torch.exp(2j * torch.pi * points(u * delta)) * math.exp(-math.pi * u**2)
    assert abs((moved - expected).item()) < 1e-12


@given(numbers)
def test_inverse_transform_at_minus_u(t):
    back = transforms.fourier_transform(lambda u: torch.exp(-torch.pi * u**2), points(-t), LINE)
    assert abs(back.item() - math.exp(-math.pi * t**2)) < 1e-13


@given(numbers, widths, widths)
def test_gaussians_convolve_to_a_gaussian(u, first, second):
    """Squares of the widths add; both orders give it."""

    def f(t):
        return transforms.gaussian(t, first)

    def h(t):
        return transforms.gaussian(t, second)

    expected = transforms.gaussian(points(u), math.hypot(first, second)).item()
    for pair in ((f, h), (h, f)):
        assert transforms.convolution(*pair, points(u), LINE).item() == pytest.approx(expected, rel=1e-11, abs=1e-13)


@given(numbers, numbers)
def test_convolution_commutes_with_translation(u, delta):
    first = transforms.convolution(transforms.translate(torch.sin, delta), torch.exp, points(u), (0.0, 1.0))
    last = transforms.convolution(torch.sin, torch.exp, points(u + delta), (0.0, 1.0))
    torch.testing.assert_close(first, last, rtol=1e-12, atol=1e-13)


@given(strategies.floats(0.05, 1.95))
def test_convolution_of_boxes_is_a_tent(u):
    """The box moved by u lies on the kernel from max(0, u - 1) to min(1, u): jumps stand at the panels' ends."""
    ends = sorted({0.0, 1.0, max(0.0, u - 1), min(1.0, u)})
    found = transforms.convolution(transforms.box, torch.ones_like, points(u), ends)
    assert found.item() == pytest.approx(1 - abs(u - 1), rel=1e-9, abs=1e-12)


def test_float32_and_points_in_any_order():
    u = torch.tensor([[2.0, -1.0], [0.5, 3.0]]).T[0]  # not contiguous
    found = transforms.convolution(transforms.gaussian, torch.ones_like, u, (0.0, 1.0))
    assert found.dtype == torch.float32
    torch.testing.assert_close(
        found.double(), transforms.convolution(transforms.gaussian, torch.ones_like, u.double(), (0.0, 1.0)),
        rtol=1e-5, atol=1e-6,
    )  # fmt: skip
    assert transforms.fourier_transform(transforms.gaussian, u, LINE).dtype == torch.complex64


def test_box_holds_both_ends():
    assert transforms.box(points(-1.0, 0.0, 0.5, 1.0, 1.5)).tolist() == [0, 1, 1, 1, 0]


@given(strategies.floats(1, 8), strategies.floats(1, 8))
def test_young_exponents(p, q):
    excess = 1 / p + 1 / q - 1
    if excess > 1e-9:
        assert 1 / transforms.young_exponent(p, q) == pytest.approx(excess)
    elif excess < -1e-9:
        with pytest.raises(ValueError, match="1/p"):
            transforms.young_exponent(p, q)


@pytest.mark.parametrize(("p", "q"), [(2.0, 2.0), (3.0, 1.5), (1.0, math.inf), (math.inf, 1.0)])
def test_conjugate_exponents_give_bounded_convolutions(p, q):
    assert transforms.young_exponent(p, q) == math.inf


@given(numbers, numbers)
def test_superposition_holds_for_linear_and_fails_for_affine_transforms(alpha, beta):
    grid = points(0.0, 0.5, 1.0)
    linear = transforms.superposition_defect(lambda f: f(2 * grid) - f(grid), torch.sin, torch.square, alpha, beta)
    affine = transforms.superposition_defect(lambda f: f(grid) + 1, torch.sin, torch.square, alpha, beta)
    assert linear.abs().max() < 1e-13
    torch.testing.assert_close(affine, torch.full_like(grid, 1 - alpha - beta), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("width", [0.25, 0.5])
def test_spectra_of_the_figure_multiply(width):
    u = torch.linspace(-4, 4, 33, dtype=DOUBLE)
    f, h, both = drawings.smoothed_box_spectra(u, width)
    torch.testing.assert_close(both, torch.sinc(u) * torch.exp(-torch.pi * (width * u) ** 2), rtol=0, atol=1e-12)
    torch.testing.assert_close(f * h, both, rtol=0, atol=1e-12)


def test_figures_name_their_axes_and_tell_their_numbers():
    step, mean = (torch.arange(12) >= 6).double(), torch.ones(3, dtype=DOUBLE) / 3
    for drawn, alt in (
        (drawings.spectra_figure(0.5), drawings.spectra_alt(0.5)),
        (drawings.borders_figure(step, mean), drawings.borders_alt(step, mean)),
    ):
        figures.check_alt(alt)
        assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    assert "14 entries" in alt and "first 2" in alt and "up to 0.67 instead of at most 0," in alt


@pytest.mark.bad_input
@pytest.mark.parametrize("panels", [(), (0.0,), (1.0, 0.0), (0.0, 0.0), (0.0, math.inf), (0.0, math.nan)])
def test_panels_must_rise(panels):
    with pytest.raises(ValueError, match="panels"):
        transforms.quadrature_points(panels)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: transforms.quadrature_points((0.0, 1.0), 0), ValueError, "n_points"),
        (lambda: transforms.convolution(torch.sin, torch.sin, torch.arange(3), (0.0, 1.0)), TypeError, "u must"),
        (lambda: transforms.convolution(torch.sin, torch.sin, torch.zeros(0), (0.0, 1.0)), ValueError, "u must"),
        (lambda: transforms.convolution(torch.sin, torch.sin, torch.zeros(2, 2), (0.0, 1.0)), ValueError, "u must"),
        (lambda: transforms.convolution(torch.sin, torch.sin, points(math.nan), (0.0, 1.0)), ValueError, "finite"),
        (lambda: transforms.convolution(torch.exp, torch.exp, points(1000.0), (0.0, 1.0)), ValueError, "not finite"),
        (lambda: transforms.translate(torch.sin, math.nan), ValueError, "delta"),
        (lambda: transforms.gaussian(points(0.0), 0.0), ValueError, "width"),
        (lambda: transforms.box(points(0.0), 1.0, 1.0), ValueError, "lower"),
        (lambda: transforms.young_exponent(0.5, 2.0), ValueError, "at least 1"),
        (lambda: transforms.young_exponent(math.nan, 2.0), ValueError, "at least 1"),
        (lambda: transforms.young_exponent(4.0, 4.0), ValueError, "1/p"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_references_agree_with_loops():
    f, h = points(1.0, 2.0, 3.0, 5.0), points(1.0, 10.0, 100.0)
    loops = [sum(h[t] * f[u - t] for t in range(3) if 0 <= u - t < 4).item() for u in range(6)]
    assert references.convolution_by_numpy(f, h).tolist() == loops
    assert references.product_of_polynomials(f, h, points(1.0)).tolist() == loops
    slides = [sum(h[t] * f[u + t] for t in range(3) if 0 <= u + t < 4).item() for u in range(-2, 4)]
    assert references.correlation_by_numpy(h, f).tolist() == slides
    assert references.recursive_filter(f, 0.5).tolist() == [1.0, 2.5, 4.25, 7.125]
    waves = [sum(math.cos(0.7 * (u + t)) for t in range(-2, 3)) / 5 for u in range(4)]
    assert waves == pytest.approx([references.mean_of_wave(0.7, 2) * math.cos(0.7 * u) for u in range(4)])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: references.convolution_by_numpy(torch.zeros(0), points(1.0)), "f must"),
        (lambda: references.correlation_by_numpy(points(math.nan), points(1.0)), "h has"),
        (lambda: references.product_of_polynomials(), "factors"),
        (lambda: references.recursive_filter(torch.zeros(2, 2), 0.5), "x must"),
        (lambda: references.mean_of_wave(0.0, 1), "omega"),
        (lambda: references.mean_of_wave(1.0, -1), "r must"),
    ],
)
def test_bad_input_of_references_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
