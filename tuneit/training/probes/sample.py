"""The rows that probes use: given by the user, or taken from the arguments of `fit`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from tuneit.errors import DataError
from tuneit.errors.wording import kind_of
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import fixed_batch_size

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402

ROWS = 256
"""Enough rows to distinguish a dead unit from a rarely active one, few enough to be cheap."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Inputs and targets as the model takes them, at most `ROWS` rows each."""

    x: Any
    y: Any

    def for_model(self, model: Any) -> Sample:
        """The rows that a model with a fixed batch size takes (a stateful one, for example); else
        all."""
        rows = fixed_batch_size(model)
        if rows is None:
            return self
        cut = keras.tree.map_structure(lambda part: part[:rows], (self.x, self.y))
        return Sample(*cut)


def sample_of(data: Any, rows: int = ROWS) -> Sample:
    """Make a sample of a pair `(x, y)`, at most `rows`; raises DataError for anything else."""
    if not isinstance(data, (tuple, list)) or len(data) < 2:
        raise DataError(
            f"probe_data must be a pair (x, y) of training rows, but is {kind_of(data)}"
        )
    x, y = data[0], data[1]
    lengths = {len(part) for part in keras.tree.flatten((x, y))}
    if len(lengths) != 1 or 0 in lengths:
        raise DataError(
            f"probe_data needs as many rows of x as of y, at least one, but has {sorted(lengths)}"
        )
    cut = keras.tree.map_structure(lambda part: _some_rows(part, rows), (x, y))
    return Sample(*cut)


def _some_rows(values: Any, rows: int) -> Any:
    """Rows from all over the data, which may be in order of their classes."""
    step = max(1, len(values) // rows)
    return keras.ops.convert_to_tensor(np.asarray(values[::step][:rows]))


def sample_of_fit(model: Any) -> Sample | None:
    """Some rows of the data of the `model.fit` that is running, or None.

    Keras tells callbacks nothing about the data, so `fit`'s own arguments are read from the call
    stack. Arrays and `tf.data` datasets can be read without changing the training; generators
    cannot, since each batch taken from one is lost to it.
    """
    given = arguments_of_fit(model)
    x: Any = given.get("x")
    y: Any = given.get("y")
    try:
        if y is not None and keras.tree.flatten(x):
            return sample_of((x, y))
        if x is not None and hasattr(x, "take") and hasattr(x, "element_spec"):
            return sample_of(next(iter(x.take(1))))
    except (DataError, TypeError, ValueError, IndexError, KeyError, StopIteration):
        return None
    return None


def arguments_of_fit(model: Any) -> dict[str, Any]:
    """The arguments of the `model.fit` that is running, by name; empty outside of one."""
    frame = inspect.currentframe()
    try:
        while frame is not None:
            if frame.f_code.co_name == "fit" and frame.f_locals.get("self") is model:
                return dict(frame.f_locals)
            frame = frame.f_back
    finally:
        del frame
    return {}
