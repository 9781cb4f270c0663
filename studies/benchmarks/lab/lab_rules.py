"""Simple rules of other tools, implemented from their published descriptions, on the same logs.

None of them gives more than what is listed here; "healthy" is what a rule says of all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tuneit.curves import LearningCurve, Series

Rule = Callable[[LearningCurve], str]


def _finite(values: Series | None) -> Series:
    return np.array([]) if values is None else values[np.isfinite(values)]


def tail_over_minimum(curve: LearningCurve) -> str:
    """Mean of the last 5 % of validation loss above 1.04 × the minimum of the smoothed one."""
    values = _finite(curve.get("val_loss"))
    if len(values) == 0:
        return "healthy"
    width = max(1, len(values) // 20)
    smoothed = np.convolve(values, np.ones(width) / width, mode="valid")
    return "overfitting" if values[-width:].mean() > 1.04 * smoothed.min() else "healthy"


def final_over_best(curve: LearningCurve) -> str:
    """Last validation loss more than 10 % above the best one."""
    values = _finite(curve.get("val_loss"))
    if len(values) == 0:
        return "healthy"
    return "overfitting" if values[-1] > 1.1 * values.min() else "healthy"


def debugger(curve: LearningCurve) -> str:
    """Built-in rules of a cloud debugger, with their published defaults, first match first.

    Loss not a number; validation loss above training's by 10 % for one step after the start
    (Overfit: ratio_threshold 0.1, patience 1); loss that did not decrease by 0.1 % in the last
    ten steps (LossNotDecreasing).
    """
    loss, validation = curve.get("loss"), curve.get("val_loss")
    if loss is None:
        return "healthy"
    if not np.isfinite(loss).all():
        return "diverged"
    if validation is not None and len(loss) > 1:
        ratio = (validation - loss) / np.where(loss == 0, np.nan, np.abs(loss))
        if np.nanmax(ratio[1:], initial=-np.inf) > 0.1:
            return "overfitting"
    recent = loss[-10:]
    if len(recent) >= 10 and recent.min() > recent[0] * 0.999:
        return "no_learning"
    return "healthy"


def heuristics_of_epochs(curve: LearningCurve) -> str:
    """Heuristics checked after each epoch, any hit counts (as UMLAUT's, CHI 2021).

    A loss that is no number; validation accuracy above training's ("unrepresentative": data
    leak); validation loss rising while training loss falls between two epochs (overfitting);
    training loss above the last epoch's (learning rate too high).
    """
    loss, validation = curve.get("loss"), curve.get("val_loss")
    if loss is None:
        return "healthy"
    if not np.isfinite(loss).all():
        return "diverged"
    if validation is not None and len(loss) > 1:
        rising = (np.diff(validation) > 0) & (np.diff(loss) < 0)
        if rising.any():
            return "overfitting"
    if (np.diff(loss) > 0).any():
        return "unstable"
    train, held = curve.get("accuracy"), curve.get("val_accuracy")
    if train is not None and held is not None and held[-1] > 0.95 > train[-1]:
        return "unrepresentative_validation"
    return "healthy"


def symptoms_of_training(curve: LearningCurve) -> str:
    """Symptoms by which an automatic repairer decides (as AutoTrainer's, ICSE 2021).

    A loss that is no number (exploding); final accuracy no more than 0.6 (not converging); more
    than 20 % of the epochs whose accuracy is below both the one before and by more than 0.03
    (oscillating).
    """
    loss, accuracy = curve.get("loss"), curve.get("accuracy")
    if loss is not None and not np.isfinite(loss).all():
        return "diverged"
    if accuracy is None:
        return "healthy"
    if (np.diff(accuracy) < -0.03).mean() > 0.2 if len(accuracy) > 1 else False:
        return "unstable"
    return "no_learning" if accuracy[-1] <= 0.6 else "healthy"


RULES: Mapping[str, Rule] = {
    "1.04 rule": tail_over_minimum,
    "last > 1.1 × best": final_over_best,
    "debugger's rules": debugger,
    "epoch heuristics": heuristics_of_epochs,
    "repairer's symptoms": symptoms_of_training,
}
