"""The Laplace law's transport, its quadrature and sample, the test of normality, references and figures."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from mgai import figures
from mgai.probability import monotone_flow as mono
from mgai.probability import normalizing_flow as nf
from mgai.probability import normalizing_flow_figures as drawings
from mgai.probability import normalizing_flow_references as references
from mgai.settings import generator

DOUBLE = torch.float64


def test_the_transport_keeps_tail_probabilities():
    y = torch.linspace(-30, 30, 121, dtype=DOUBLE)
    g = nf.laplace_transport(y)
    np.testing.assert_allclose(stats.norm.logsf(g.numpy()), stats.laplace.logsf(y.numpy()), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(g, -g.flip(0))
    assert bool((g.diff() > 0).all())
    assert math.isfinite(float(nf.laplace_transport(torch.tensor([1e6], dtype=DOUBLE))))
    assert nf.laplace_transport(y.float()).dtype == torch.float32


def test_the_transport_and_its_slope_agree_with_other_routes():
    y = torch.tensor([0.01, 1.0, 7.0], dtype=DOUBLE)
    torch.testing.assert_close(references.transport_in_many_digits(y), nf.laplace_transport(y), rtol=1e-12, atol=0)
    step = 1e-5
    quotient = (nf.laplace_transport(y + step) - nf.laplace_transport(y - step)) / (2 * step)
    torch.testing.assert_close(references.laplace_slope(y), quotient, rtol=1e-8, atol=0)


def test_the_expansion_closes_in_on_the_quantile():
    levels = [30.0, 100.0, 300.0]
    exact = [float(nf.special.ndtri_exp(-level)) ** 2 for level in levels]
    misses = [abs(nf.normal_score_of_tail(level) - x) for level, x in zip(levels, exact, strict=True)]
    assert all(miss < (math.log(4 * math.pi * level) / (2 * level)) ** 2
               for miss, level in zip(misses, levels, strict=True))  # fmt: skip
    together = nf.normal_score_of_tail(torch.tensor(levels, dtype=DOUBLE))
    assert together.tolist() == pytest.approx([nf.normal_score_of_tail(level) for level in levels])


def test_the_quadrature_knows_moments_and_entropy():
    y, w = nf.laplace_nodes()
    assert [float(w @ y**k) for k in (0, 1, 2, 4)] == pytest.approx([1, 0, 2, 24], abs=1e-10)
    assert float(w @ (y.abs() + math.log(2))) == pytest.approx(nf.LAPLACE_ENTROPY)


def test_the_sample_is_laplace():
    y = nf.laplace_sample(20_000, "test/laplace")
    assert stats.kstest(y.numpy(), stats.laplace.cdf).pvalue > 1e-6
    assert torch.equal(y[:10], nf.laplace_sample(20_000, "test/laplace")[:10])


def test_the_test_is_that_of_scipy():
    x = torch.randn(20, 50, dtype=DOUBLE, generator=generator("test/ks")) + 0.2
    expected = [stats.kstest(row.numpy(), stats.norm.cdf, method="exact").pvalue < 0.05 for row in x]
    assert nf.rejected_as_normal(x).tolist() == expected
    assert bool(nf.rejected_as_normal(x[0])) == expected[0]


def test_fits_are_independent_and_errors_are_errors():
    flows = nf.laplace_fits(200, 2)
    assert not torch.equal(flows[0].theta, flows[1].theta)
    assert nf.laplace_fits(200, 2)[0] is flows[0]
    levels = torch.tensor([0.25, 1e-3], dtype=DOUBLE)
    y = -torch.log(2 * levels)
    by_hand = [
        math.sqrt(sum(float(flows[0](s * q[None]) - nf.laplace_transport(s * q[None])) ** 2 for s in (1, -1)) / 2)
        for q in y
    ]
    assert nf.tail_errors(flows[0], levels).tolist() == pytest.approx(by_hand)
    grid = torch.linspace(-8, 8, 401, dtype=DOUBLE)
    by_scipy = abs(stats.laplace.cdf(grid.numpy()) - stats.norm.cdf(flows[0](grid).numpy())).max()
    assert nf.kolmogorov_distance(flows[0], grid) == pytest.approx(by_scipy)


def test_the_references_agree_with_the_fit():
    y = nf.laplace_sample(300, "test/slsqp")
    assert float(mono.fit(y).loss(y).mean()) == pytest.approx(references.best_cost_by_slsqp(y), abs=1e-7)
    [best] = nf.laplace_fits(None)
    excess = mono.excess(best, *nf.laplace_nodes(), nf.LAPLACE_ENTROPY)
    assert references.divergence_of_mapped_law(best) == pytest.approx(excess, abs=1e-10)


def test_figures_show_what_was_computed(monkeypatch):
    monkeypatch.setattr(drawings, "SIZES", ((200, 2), (400, 2)))
    drawn = drawings.map_figure()
    left, right = drawn.axes
    flow, exact = left.lines[0], left.lines[-1]
    np.testing.assert_allclose(exact.get_ydata(), nf.laplace_transport(torch.tensor(exact.get_xdata())).numpy())
    np.testing.assert_allclose(flow.get_ydata(), nf.laplace_fits(400, 2)[0](torch.tensor(flow.get_xdata())).numpy())
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in (left, right))
    errors = drawings.typical_errors(200, 2, torch.tensor([1e-6], dtype=DOUBLE))
    assert f"{float(errors):.2g} at 1e-06" in drawings.map_alt()
    figures.check_alt(drawings.map_alt())
    y = nf.laplace_sample(500, "test/figure")
    left, right = drawings.normality_figure(nf.laplace_fits(None)[0], y).axes
    mapped = nf.laplace_fits(None)[0](y).sort().values
    np.testing.assert_allclose(right.lines[1].get_ydata(), mapped.numpy())
    assert f"{mapped[0]:.2f}" in drawings.normality_alt(nf.laplace_fits(None)[0], y)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nf.laplace_transport(torch.tensor([math.nan])), "y has entries that are not finite"),
        (lambda: nf.laplace_transport(torch.zeros(0)), "y must have shape"),
        (lambda: nf.rejected_as_normal(torch.zeros(3, 0)), "x needs points"),
        (lambda: nf.rejected_as_normal(torch.zeros(3), 1.0), "level must lie between"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
