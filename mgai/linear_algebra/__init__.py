"""Chapter 1, linear algebra: tensors in memory, low rank, norms, semidefinite and structured matrices."""
