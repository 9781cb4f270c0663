"""Learning curves: what training reported, epoch by epoch, and measures on it."""

from tuneit.curves.learning_curve import (
    VALIDATION_PREFIX,
    LearningCurve,
    Series,
    gap,
    noise,
    reporting_epochs,
    smooth,
)

__all__ = [
    "VALIDATION_PREFIX",
    "LearningCurve",
    "Series",
    "gap",
    "noise",
    "reporting_epochs",
    "smooth",
]
