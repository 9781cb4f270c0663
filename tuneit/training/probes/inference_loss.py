"""Compare the validation loss with the training loss measured without dropout."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import log_odds, number, severity
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.training.probes.look import Look

EASIER = 1.3
"""Validation is easier if the training loss in inference mode is this many times validation's."""

EPOCHS = 4


def fair_comparison(look: Look) -> Iterable[Finding]:
    """Compare validation's loss with training's, both in inference mode and after the epoch.

    The logged training loss is a mean over the epoch, with
    dropout and augmentation, so a validation loss below it proves nothing. A validation loss below
    the training loss in inference mode does prove something: the validation rows are easier than
    the training rows, or the model has seen them. A validation loss above it proves nothing, since
    overfitting causes that too.
    """
    logged, validation = look.series("loss"), look.series("val_loss")
    inference = (*look.losses, look.gradients.loss)
    if len(validation) < EPOCHS or len(inference) < EPOCHS:
        return
    recent = slice(-EPOCHS, None)
    train, held, log = (np.array(v[recent]) for v in (inference, validation, logged))
    if not np.isfinite([train, held, log]).all() or held.min() <= 0:
        return
    fair, seeming = float((train / held).min()), float((log / held).min())
    confidence = min(0.9, log_odds(fair, EASIER, 1.06))
    if confidence >= 0.2:
        yield Finding(
            "unrepresentative_validation",
            severity(confidence),
            confidence,
            f"validation loss {figures(held[-1], 3)} is below training's own "
            f"{figures(train[-1], 3)}, both without dropout: the validation rows are easier "
            "than the training rows, or were seen",
            {"train_inference": number(float(train[-1])), "validation": number(float(held[-1]))},
        )
    elif seeming > 1.1 and fair < 1.1:
        yield Finding(
            "regularised_training_loss",
            Severity.INFO,
            0.9,
            f"validation seems easier only because training's loss is logged with dropout and "
            f"during the epoch: {figures(log[-1], 3)} as logged, "
            f"{figures(train[-1], 3)} in inference mode, "
            f"{figures(held[-1], 3)} for validation",
            {"train_logged": number(float(log[-1])), "train_inference": number(float(train[-1]))},
        )
