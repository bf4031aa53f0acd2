"""Chapter 5, probability and statistics: laws, moments, transformations, Gaussians, tails, and what samples say."""
