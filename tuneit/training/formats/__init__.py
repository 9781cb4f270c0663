"""Trained models in other programs' formats, and how each of them predicts."""

from tuneit.training.formats.formats import FORMATS, Format

__all__ = ["FORMATS", "Format"]
