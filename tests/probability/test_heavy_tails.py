"""Student's t and stable laws: against SciPy's distribution functions, stability, exponents, bad input."""

import math

import pytest
import torch
from scipy import stats

from mgai.probability import heavy_tails
from mgai.settings import generator


@pytest.mark.parametrize("freedom", [3, 5])
def test_student_vectors_have_the_radial_law_of_f(freedom):
    n = 40_000
    x = heavy_tails.student_vectors(n, freedom=freedom, generator=generator(f"test/t{freedom}"), d=3)
    radius = stats.f(3, freedom).ppf(0.8) * 3 * (freedom - 2) / freedom
    share = float((x.square().sum(1) <= radius).double().mean())
    assert abs(share - 0.8) < 6 * math.sqrt(0.16 / n)


@pytest.mark.parametrize("index", [1.0, 1.5, 2.0])
def test_stable_draws_have_the_law_and_so_do_their_means(index):
    n = 20_000
    p = heavy_tails.symmetric_stable(n, 4, index=index, generator=generator(f"test/stable{index}"))
    exact = {1.0: stats.cauchy.cdf, 1.5: lambda q: stats.levy_stable.cdf(q, 1.5, 0), 2.0: stats.norm(0, 2**0.5).cdf}
    share = 2 * exact[index](1.3) - 1
    assert heavy_tails.stable_share(1.3, index) == pytest.approx(share, abs=1e-7)
    for draws in (p[:, 0], p.mean(1) * 4 ** (1 - 1 / index)):
        assert abs(float((draws.abs() <= 1.3).double().mean()) - share) < 6 * 0.5 / math.sqrt(n)


def test_the_median_is_known_for_the_normal_law():
    assert heavy_tails.stable_median(2.0) == pytest.approx(2**0.5 * stats.norm.ppf(0.75), rel=1e-9)


def test_exponents_join_at_one_half():
    assert heavy_tails.tail_exponent(4.0001, 2) == 0.5
    assert heavy_tails.tail_exponent(3.9999, 2) == pytest.approx(0.5, abs=1e-4)
    assert heavy_tails.tail_exponent(5.0, 4) == pytest.approx(0.2)


@pytest.mark.bad_input
def test_bad_input_is_named():
    rng = torch.Generator()
    for call, word in (
        (lambda: heavy_tails.student_vectors(3, freedom=2, generator=rng), "freedom"),
        (lambda: heavy_tails.student_vectors(3, freedom=3.5, generator=rng), "freedom"),
        (lambda: heavy_tails.symmetric_stable(3, index=0.0, generator=rng), "index"),
        (lambda: heavy_tails.symmetric_stable(3, index=2.5, generator=rng), "index"),
        (lambda: heavy_tails.stable_share(1.0, 0.5), "index"),
        (lambda: heavy_tails.stable_share(-1.0, 1.5), "q"),
        (lambda: heavy_tails.tail_exponent(4.0, 2), "freedom"),
        (lambda: heavy_tails.tail_exponent(2.0, 2), "freedom"),
    ):
        with pytest.raises(ValueError, match=word):
            call()
