"""A learning curve as the checks see it: each series as a cost (lower is better), without gaps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from tuneit.curves import LearningCurve, Series, noise, smooth
from tuneit.curves.metric_words import called
from tuneit.curves.series_names import (
    METRICS,
    SHARES,
    canonical,
    output_of,
    sort_columns,
    to_fraction,
)
from tuneit.findings import Reference
from tuneit.trials import Goal

TINY = 1e-12
"""Relative to a series' largest value: differences below this are rounding."""


LARGEST = 1e150
"""A value whose square would overflow; larger ones count as infinite."""

SMALLEST = 1e-300
"""A positive number that may be divided by: noise, level and size of a series that is zero."""

TAIL = 0.05
"""Share of the epochs that stand for the end of a run (chosen)."""

NOTHING_KNOWN = Reference()

BACK_AND_FORTH = 2.5
"""The largest ratio of swing to mean step up (or down). White noise of standard deviation 1 has a
mean step up of 0.56; where a trend goes one way, the steps the other way are smaller."""


@dataclass(frozen=True, eq=False)
class Signal:
    """The finite part of one series, as a cost: `values` and their `epochs`, shape (n,)."""

    values: Series
    epochs: Series

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def noise(self) -> float:
        """Standard deviation around the trend over the later two thirds, in the series' unit.

        The steep start of a run is left out where enough epochs remain: its curvature is not
        noise. Never zero: rounding is a noise too.
        """
        start = len(self.values) // 3 if len(self.values) >= 7 else 0
        return max(noise(self.values[start:]), TINY * float(np.max(np.abs(self.values))), SMALLEST)

    @cached_property
    def swing(self) -> float:
        """The noise, but no more than the steps back and forth explain.

        A bend in few epochs looks like noise, but goes one way only.
        """
        start = len(self.values) // 3 if len(self.values) >= 7 else 0
        steps = np.diff(self.values[start:])
        if not len(steps):
            return 0.0
        up, down = np.maximum(steps, 0.0).mean(), np.maximum(-steps, 0.0).mean()
        return min(self.noise, BACK_AND_FORTH * float(min(up, down)))

    @cached_property
    def smoothed(self) -> Series:
        """The series without its noise; same length."""
        return smooth(self.values)

    @cached_property
    def low(self) -> int:
        """Index of the lowest smoothed value."""
        return int(np.argmin(self.smoothed))

    @property
    def first(self) -> float:
        """The value at the first epoch."""
        return float(self.values[0])

    @cached_property
    def fall(self) -> float:
        """How far the smoothed series fell, from its first value to its lowest."""
        return max(0.0, self.first - float(self.smoothed[self.low]))

    @cached_property
    def tail_width(self) -> int:
        """Epochs that stand for the end of the run: 5 %, at least 3, at most a third."""
        n = len(self.values)
        return max(1, min(max(3, round(TAIL * n)), n // 3))

    @cached_property
    def tail(self) -> float:
        """The mean over the end of the run."""
        return float(np.mean(self.values[-self.tail_width :]))

    @cached_property
    def level(self) -> float:
        """A positive size of the values at the end, for relative statements."""
        return max(abs(self.tail), TINY * float(np.max(np.abs(self.values))), SMALLEST)


@dataclass(frozen=True, eq=False)
class Pair:
    """A quantity on the training and the validation data, both as costs.

    `goal` says which way the quantity itself goes: of a `maximize` metric in [0, 1] the cost is
    1 − metric, of another one its negative. `output` is the model's output that it is of; "" where
    it is of the whole model.
    """

    name: str
    goal: Goal
    train: Signal | None
    validation: Signal | None
    output: str = ""

    @property
    def words(self) -> str:
        """The quantity in a sentence about its output: `accuracy`."""
        return called(self.name)

    @property
    def full_words(self) -> str:
        """The quantity in a sentence about the whole model: `accuracy of output 'kind'`."""
        return self.words + (f" of output '{self.output}'" if self.output else "")

    def shown(self, cost: float) -> float:
        """Turn a cost back into the quantity's own unit."""
        if self.goal == "minimize":
            return cost
        return 1.0 - cost if self.name in SHARES else -cost

    @cached_property
    def scale(self) -> float:
        """How far the quantity moved in this run, on either split: the unit of its changes."""
        signals = [s for s in (self.train, self.validation) if s is not None and len(s)]
        return max((s.fall for s in signals), default=0.0)


def _signal(
    values: Series | None, cost: Literal["as is", "one minus", "negative"]
) -> Signal | None:
    if values is None:
        return None
    kept = np.isfinite(values)
    if not kept.any():
        return None
    finite = values[kept]
    shown = {"as is": finite, "one minus": 1.0 - finite, "negative": -finite}[cost]
    return Signal(shown, np.flatnonzero(kept).astype(np.float64))


@dataclass(frozen=True, eq=False)
class CurveView:
    """What the checks look at. `epochs` (int64, (n,)) are the log's own numbers, from 1.

    `series` has Keras's names, shares as fractions. `loss` and `metric` are None where the log
    has no such quantity; `metric` is the most telling of those that it has. `reference` says what
    the scores may be compared with.
    """

    epochs: Series
    series: Mapping[str, Series]
    loss: Pair | None
    metric: Pair | None
    reference: Reference

    def __len__(self) -> int:
        return len(self.epochs)

    @cached_property
    def criterion(self) -> Pair | None:
        """The pair to judge validation by: the loss, or the metric where only it was validated."""
        pairs = [p for p in (self.loss, self.metric) if p is not None]
        validated = (p for p in pairs if p.validation is not None)
        return next(validated, pairs[0] if pairs else None)

    @cached_property
    def training(self) -> Signal | None:
        """The training loss, or the training metric's cost where there is no loss."""
        pairs = [p for p in (self.loss, self.metric) if p is not None]
        return next((p.train for p in pairs if p.train is not None), None)

    def epoch(self, signal: Signal, index: int) -> int:
        """The log's epoch number of an index into a signal."""
        return int(self.epochs[int(signal.epochs[index])])

    def span(self, signal: Signal, start: int = 0) -> int:
        """Epochs from an index into a signal to its end, both counted.

        More than the signal has values where validation ran every few epochs (`validation_freq`).
        """
        values = len(signal) - start
        if len(signal) < 2:
            return values
        return round(values * float(np.median(np.diff(self.epochs[signal.epochs.astype(int)]))))

    @property
    def resumed(self) -> bool:
        """Whether the log starts later than the training did."""
        return len(self.epochs) > 0 and int(self.epochs[0]) > 1


def _pair(series: Mapping[str, Series], name: str, goal: Goal) -> Pair | None:
    cost: Literal["as is", "one minus", "negative"] = "as is"
    if goal == "maximize":
        cost = "one minus" if name in SHARES else "negative"
    train, validation = _signal(series.get(name), cost), _signal(series.get(f"val_{name}"), cost)
    if train is None and validation is None:
        return None
    return Pair(name, goal, train, validation)


def _metric(series: Mapping[str, Series], reference: Reference) -> Pair | None:
    goals: dict[str, Goal] = dict(METRICS)
    if reference.metric is not None:
        name = canonical(reference.metric)
        known: Goal | None = goals.pop(name, None)
        if reference.maximize is not None:
            known = "maximize" if reference.maximize else "minimize"
        if known is not None and name != "loss":
            goals = {name: known, **goals}
    pairs = [p for name, goal in goals.items() if (p := _pair(series, name, goal)) is not None]
    return next((p for p in pairs if p.validation is not None), pairs[0] if pairs else None)


def _columns(curve: LearningCurve) -> Mapping[str, str]:
    """Keras's names of a curve's series, and the names that they have in it."""
    return next(iter(sort_columns(curve.series).parts.values()), {})


def canonical_series(curve: LearningCurve, own: tuple[str, ...] = ()) -> dict[str, Series]:
    """A curve's series under Keras's names, shares as fractions.

    Series whose meaning is unknown are left out, those named in `own` excepted.
    """
    series = {name: curve[column] for name, column in _columns(curve).items()}
    for name in own:
        for full in (name, f"val_{name}"):
            if full in curve and full not in series:
                series[full] = curve[full]
    return {name: _bounded(values) for name, values in to_fraction(series).items()}


def _of_output(pair: Pair, columns: Mapping[str, str]) -> Pair:
    """The pair with the model's output that it is of, as the names in the log tell it."""
    column = columns.get(pair.name) or columns.get(f"val_{pair.name}")
    return replace(pair, output=output_of(column, pair.name)) if column else pair


def _bounded(values: Series) -> Series:
    """Replace values whose square would overflow by infinity."""
    beyond = np.abs(values) > LARGEST
    return np.where(beyond, np.copysign(np.inf, values), values) if beyond.any() else values


def view_of(curve: LearningCurve, reference: Reference = NOTHING_KNOWN) -> CurveView:
    """Prepare a curve, and what it may be compared with, for all checks at once."""
    own = () if reference.metric is None else (canonical(reference.metric),)
    series, columns = canonical_series(curve, own), _columns(curve)
    pairs = _pair(series, "loss", "minimize"), _metric(series, reference)
    loss, metric = (pair and _of_output(pair, columns) for pair in pairs)
    return CurveView(
        epochs=curve.epochs.astype(np.float64),
        series=series,
        loss=loss,
        metric=metric,
        reference=reference,
    )


def share(part: float, whole: float) -> float:
    """`part / whole`, or 0.0 where there is no whole."""
    return part / whole if whole > 0 and math.isfinite(whole) else 0.0
