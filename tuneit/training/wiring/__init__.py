"""Checks of a model's wiring: layers, loss and metrics beside the data, before any training."""
