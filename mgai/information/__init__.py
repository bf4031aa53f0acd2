"""Chapter 6, entropy and information: divergences between laws, transport, codes, and what a classifier knows."""
