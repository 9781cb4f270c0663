"""Warm restarts of the learning rate: training loss jumps up on purpose, and comes back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuneit.diagnosis.view import CurveView, Signal

JUMP_Z, JUMP_SHARE = 6.0, 0.05
"""A restart lifts the training loss by so many noises, and by this share of its fall (chosen)."""

CYCLES_GROW, CYCLES_VARY = 1.4, 0.35
"""The least ratio of cycles that grow, and the largest range of these ratios, that are a schedule
(SGDR doubles its cycles; chosen)."""

RATE_RISES = 2.0
"""A learning rate that grows by this factor from one epoch to the next has been restarted
(chosen)."""


def jumps(train: Signal) -> NDArray[np.intp]:
    """Indices of the values that jump up from the one before (the steep first epochs excepted)."""
    steps = np.diff(train.values)
    high: NDArray[np.intp] = (
        np.flatnonzero(steps > max(JUMP_Z * train.noise, JUMP_SHARE * train.fall)) + 1
    )
    late: NDArray[np.intp] = high[high > 2]
    return late


def _regular(found: NDArray[np.intp]) -> bool:
    """Whether jumps follow a schedule: cycles of one length, or each as many times longer."""
    lengths = np.diff(found)
    if len(lengths) < 1 or lengths.min() < 3:
        return False
    first = int(found[0])
    cycles = np.array([first, *lengths], dtype=np.float64)
    if np.ptp(cycles) <= 1:
        return True
    ratios = cycles[1:] / cycles[:-1]
    return bool(ratios.min() > CYCLES_GROW and np.ptp(ratios) <= CYCLES_VARY)


def restarts(view: CurveView, train: Signal) -> NDArray[np.intp]:
    """Indices of the training loss's scheduled jumps; empty where none are regular.

    Either the logged learning rate rises with them, or they recur in cycles of equal (or equally
    growing) length (cosine annealing with restarts: Loshchilov & Hutter, "SGDR", ICLR 2017).
    """
    found = jumps(train)
    if not len(found):
        return found
    rates = view.series.get("learning_rate")
    if rates is not None:
        at = train.epochs[found].astype(int)
        raised = rates[at] > RATE_RISES * rates[at - 1]
        if raised.any():
            chosen: NDArray[np.intp] = found[raised]
            return chosen
    unscheduled: NDArray[np.intp] = found[:0]
    return found if _regular(found) else unscheduled
