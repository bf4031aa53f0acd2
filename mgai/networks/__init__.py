"""Chapter 4, neural networks: units and activations, convolution, capacity, and the geometry of representations."""
