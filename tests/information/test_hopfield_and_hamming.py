"""The Hamming code, memories by their energies, descent, capacities, references, figures; bad input."""

import math
from itertools import permutations

import pytest
import torch
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from mgai import figures
from mgai.information import hopfield_and_hamming as ours
from mgai.information import hopfield_and_hamming_figures as drawings
from mgai.information import hopfield_and_hamming_references as references
from mgai.information import hopfield_capacity as capacity
from mgai.settings import generator

DOUBLE = torch.float64


def random_weights(seed, n):
    matrix = torch.randint(-2, 3, (n, n), generator=generator(f"test/hopfield/{seed}")).double()
    return (matrix + matrix.T).fill_diagonal_(0)


def test_the_code_is_linear_of_distance_three():
    words = ours.codewords()
    differ = (words[:, None] != words[None]).sum(-1)
    assert sorted(differ[0].tolist()) == [0, *[3] * 7, *[4] * 7, 7]
    products = words[:, None] * words[None]  # sums modulo 2
    assert set(ours.indices(products).flatten().tolist()) == set(ours.indices(words).tolist())
    for position in range(7):
        flipped = words.clone()
        flipped[:, position] *= -1
        assert ours.syndromes(flipped).tolist() == [position + 1] * 16


@hypothesis_settings(max_examples=8, deadline=None)
@given(strategies.integers(0, 10**6), strategies.integers(2, 4))
def test_descent_is_the_limit_of_single_updates(seed, n):
    weights = random_weights(seed, n)
    limits = ours.descent_limits(ours.quadratic_energies(weights))
    torch.testing.assert_close(limits, references.limits_by_powers(weights), atol=1e-10, rtol=0)
    torch.testing.assert_close(limits.sum(1), torch.ones(2**n, dtype=DOUBLE))


def test_certainty_is_certainty_in_every_order():
    weights, x = random_weights("orders", 4), ours.states(4)
    limits = ours.descent_limits(ours.quadratic_energies(weights))
    for start in range(16):
        ends = set()
        for order in permutations(range(4)):
            state = x[start].clone()
            for i in order * 8:
                field = float(weights[i] @ state)
                state[i] = state[i] if field == 0 else math.copysign(1.0, field)
            ends.add(int(ours.indices(state)))
        assert ends <= set(limits[start].nonzero().flatten().tolist())
        assert bool(limits[start].max() < 1) or len(ends) == 1


@given(strategies.integers(0, 10**6))
@hypothesis_settings(max_examples=10, deadline=None)
def test_synchronous_orbits_have_period_one_or_two(seed):
    weights, x = random_weights(seed, 5), ours.states(5)
    for _ in range(40):
        x = ours.synchronous_step(weights, x)
    assert torch.equal(ours.synchronous_step(weights, ours.synchronous_step(weights, x)), x)


def test_hebb_sees_equal_bits_only():
    code = torch.tensor([[1, 1, 0, 0, 1], [0, 0, 1, 1, 1]])
    expected = torch.zeros(5, 5, dtype=DOUBLE)
    expected[0, 1] = expected[1, 0] = expected[2, 3] = expected[3, 2] = 4
    assert torch.equal(ours.hebbian_weights(references.words_of(code)), expected)
    torch.testing.assert_close(
        ours.dense_energies(references.words_of(code), torch.exp), references.energy_by_dual(code, torch.exp)
    )
    assert not ours.hebbian_weights(ours.codewords()).any()
    assert ours.hebbian_weights(ours.codewords().float()).dtype == torch.float32


def test_hebbs_energy_is_the_dense_one_of_degree_two():
    words = references.pairs()[[0, 3, 5]]
    quadratic = ours.quadratic_energies(ours.hebbian_weights(words))
    dense = ours.dense_energies(words, lambda z: z**2 / 2)
    torch.testing.assert_close(quadratic - quadratic[0], dense - dense[0])


