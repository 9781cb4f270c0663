"""A metric that repeats one value to the last digit while the loss falls."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tuneit.diagnosis.check import CONSTANT, number, say
from tuneit.diagnosis.view import CurveView, Pair, share
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

FEWEST = 3
"""Epochs with the same value: two may be chance on few rows (chosen)."""

FALLEN = 0.3
"""Share of its first value that the loss must lose (chosen)."""

BELOW_CONSTANT = 0.9
"""A loss below this share of the best constant answer's loss cannot come from a constant answer."""

NO_CLASSES = 0.2
"""An accuracy that stays below this counts exact predictions of real numbers, which are rare; if it
counted classes, a constant answer among so many would keep the loss high (chosen)."""

RARE = 0.8
"""An accuracy above this may stand still because the other classes are rare (chosen)."""

CERTAIN = (0.9, 0.97)
"""Confidence after `FEWEST` epochs, and after twice as many (chosen)."""

WRITE = (
    "write Dense(1, activation='sigmoid') and loss='binary_crossentropy' for two classes, "
    "Dense(classes, activation='softmax') and loss='sparse_categorical_crossentropy' for more"
)
WRITE_METRIC = "write metrics=['mae'] where the targets are numbers"


def frozen_metric(view: CurveView) -> Iterable[Finding]:
    """Look for an accuracy that never moves while the loss falls below a constant answer's.

    Keras computes some losses from the logits before the last activation (a softmax over one unit,
    say), while the metric sees what the activation makes of them: then the loss falls although all
    predictions are the same. Rare classes freeze the accuracy as well, but the loss of two classes
    of shares p and 1 - p then stays near -p ln p - (1 - p) ln(1 - p).
    """
    metric, loss = view.metric, view.loss
    if metric is None or metric.name != "accuracy" or metric.train is None or loss is None:
        return
    train = loss.train
    if train is None or len(metric.train) < FEWEST or not _is_still(metric):
        return
    accuracy = metric.shown(float(metric.train.values[-1]))
    fallen = share(train.first - float(train.values[-1]), abs(train.first))
    if fallen < FALLEN or accuracy > RARE:
        return
    of_numbers = accuracy < NO_CLASSES
    if not of_numbers and train.values[-1] > BELOW_CONSTANT * _constant_costs(accuracy):
        return
    sure = CERTAIN[len(metric.train) >= 2 * FEWEST]
    write = WRITE_METRIC if of_numbers else WRITE
    yield Finding(
        "frozen_metric",
        Severity.WARNING if of_numbers else Severity.CRITICAL,
        sure,
        f"accuracy is {say('accuracy', accuracy)} to the last digit in all {len(metric.train)} "
        f"epochs, while the loss falls from {figures(train.first, 3)} to "
        f"{figures(train.values[-1], 3)}: the loss sees something else than "
        f"the predictions; {write}",
        {"accuracy": number(accuracy), "end": number(float(train.values[-1])), "write": write},
        onset_epoch=view.epoch(train, 0),
        epochs_used=view.span(train),
        output=metric.output,
    )


def _is_still(metric: Pair) -> bool:
    signals = [s for s in (metric.train, metric.validation) if s is not None]
    return all(float(s.values.max() - s.values.min()) <= CONSTANT for s in signals)


def _constant_costs(share_of_class: float) -> float:
    """The least cross-entropy, in nats, of a constant answer that is right so often."""
    rest = 1 - share_of_class
    if share_of_class < 0.5:
        return -math.log(share_of_class)
    return -share_of_class * math.log(share_of_class) - rest * math.log(rest)
