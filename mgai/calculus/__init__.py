"""Chapter 2, calculus and differential equations: automatic differentiation, matrix calculus, transforms, dynamics."""
