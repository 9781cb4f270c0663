"""Instability: a training loss that swings instead of falling, as with a learning rate too high."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tuneit.curves import Series
from tuneit.diagnosis.check import LEAST_SAID, RatioLimit, number, severity
from tuneit.diagnosis.restart import restarts
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.view import TINY, CurveView, Pair, Signal, share
from tuneit.errors.wording import figures
from tuneit.findings import Finding

MIN_EPOCHS = 6
SWING_SHARE = RatioLimit(0.08, 1.25)
"""Noise of the training loss over its whole fall from which training counts as swinging."""

SWING_LEVEL = RatioLimit(0.08, 1.25)
"""The same noise over the loss's level: swings smaller than this do no harm."""

ERROR_SWING = RatioLimit(SWING_LEVEL.at / 2, 1.3)
"""Noise of an error metric in training, over its level, below which a loss that swings does no
harm."""

METRIC_SWING = RatioLimit(0.01, 1.3)
"""The same of a metric such as accuracy, in its own unit."""

LOST_SHARE = RatioLimit(0.5, 1.15)
"""Training that loses this share of its gains on the way is unstable, unless a schedule restarted
its learning rate."""

LOST_LEVEL = 0.3
"""Rise above the lowest value, as a share of it, from which gains count as lost."""

VALIDATION_LEVEL = RatioLimit(0.1, 1.1)
"""Swings of validation, over its level, from which they matter."""

VALIDATION_SIZE = RatioLimit(0.09, 1.1)
"""Geometric mean of that share and of the share of the loss's fall."""

VALIDATION_ROWS = RatioLimit(2.0, 1.15)
"""The same swings times the root of the validation rows: a new sample of rows every epoch would
swing by about 1."""

BOTH_SWING, SOME_SWING = RatioLimit(0.055, 1.15), RatioLimit(0.02, 1.2)
"""Swings of the training loss, divided by its level, from which training is unstable if validation
swings too. The second is enough if the number of rows does not explain validation's swings."""

SPIKE_SHARE, SPIKE_Z = 0.25, 8
"""A spike exceeds its neighbours by this share of the loss's fall, and this multiple of the
noise."""

SPIKING = (0.0, 0.4, 0.7, 0.9)
"""Confidence in instability by the number of spikes: none, one, two, three or more (chosen)."""

LOSING = 0.9
"""The highest confidence if training lost its gains once (chosen)."""

MOST_CERTAIN = 0.97
"""Confidence at the most (chosen)."""

MOST_LOST = 9.99
"""The largest share of the gains that is printed."""


def _spikes(values: Series, least: float) -> NDArray[np.intp]:
    """Indices of values above both neighbours' larger by more than `least` (from the third on)."""
    inner = values[2:-1]
    return np.flatnonzero(inner - np.maximum(values[1:-2], values[3:]) > least) + 2


def _lost(train: Signal) -> tuple[float, int]:
    """The largest share of its gains that training lost on the way, and where (an index)."""
    smoothed = train.smoothed
    lowest = np.minimum.accumulate(smoothed)
    gained = np.maximum(train.first - lowest, 3 * train.noise)
    lost = np.where(
        smoothed - lowest > LOST_LEVEL * np.abs(lowest), (smoothed - lowest) / gained, 0.0
    )
    index = int(np.argmax(lost))
    return float(lost[index]), index


def _metric_swings(metric: Pair | None) -> float:
    """A factor in [0, 1], near 0 where the loss swings but the metric does not."""
    if metric is None or metric.train is None or len(metric.train) < MIN_EPOCHS:
        return 1.0
    if metric.goal == "minimize":
        return ERROR_SWING.above(share(metric.train.noise, metric.train.level))
    return METRIC_SWING.above(metric.train.noise)


def _swings(train: Signal) -> float:
    fall = max(train.fall, TINY * train.level)
    return SWING_SHARE.above(train.swing / fall) * SWING_LEVEL.above(train.swing / train.level)


