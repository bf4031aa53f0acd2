"""Chapter 3, optimization: convexity, gradient descent and its variants, rates, and where they fail."""
