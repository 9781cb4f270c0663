"""Data: sources → Dataset with train, validation and test splits."""
