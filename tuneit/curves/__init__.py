"""Learning curves: what training reported, epoch by epoch, and measures on it."""

from tuneit.curves.learning_curve import (
    SCHEDULES,
    UNFROZEN,
    VALIDATION_PREFIX,
    LearningCurve,
    Series,
    gap,
    noise,
    reporting_epochs,
    smooth,
)

__all__ = [
    "SCHEDULES",
    "UNFROZEN",
    "VALIDATION_PREFIX",
    "LearningCurve",
    "Series",
    "gap",
    "noise",
    "reporting_epochs",
    "smooth",
]
