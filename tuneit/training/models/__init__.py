"""Facts about a Keras model: its output, losses, metrics, size and structure."""
