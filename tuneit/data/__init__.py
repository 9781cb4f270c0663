"""Data: read sources into a Dataset with train, validation and test splits."""
