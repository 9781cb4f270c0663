"""Changing compiled models as treatments ask, and training the changed ones beside the first."""
