"""Check the wiring of a model when its `fit` begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuneit.errors import TuneitError
from tuneit.findings import Finding
from tuneit.training.probes.sample import arguments_of_fit, sample_of_fit
from tuneit.training.wiring.check_model import KERAS_BATCH, check_rows

UNKNOWN = 10**6
"""The assumed number of rows of a stream."""


def check_fit(model: Any) -> tuple[Finding, ...]:
    """Findings on the model and the data of the `fit` that is running, the most severe first.

    None where there are several outputs, or data that the checks cannot read: generators, text.
    """
    given = arguments_of_fit(model)
    x, y, rows = given.get("x"), given.get("y"), None
    if y is None:
        sample = sample_of_fit(model)
        x, y, rows = (sample.x, sample.y, UNKNOWN) if sample is not None else (None, None, None)
    if x is None or y is None or isinstance(y, (Mapping, list, tuple)):
        return ()
    epochs, batch_size = given.get("epochs"), given.get("batch_size")
    try:
        return check_rows(
            model,
            x,
            y,
            epochs=epochs if rows is None else None,
            batch_size=(batch_size or KERAS_BATCH) if rows is None else None,
            validation_split=given.get("validation_split") or 0.0,
            rows=rows,
        )
    except TuneitError:
        return ()
