"""Independent routes to what the page ``chapters/5-probability/whitening`` claims."""

from __future__ import annotations

import torch

from mgai.probability.gaussian_mixture import GaussianMixture


def mardia_of_mixture(mixture: GaussianMixture, *, cross_terms: bool = True) -> tuple[float, float]:
    r"""Mardia's skewness and kurtosis of a mixture of Gaussians from Isserlis' formulas for each component.

    With standardised components :math:`N(m,S)`, :math:`E\,z\otimes z\otimes z=m\otimes m\otimes m+` the three
    products of :math:`m` and :math:`S`, and

    .. math:: E\lVert z\rVert^4=(\lVert m\rVert^2+\operatorname{tr}S)^2+2\lVert S\rVert_F^2+4m^\top Sm

    Args:
        mixture: of any number of components and dimensions.
        cross_terms: False leaves out what means and covariances have in common, a slip.

    >>> from mgai.probability.gaussian_mixture import example_gaussian
    >>> [round(each, 9) for each in mardia_of_mixture(example_gaussian())]
    [0.0, 8.0]
    """
    values, vectors = torch.linalg.eigh(mixture.covariance)
    white = mixture.image((vectors / values.sqrt()).mT, mixture.mean)
    third, fourth = torch.zeros((), dtype=values.dtype), 0.0
    for weight, m, s in zip(white.weights, white.means, white.covariances, strict=True):
        pair = torch.einsum("i,jk->ijk", m, s)
        third = third + weight * torch.einsum("i,j,k->ijk", m, m, m)
        if cross_terms:
            third = third + weight * (pair + pair.permute(1, 0, 2) + pair.permute(1, 2, 0))
        both = float((m @ m + s.trace()).square() + 2 * s.square().sum() + (4 * m @ s @ m if cross_terms else 0.0))
        fourth += float(weight) * both
    return float(third.square().sum()), fourth
