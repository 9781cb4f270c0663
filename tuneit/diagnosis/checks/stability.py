"""Instability: a training loss that swings instead of falling, as with a learning rate too high."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tuneit.curves import Series
from tuneit.diagnosis.check import log_odds, number, severity
from tuneit.diagnosis.restart import restarts
from tuneit.diagnosis.rows import validation_rows
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.findings import Finding

MIN_EPOCHS = 6
SWING_SHARE = 0.08
"""Noise of the training loss over its whole fall from which training counts as swinging."""

SWING_LEVEL = 0.08
"""The same noise over the loss's level: swings smaller than this do no harm."""

LOST_SHARE = 0.5
"""Training that loses this share of its gains on the way is thrown back, not restarted."""

SHAKEN_LEVEL = 0.1
"""Swings of validation, over its level, from which they matter."""

SHAKEN_SIZE = 0.09
"""Geometric mean of that share and of the share of the loss's fall."""

SHAKEN_ROWS = 2.0
"""The same swings times the root of the validation rows: rows drawn anew would swing by about 1."""

LEAST_ROWS = 50
"""Fewer rows swing by more than that, since a few of them make up most of the loss."""

BOTH_SWING = 0.055
"""Swings of the training loss over its level; with validation's, training itself is unstable."""

SPIKE_SHARE = 0.25
"""A spike stands out of its neighbours by this share of the loss's fall."""


def _spikes(values: Series, least: float) -> NDArray[np.intp]:
    """Indices of values above both neighbours' larger by more than `least` (from the third on)."""
    inner = values[2:-1]
    return np.flatnonzero(inner - np.maximum(values[1:-2], values[3:]) > least) + 2


def _lost(train: Signal) -> tuple[float, int]:
    """The largest share of its gains that training lost on the way, and where (an index)."""
    smoothed = train.smoothed
    lowest = np.minimum.accumulate(smoothed)
    gained = np.maximum(train.first - lowest, 3 * train.noise)
    lost = np.where(smoothed - lowest > 0.3 * np.abs(lowest), (smoothed - lowest) / gained, 0.0)
    index = int(np.argmax(lost))
    return float(lost[index]), index


def _metric_swings(metric: Pair | None) -> float:
    """A factor in [0, 1]: losses may flutter harmlessly while the metric stands still."""
    if metric is None or metric.train is None or len(metric.train) < MIN_EPOCHS:
        return 1.0
    if metric.goal == "minimize":
        return log_odds(share(metric.train.noise, metric.train.level), SWING_LEVEL / 2, 1.3)
    return log_odds(metric.train.noise, 0.01, 1.3)


def _swings(train: Signal) -> float:
    fall = max(train.fall, 1e-12 * train.level)
    return log_odds(train.swing / fall, SWING_SHARE, 1.25) * log_odds(
        train.swing / train.level, SWING_LEVEL, 1.25
    )


def _shaken(look: CurveView, train: Signal) -> tuple[float, float]:
    """Confidence that the model itself swings from epoch to epoch, and validation's swing by level.

    The loss at an epoch's end shows the swings that the mean over the epoch hides. Rows that stay
    the same swing by less than rows drawn anew each epoch would; swings beyond that are the
    model's. Where the number of rows is unknown, training must swing too.
    """
    if look.loss is None or look.loss.validation is None or len(look.loss.validation) < MIN_EPOCHS:
        return 0.0, 0.0
    validation = look.loss.validation
    # The median of the later half: a swinging series may end anywhere.
    level = float(np.median(np.abs(validation.values[-max(3, len(validation) // 2) :])))
    swing = share(validation.swing, level)
    if swing < SHAKEN_LEVEL / 2:
        return 0.0, swing
    confidence = log_odds(share(train.swing, train.level), BOTH_SWING, 1.15)
    rows = validation_rows(look)
    if rows is not None:
        beyond = log_odds(swing * math.sqrt(rows), SHAKEN_ROWS, 1.15)
        confidence = max(beyond, confidence) * log_odds(rows, LEAST_ROWS, 1.15)
    # A loss near zero flutters by a tenth of itself in the best of runs.
    size = math.sqrt(swing * share(validation.swing, look.loss.scale))
    matters = log_odds(swing, SHAKEN_LEVEL, 1.1) * log_odds(size, SHAKEN_SIZE, 1.1)
    return confidence * matters, swing


def unstable(look: CurveView) -> Iterable[Finding]:
    """Compare the losses' swings with their fall, level and rows, and count training's spikes.

    The training loss is a mean over many batches: where it does not fall smoothly, steps
    overshoot (the edge of stability, Cohen et al., ICLR 2021), and the usual cause is a learning
    rate too high. Restarts, which jump on a schedule and then fall smoothly, do not count.
    """
    train = look.loss.train if look.loss is not None else None
    if train is None or len(train) < MIN_EPOCHS:
        return
    swinging = 0.0 if look.resumed else _swings(train) * _metric_swings(look.metric)
    spikes = _spikes(train.values, max(8 * train.noise, SPIKE_SHARE * train.fall))
    scheduled = restarts(look, train)
    spikes = np.setdiff1d(spikes, scheduled)
    spiking = {0: 0.0, 1: 0.4, 2: 0.7}.get(len(spikes), 0.9) if train.fall > 0 else 0.0
    lost, top = _lost(train)
    losing = 0.9 * log_odds(lost, LOST_SHARE, 1.15) if top > 1 and not len(scheduled) else 0.0
    shaken, beside = (0.0, 0.0) if len(scheduled) else _shaken(look, train)
    confidence = min(0.97, max(swinging, spiking, losing, shaken))
    if confidence < 0.2:
        return
    where = [look.epoch(train, int(index)) for index in spikes]
    summary = (
        f"the training loss swings by {train.swing:.2g} an epoch, "
        f"{100 * share(train.swing, train.level):.0f} % of its level"
    )
    if shaken > max(swinging, spiking, losing):
        summary += (
            f", and the validation loss by {100 * beside:.0f} % of its own, more than its rows "
            "explain"
        )
    elif losing >= max(swinging, spiking):
        where = [look.epoch(train, top)]
        summary = f"training lost {100 * min(lost, 9.99):.0f} % of its gains by epoch {where[0]}"
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
        epochs_used=look.span(train),
    )
