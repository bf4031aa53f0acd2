"""Decoders of the Hamming code: layers, exact errors, sampling of unions, training, figures."""

import math

import pytest
import torch
from scipy import stats

from mgai.information import hopfield_and_hamming as hamming
from mgai.networks import learned_decoder as ours
from mgai.networks import learned_decoder_experiments as experiments
from mgai.networks import learned_decoder_figures as drawings
from mgai.networks import learned_decoder_references as references
from mgai.settings import generator

WORDS = hamming.codewords()


def rng(label):
    return generator(f"test/learned-decoder/{label}")


def table_of(weights, biases):
    return experiments.decided(weights[None], biases[None])[0]


@pytest.mark.parametrize("sigma", [0.3, 1.0, 3.0])
def test_the_layer_is_the_posterior_of_any_words(sigma):
    words, y = torch.randn(2, 9, 5, dtype=torch.float64, generator=rng("layer"))
    weights, biases = ours.word_layer(words, sigma)
    expected = references.posterior_by_densities(y, words, sigma)
    assert torch.allclose((y @ weights.T + biases).softmax(-1), expected, atol=1e-13)
    assert torch.allclose(ours.bit_means(y, words, sigma), expected @ words, atol=1e-12)
    assert ours.word_layer(words.float(), sigma)[0].dtype == torch.float32


@pytest.mark.parametrize("p", [0.01, 0.1, 0.2, 0.22, 0.4])
def test_bits_on_the_binary_symmetric_channel(p):
    sigma = (2 / math.log((1 - p) / p)) ** 0.5
    means = ours.bit_means(hamming.states(7), WORDS, sigma)
    assert torch.allclose(means, references.posterior_by_flips(p) @ WORDS, atol=1e-12)
    syndrome = WORDS[(hamming.states(7) @ WORDS.T).argmax(1)]
    assert torch.equal(means.sign(), syndrome if p < ours.BITWISE_LIMIT else hamming.states(7))
    found = float(ours.bit_errors(means, p).mean())
    assert math.isclose(found, references.least_bit_error(p), rel_tol=1e-12)
    hard = float(ours.hard_bit_error(torch.tensor(p, dtype=torch.float64)))
    assert math.isclose(hard, references.bit_error_by_patterns(p), rel_tol=1e-12)
    assert math.isclose(hard, float(ours.bit_errors(syndrome, p).mean()), rel_tol=1e-12)
    assert math.isclose(found, min(hard, p), rel_tol=1e-12)


def test_word_errors_agree_with_a_loop():
    decisions = torch.randint(0, 16, (128,), generator=rng("table"))
    errors = ours.word_errors(decisions, 0.13)
    for c in (0, 7):
        apart = (hamming.states(7) != WORDS[c]).sum(1).tolist()
        wrong = sum(0.13**d * 0.87 ** (7 - d) for d, k in zip(apart, decisions.tolist(), strict=True) if k != c)
        assert math.isclose(float(errors[c]), wrong, rel_tol=1e-12)
    best = table_of(*ours.word_layer(WORDS, 1.0))
    assert math.isclose(float(ours.word_errors(best, 0.13).mean()), 1 - 0.87**7 - 7 * 0.13 * 0.87**6, rel_tol=1e-12)
    assert torch.equal(ours.word_errors(torch.stack([best, decisions]), 0.13)[1], errors)


@pytest.mark.parametrize(("k", "distance", "sigma"), [(2, 2.0, 0.4), (4, 2**0.5, 0.3), (4, 2**0.5, 0.15)])
def test_sampling_a_union_finds_the_errors_of_equidistant_words(k, distance, sigma):
    words = references.companion_words() if k == 4 else torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    layer = [part[None] for part in ours.word_layer(words, sigma)]
    error, spread = ours.linear_word_error(*layer, words, sigma, 3000, rng(f"union/{k}/{sigma}"))
    exact = references.equidistant_error(k, distance, sigma)
    assert abs(float(error) - exact) <= 6 * float(spread) + 1e-12
    assert float(spread) < 0.01 * exact  # the relative error stays small where errors are rare
    pairs = ours.pairwise_errors(*layer, words, sigma)[0]
    assert math.isclose(float(pairs[0, 1]), stats.norm.sf(distance / 2 / sigma), rel_tol=1e-9)
    assert float(pairs.amax(1).mean()) - 1e-12 <= exact <= float(pairs.sum(1).mean()) + 1e-12


def test_an_arbitrary_linear_decoder_is_measured_as_by_simulation():
    g, sigma = rng("arbitrary"), 0.7
    weights = WORDS + 0.5 * torch.randn(2, 16, 7, dtype=torch.float64, generator=g)
    biases = torch.randn(2, 16, dtype=torch.float64, generator=g)
    found, spread = ours.linear_word_error(weights, biases, WORDS, sigma, 500, g)
    sent = torch.arange(32_000) % 16
    y = WORDS[sent] + sigma * torch.randn(32_000, 7, dtype=torch.float64, generator=g)
    for r in range(2):
        direct = float(((y @ weights[r].T + biases[r]).argmax(1) != sent).double().mean())
        assert abs(direct - float(found[r])) < 6 * ((direct * (1 - direct) / 32_000) + float(spread[r]) ** 2) ** 0.5
    one, _ = ours.linear_word_error(weights.float(), biases.float(), WORDS.float(), sigma, 500, rng("float"))
    assert one.dtype == torch.float32


