"""Activations: derivatives against autograd and differences, kinks, bad names."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mgai.calculus import activations as act

each = pytest.mark.parametrize("sigma", act.ACTIVATIONS.values(), ids=lambda sigma: sigma.name)


@each
@given(z=st.floats(-20, 20))
def test_derivatives_agree_with_autograd_everywhere(sigma, z):
    ours = sigma.derivative(torch.tensor(z, dtype=torch.float64)).item()
    assert ours == pytest.approx(act.framework_slope(sigma, z), abs=1e-14)


@each
@given(z=st.floats(-5, 5))
def test_derivatives_agree_with_differences_away_from_kinks(sigma, z):
    if all(abs(z - kink) > 1e-3 for kink in sigma.kinks):
        assert sigma.derivative(torch.tensor(z, dtype=torch.float64)).item() == pytest.approx(
            act.central_slope(sigma, z, 6e-6), abs=1e-8
        )


@each
def test_kinks_have_the_slopes_stated(sigma):
    for kink, (left, right) in sigma.kinks.items():
        h = 2.0**-8
        values = sigma(torch.tensor([kink - h, kink, kink + h], dtype=torch.float64)).numpy()
        np.testing.assert_allclose(np.diff(values) / h, [left, right], atol=1e-13)
        assert left != right
        assert act.central_slope(sigma, kink, h) == pytest.approx((left + right) / 2, abs=1e-13)


@each
def test_dtype_and_shape_are_kept(sigma):
    z = torch.randn(4, 6, generator=torch.Generator().manual_seed(1)).mT[::2]
    for values in (sigma(z), sigma.derivative(z)):
        assert values.shape == z.shape and values.dtype == torch.float32


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="name='swish'"):
        act.activation("swish")
    for step in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="step"):
            act.central_slope(torch.relu, 0.0, step)
