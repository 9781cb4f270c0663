"""The loss of the same rows in training mode and in inference mode."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tuneit.diagnosis.check import log_odds, number, severity
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.look import Look

load_keras()
import keras  # noqa: E402

WORSE = 2.0
"""The modes differ if the loss in inference mode is this many times that in training mode. (With
dropout the loss is normally higher in training mode.)"""

FEWEST_ROWS = 16
"""The fewest rows whose mean and variance represent those of all rows (chosen)."""

EPOCHS = 2
"""The first epoch that counts; in the first steps of every training the averages lag behind."""

MOMENTUM = 0.9
"""With this momentum an average follows within about twenty steps."""


def modes_differ(look: Look) -> Iterable[Finding]:
    """Compare the sample's loss in inference mode with that in training mode, without any step.

    Batch normalisation uses the batch's own mean and variance while it trains, and moving averages
    afterwards. With Keras's momentum of 0.99 these need hundreds of steps to follow: a short
    training, or one of few large batches, is validated with averages of the initial weights
    (Ioffe & Szegedy, "Batch normalization", ICML 2015, section 3.1).
    """
    layers = [
        one for one in _layers(look.model) if isinstance(one, keras.layers.BatchNormalization)
    ]
    if not layers or len(look.logs) < EPOCHS or _rows(look) < FEWEST_ROWS:
        return
    training, inference = look.loss_while_training, look.gradients.loss
    if not (training > 0 and math.isfinite(training) and math.isfinite(inference)):
        return
    confidence = log_odds(inference / training, WORSE, 1.2)
    if confidence < 0.2:
        return
    slowest = max(layers, key=lambda layer: layer.momentum)
    write = (
        f"write momentum={MOMENTUM} in {slowest.name} (it has {slowest.momentum:g}), or train "
        "with smaller batches or for more epochs"
        if slowest.momentum > MOMENTUM
        else "train with larger batches, or for more epochs"
    )
    yield Finding(
        "batch_norm_lags",
        severity(confidence, Severity.WARNING),
        confidence,
        f"the same rows have a loss of {figures(training, 3)} in training mode and "
        f"{figures(inference, 3)} in inference mode: the moving averages of batch "
        f"normalisation lag behind; {write}",
        {
            "training_mode": number(training),
            "inference_mode": number(inference),
            "momentum": number(float(slowest.momentum)),
            "write": write,
        },
    )


def _layers(model: Any) -> list[Any]:
    return list(model._flatten_layers())


def _rows(look: Look) -> int:
    return len(keras.tree.flatten(look.sample.x)[0])