def _validation_swings(view: CurveView, train: Signal) -> tuple[float, float]:
    """Confidence that the model itself swings from epoch to epoch, and validation's swing by level.

    The loss at an epoch's end shows the swings that the mean over the epoch hides, and rows that
    stay the same swing by less than a new sample every epoch would. But training must swing too:
    where it falls smoothly its steps do not overshoot.
    """
    if view.loss is None or view.loss.validation is None or len(view.loss.validation) < MIN_EPOCHS:
        return 0.0, 0.0
    validation = view.loss.validation
    # The median of the later half: a swinging series may end anywhere.
    level = float(np.median(np.abs(validation.values[-max(3, len(validation) // 2) :])))
    swing = share(validation.swing, level)
    if swing < VALIDATION_LEVEL.at / 2:
        return 0.0, swing
    training = share(train.swing, train.level)
    confidence = BOTH_SWING.above(training)
    rows = validation_rows(view)
    if rows is not None:
        beyond = VALIDATION_ROWS.above(swing * math.sqrt(rows))
        confidence = max(confidence, beyond * SOME_SWING.above(training))
    # A loss near zero swings by a tenth of itself even in healthy runs.
    size = math.sqrt(swing * share(validation.swing, view.loss.scale))
    matters = VALIDATION_LEVEL.above(swing) * VALIDATION_SIZE.above(size)
    return confidence * matters, swing


def unstable(view: CurveView) -> Iterable[Finding]:
    """Compare the losses' swings with their fall, level and rows, and count training's spikes.

    The training loss is a mean over many batches: where it does not fall smoothly, steps
    overshoot (the edge of stability, Cohen et al., ICLR 2021), and the usual cause is a learning
    rate too high. Restarts, which jump on a schedule and then fall smoothly, do not count.
    """
    train = view.loss.train if view.loss is not None else None
    if train is None or len(train) < MIN_EPOCHS:
        return
    swinging = 0.0 if view.resumed else _swings(train) * _metric_swings(view.metric)
    spikes = _spikes(train.values, max(SPIKE_Z * train.noise, SPIKE_SHARE * train.fall))
    scheduled = restarts(view, train)
    spikes = np.setdiff1d(spikes, scheduled)
    spiking = SPIKING[min(len(spikes), len(SPIKING) - 1)] if train.fall > 0 else 0.0
    lost, top = _lost(train)
    losing = LOSING * LOST_SHARE.above(lost) if top > 1 and not len(scheduled) else 0.0
    validation_swinging, beside = (0.0, 0.0) if len(scheduled) else _validation_swings(view, train)
    confidence = min(MOST_CERTAIN, max(swinging, spiking, losing, validation_swinging))
    if confidence < LEAST_SAID:
        return
    where = [view.epoch(train, int(index)) for index in spikes]
    summary = (
        f"the training loss swings by {figures(train.swing, 2)} an epoch, "
        f"{100 * share(train.swing, train.level):.0f} % of its level"
    )
    if validation_swinging > max(swinging, spiking, losing):
        summary += f", and the validation loss by {100 * beside:.0f} % of its own"
    elif losing >= max(swinging, spiking):
        where = [view.epoch(train, top)]
        summary = (
            f"training lost {100 * min(lost, MOST_LOST):.0f} % of its gains by epoch {where[0]}"
        )
    elif len(where):
        summary = f"the training loss spikes at epoch {', '.join(map(str, where[:4]))}"
    yield Finding(
        "unstable",
        severity(confidence),
        confidence,
        f"{summary}: steps overshoot, the learning rate is probably too high",
        {
            "swing": number(train.swing),
            "swing_over_level": number(share(train.swing, train.level)),
            "swing_over_fall": number(share(train.swing, train.fall)),
            "validation_swing_over_level": number(beside),
            "spikes": len(where),
        },
        onset_epoch=where[0] if where else None,
        epochs_used=view.span(train),
    )