def test_profiles_and_success():
    every = torch.eye(128, dtype=DOUBLE)
    assert ours.corrected(every, ours.codewords()).tolist() == [1.0] + [0.0] * 7
    one = references.pairs()[:1]
    profile = ours.corrected(ours.descent_limits(ours.quadratic_energies(ours.hebbian_weights(one))), one)
    assert profile.tolist() == [1.0, 7.0, 21.0, 35.0, 0.0, 0.0, 0.0, 0.0]
    full = torch.tensor([math.comb(7, d) for d in range(8)], dtype=DOUBLE)
    torch.testing.assert_close(ours.success(full, torch.rand(3, dtype=DOUBLE)), torch.ones(3, dtype=DOUBLE))
    late = ours.corrected(references.companion_limits(False, 400), references.companion_words())
    torch.testing.assert_close(
        late, torch.tensor(references.product_profile([(1, 4, 3, 0, 0), (1, 2, 1, 0)]), dtype=DOUBLE)
    )


def test_the_companion_retrieval_drawn():
    weights, rng = ours.hebbian_weights(references.companion_words()), generator("test/hopfield/companion")
    table, limits = ours.quadratic_energies(weights), references.companion_limits()
    ends = torch.zeros(128)
    for _ in range(200):
        x, levels = ours.states(7)[3].clone(), [float(table[3])]
        for _ in range(20):
            i = int(torch.randint(7, (1,), generator=rng))
            x[i] = 1.0 if float(weights[i] @ x) >= 0 else -1.0
            levels.append(float(table[ours.indices(x)]))
            if len(levels) > 3 and levels[-1] == levels[-2]:
                break
        ends[ours.indices(x)] += 1 / 200
    assert float((ends - limits[3]).abs().max()) < 6 * 0.5 / 200**0.5


@pytest.mark.parametrize(("n", "k"), [(2, 2), (2, 5), (3, 3), (5, 2), (4, 3)])
def test_crosstalk_by_enumeration(n, k):
    assert capacity.crosstalk_error(n, k) == pytest.approx(references.unstable_by_enumeration(n, k), abs=1e-15)


def test_bounds_and_limits_of_the_capacity():
    assert capacity.crosstalk_error(50, 1) == 0.0 == capacity.error_bound(50, 1)
    assert capacity.crosstalk_error(20_001, 5_001) == pytest.approx(capacity.gaussian_error(20_000, 5_000), rel=0.05)
    k = capacity.safe_patterns(1000, 0.01)
    assert 1000 * capacity.error_bound(1000, k) <= 0.01 < 1000 * capacity.error_bound(1000, k + 1)


def test_figures_show_what_they_name():
    left, right = drawings.success_figure().axes
    assert left.get_ylabel() and right.get_xlabel() and len(left.lines) == 3 and len(right.lines) == 5
    assert "0.850" in drawings.success_alt()
    left, right = drawings.capacity_figure().axes
    assert right.get_yscale() == "log" and left.get_xlabel() and "7, 7, 5, 3 to 5" in drawings.capacity_alt()
    for alt in (drawings.success_alt(), drawings.capacity_alt()):
        figures.check_alt(alt)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: ours.states(0), "n must"),
        (lambda: ours.states(13), "n must"),
        (lambda: ours.hebbian_weights(torch.zeros(2, 3)), "patterns"),
        (lambda: ours.hebbian_weights(torch.ones(0, 3)), "patterns"),
        (lambda: ours.dense_energies(torch.full((1, 3), math.nan), torch.square), "patterns"),
        (lambda: ours.quadratic_energies(torch.eye(3)), "weights"),
        (lambda: ours.quadratic_energies(torch.tensor([[0.0, 1.0], [2.0, 0.0]])), "weights"),
        (lambda: ours.descent_limits(torch.zeros(3)), "energies"),
        (lambda: ours.descent_limits(torch.tensor([0.0, math.inf])), "energies"),
        (lambda: ours.corrected(torch.eye(8), torch.ones(1, 2)), "limits"),
        (lambda: ours.corrected(torch.eye(4), torch.zeros(1, 2)), "words"),
        (lambda: ours.success(torch.ones(3), torch.tensor([1.5])), "p must"),
        (lambda: ours.success(torch.ones(3), torch.tensor([math.nan])), "p must"),
        (lambda: capacity.crosstalk_error(1, 3), "n must"),
        (lambda: capacity.gaussian_error(3, 0), "k must"),
        (lambda: capacity.safe_patterns(10, 1.0), "risk"),
    ],
)
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=argument):
        call()
