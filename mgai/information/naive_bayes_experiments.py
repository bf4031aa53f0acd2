"""What the page ``chapters/6-information/naive-bayes`` measures on digits: tests of pairs, trees, interactions."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from mgai import settings
from mgai.information import digit_classifiers, naive_bayes, paired_tests, tree_augmented
from mgai.information.digit_classifiers import N_CLASSES
from mgai.information.naive_bayes_references import spanning_trees

LEVEL = 0.05  # of all 90 tests together


def pair_tests(
    swapped: bool = False, first: str = "naive Bayes", second: str = "network"
) -> list[tuple[int, int, int, int, float]]:
    """For each pair (a, b): class, decision, images on which only the first errs so, only the second, Holm's p-value.

    Ordered by p-value, then by pair. One-sided exact tests, corrected for all 90 pairs.
    """
    judged = digit_classifiers.halves()[0 if swapped else 1]
    logs = digit_classifiers.log_posteriors(swapped)
    one, other = (logs[name].argmax(1) for name in (first, second))
    only_first, only_second = paired_tests.discordant(judged.labels, one, other, N_CLASSES)
    off = ~torch.eye(N_CLASSES, dtype=torch.bool)
    adjusted = paired_tests.holm(paired_tests.paired_p_values(only_first[off], only_second[off]))
    rows = zip(
        off.nonzero().tolist(), only_first[off].tolist(), only_second[off].tolist(), adjusted.tolist(), strict=True
    )
    return sorted(((*pair, b, c, p) for pair, b, c, p in rows), key=lambda row: row[4])


def confused_images(pairs: list[tuple[int, int]], n: int = 4) -> Float[Tensor, "pairs n h w"]:
    """For each (class, decision): images that naive Bayes decides so and the network gets right, the surest first."""
    judged = digit_classifiers.halves()[1]
    logs = digit_classifiers.log_posteriors()
    naive, network = logs["naive Bayes"], logs["network"].argmax(1)
    shown = torch.zeros(len(pairs), n, *judged.images.shape[1:], dtype=judged.images.dtype)
    for row, (a, b) in enumerate(pairs):
        found = ((judged.labels == a) & (naive.argmax(1) == b) & (network == a)).nonzero()[:, 0]
        found = found[(naive[found, b] - naive[found, a]).argsort(descending=True, stable=True)][:n]
        shown[row, : len(found)] = judged.images[found]
    return shown


def edge_sweep(kept: tuple[int, ...]) -> dict[str, list[float]]:
    """Accuracy on the judged half with the strongest edges of the tree, and with as many edges of a random tree."""
    fitted, judged, _ = digit_classifiers.halves()
    weights, strongest = digit_classifiers.dependence()
    drawn = torch.rand(weights.shape, dtype=torch.float64, generator=settings.generator("digits/random-tree")).triu(1)
    chance = tree_augmented.maximum_spanning_tree(drawn + drawn.mT)
    return {
        name: [naive_bayes.accuracy(tree_augmented.tree_log_joint(tree_augmented.fit_tree(
            fitted.x, fitted.labels, N_CLASSES, edges[:k]), judged.x), judged.labels) for k in kept]
        for name, edges in (("strongest edges", strongest), ("edges of a random tree", chance))
    }  # fmt: skip


def interactions(pairs: Int[Tensor, "e 2"], n: int = 50, replica: int = 0) -> Float[Tensor, " e"]:
    r"""How far a trained network's scores for pairs of pixels are from additive, on ``n`` images.

    The root mean square over images and classes of :math:`f_{11}-f_{10}-f_{01}+f_{00}`, where the two pixels are set to
    the four values, less its mean over the classes; zero for naive Bayes and for logistic regression.

    Cost: 4n forward passes a pair.
    """
    judged = digit_classifiers.halves()[1]
    chosen = torch.randperm(len(judged.x), generator=settings.generator("digits/interactions"))[:n]
    layers, found = digit_classifiers.trained(replica=replica), []
    for pair in pairs:
        x = judged.x[chosen].repeat(4, 1, 1)
        x[:, :, pair] = torch.tensor([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=torch.bool)[:, None]
        both, first, second, none = digit_classifiers.logits(layers, x.flatten(0, 1)).view(4, n, N_CLASSES)
        mixed = both - first - second + none
        found.append((mixed - mixed.mean(1, keepdim=True)).square().mean().sqrt())
    return torch.stack(found)


def interaction_ratio(n_pairs: int = 100, replica: int = 0) -> float:
    """The median interaction on the tree's strongest edges over that of the same parents with shuffled children."""
    edges = digit_classifiers.dependence()[1][:n_pairs]
    order = torch.randperm(n_pairs, generator=settings.generator(f"digits/shuffled/{replica}"))
    shuffled = torch.stack([edges[:, 0], edges[order, 1]], 1)
    shuffled = shuffled[shuffled[:, 0] != shuffled[:, 1]]
    return float(interactions(edges, replica=replica).median() / interactions(shuffled, replica=replica).median())


def tree_gain(pixels: Int[Tensor, " d"], edges: Int[Tensor, "e 2"]) -> float:
    """Log-likelihood of the images given their classes, tree minus naive Bayes, on some pixels, hardly smoothed."""
    fitted = digit_classifiers.halves()[0]
    x, labels = fitted.x[:, pixels], fitted.labels
    tree = tree_augmented.fit_tree(x, labels, N_CLASSES, edges, smoothing=1e-9)
    rows = tree_augmented.tree_log_joint(tree, x) - naive_bayes.log_joint(tree.naive, x)
    return float(rows.gather(1, labels[:, None]).sum())


def gains_of_all_trees(pixels: Int[Tensor, " d"]) -> list[float]:
    """:func:`tree_gain` of every spanning tree of a few pixels."""
    alike = torch.ones(len(pixels), len(pixels))
    trees = (tree_augmented.directed(torch.tensor(edges), alike) for edges in spanning_trees(len(pixels)))
    return [tree_gain(pixels, tree) for tree in trees]
