"""The size of a cohort's validation batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tuneit.training.cohort.capacity import outputs_per_row
from tuneit.training.cohort.cost_model import leaf_layers, output_shapes
from tuneit.training.fitting.fit import VALIDATION_BATCHES
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.metrics import metrics_of

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

_PASS = 32 * 2**20
"""Numbers in all members' outputs for one validation batch, at most (128 MB)."""

_SUMS = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)
"""Regularizers whose value is a sum over their input's elements."""


def validation_rows(model: Any, members: int, batch_size: int, rows: int) -> int:
    """Rows of a validation batch: all, or as many as fit into memory.

    Where the result depends on how rows are split into batches, as many as the single trainer
    gives to `keras.Model.fit`.
    """
    fitting = _PASS // (members * outputs_per_row(model))
    most = VALIDATION_BATCHES * batch_size if any(_depends_on_batches(model)) else rows
    return max(1, min(rows, most, max(batch_size, fitting)))


def _depends_on_batches(model: Any) -> Iterator[bool]:
    """Signs that the loss of all rows may differ from the mean of the batches' losses."""
    for part in (*tf.nest.flatten(model.loss), *metrics_of(model)):
        yield getattr(part, "reduction", "sum_over_batch_size") != "sum_over_batch_size"
        arguments = getattr(part, "_fn_kwargs", {})
        # Masked rows do not count, and a batch is weighted by all of its rows.
        yield arguments.get("ignore_class") is not None
        yield arguments.get("axis", -1) not in (-1, None)
    for layer in leaf_layers(model):
        ranks = {len(shape) + 1 for shape in output_shapes(layer)}
        axes = tf.nest.flatten(getattr(layer, "axis", ()))
        yield any(axis == 0 or -axis in ranks for axis in axes if isinstance(axis, int))
        yield bool(getattr(layer, "mask_zero", False))
        penalty = getattr(layer, "activity_regularizer", None)
        yield penalty is not None and type(penalty) not in _SUMS
        yield 0 in (getattr(layer, "_attention_axes", None) or ())
    for graph in model._flatten_layers():
        # Operations that are not layers may compute across rows.
        operations = getattr(graph, "operations", ())
        yield any(not isinstance(operation, keras.layers.Layer) for operation in operations)
