"""What the tests of matrix completion share: seeded instances, and the objective written out."""

import numpy as np
import pytest
import torch

from mgai import settings


@pytest.fixture(scope="session")
def instance():
    """``instance(label)``: a matrix and a mask of observed entries, the same for every call with the label."""

    def draw(label, m=12, n=9, p=0.6, dtype=torch.float64):
        generator = settings.generator(f"test/{label}")
        a = torch.randn(m, n, dtype=torch.float64, generator=generator)
        observed = torch.rand(m, n, generator=generator) < p
        return a.to(dtype), observed

    return draw


@pytest.fixture(scope="session")
def objective_by_numpy():
    """Half the squared misfit on the observed entries plus the penalised nuclear norm, by a loop and NumPy's SVD."""

    def objective(z, a, observed, penalty):
        z, a, observed = z.numpy(), a.numpy(), observed.numpy()
        misfit = sum((a[i, j] - z[i, j]) ** 2 for i, j in zip(*np.nonzero(observed), strict=True))
        return misfit / 2 + penalty * np.linalg.svd(z, compute_uv=False).sum()

    return objective
