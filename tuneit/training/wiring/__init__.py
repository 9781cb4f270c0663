"""Checks before training that a model's layers, loss and metrics suit each other and the data."""