def test_training_descends_keeps_sums_zero_and_agrees_with_autograd():
    y, targets = experiments.gaussian_words(2, 32, 3.0, rng("training"))
    weights, biases = ours.train_linear(y, targets, 30)
    assert float(weights.sum(1).abs().max()) < 1e-12
    first, offsets = ours.train_linear(y, targets, 1)
    w, b = torch.zeros(2, 16, 7, dtype=torch.float64), torch.zeros(2, 16, dtype=torch.float64)
    loss = -(targets * (y @ w.requires_grad_().mT + b.requires_grad_()[:, None]).log_softmax(-1)).sum()
    assert all(
        torch.allclose(-g, new) for g, new in zip(torch.autograd.grad(loss, (w, b)), (first, offsets), strict=True)
    )
    final = -(targets * (y @ weights.mT + biases[:, None]).log_softmax(-1)).sum()
    assert float(final) < float(loss.detach())


def test_counts_are_shares_of_what_was_sent():
    sent = torch.arange(160).expand(2, -1) % 16
    counts = experiments.received_counts(sent, 0.2, rng("counts"))
    assert torch.allclose(counts.sum(1), torch.full((2, 16), 1 / 16, dtype=torch.float64))
    clean = experiments.received_counts(sent, 0.0, rng("counts"))
    assert torch.allclose(clean[:, hamming.indices(WORDS)], torch.eye(16, dtype=torch.float64) / 16)


def test_networks_learn_a_syndrome_table():
    counts = torch.zeros(1, 128, 16, dtype=torch.float64)
    counts[0, :, 0] = 0.1 ** ((7 - hamming.states(7).sum(1)) / 2)  # the first word alone, more errors less often
    odds = experiments.train_bits(
        experiments.syndrome_inputs(), counts / counts.sum(), rng("syndrome"), hamming.states(7), 60
    )
    best = WORDS[(hamming.states(7) @ WORDS.T).argmax(1)]
    assert torch.equal((odds[0].sign() * hamming.states(7)), best)


def test_the_companions_floor_converges():
    assert math.isclose(references.companion_floor(), references.companion_floor(n_nodes=32), rel_tol=1e-5)
    y, shares = references.noisy_nodes(references.companion_words(), 0.4, 5)
    assert torch.allclose((shares[..., None] * y).sum((0, 1)), references.companion_words().mean(0))
    assert bool((experiments.companion_losses(1.0) > references.companion_floor()).all())


def test_the_figure_names_its_axes_and_its_alternative_text_its_numbers(monkeypatch):
    monkeypatch.setattr(drawings, "SIZES", (64, 96))
    monkeypatch.setattr(drawings, "SIZE", 96)
    monkeypatch.setattr(drawings, "TESTS", (5, 8))
    drawn = drawings.errors_figure()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in drawn.axes)
    assert f"best {experiments.best_errors(8.0)[0]:.1e}" in drawings.errors_alt()
    error, spread = experiments.best_errors(5.0)
    assert spread < 0.01 * error < 0.01 * drawings.union_bound(5.0) * (1 + 1e-9)
    assert drawings.uncoded_error(5.0) > drawings.hard_error(5.0) > error


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: ours.noise_deviation(0.0, 0.0), "rate"),
        (lambda: ours.word_layer(torch.zeros(0, 7), 1.0), "words"),
        (lambda: ours.bit_means(torch.zeros(7), WORDS.float(), 0.0), "sigma"),
        (lambda: ours.word_errors(torch.zeros(127, dtype=torch.int64), 0.1), "decisions"),
        (lambda: ours.word_errors(torch.full((128,), 16), 0.1), "decisions"),
        (lambda: ours.word_errors(torch.zeros(128, dtype=torch.int64), 1.1), "p must"),
        (lambda: ours.bit_errors(torch.zeros(7, 128), 0.1), "estimates"),
        (lambda: ours.hard_bit_error(torch.tensor(math.nan)), "p must"),
        (lambda: ours.pairwise_errors(torch.ones(1, 2, 1), torch.zeros(1, 2), torch.ones(2, 1), 1.0), "weights"),
        (lambda: ours.linear_word_error(torch.ones(1, 2, 1), torch.zeros(1, 2), torch.ones(2, 1), 1.0, 1,
                                        torch.Generator()), "n_draws"),
        (lambda: ours.train_linear(torch.ones(1, 2, 7), torch.ones(1, 2, 16), 1), "targets"),
        (lambda: ours.train_linear(torch.ones(1, 2, 7), torch.ones(1, 2, 16) / 32, 0), "n_steps"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
