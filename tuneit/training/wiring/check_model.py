"""Check a compiled model and its data before training, for instance in a notebook."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.outputs import misplaced
from tuneit.errors import BuilderError, DataError
from tuneit.findings import Finding
from tuneit.training.models.head import heads_of
from tuneit.training.user_code.error_text import describe
from tuneit.training.wiring.check import check_wirings
from tuneit.training.wiring.checks import GROUPS, OF_DATA
from tuneit.training.wiring.read import names_of_inputs, read_wirings
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.trace import first_rows

KERAS_BATCH = 32
"""The batch size of `fit` if none is given."""


def check_model(
    model: Any,
    x: Any,
    y: Any,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    validation_split: float = 0.0,
) -> tuple[Finding, ...]:
    """Look for faults in how a compiled `model` is wired and in the data, without training.

    `x` (rows, …) and `y` (rows, …) are what `fit` is given; several inputs are a mapping by name or
    a list in the order of the model's inputs. `epochs`, `batch_size` and `validation_split` are
    those of `fit`. A model without a known input shape is built for `x`; a subclassed one is run on
    two rows to see how its layers are connected.

    Returns the findings, the most severe first; none where nothing was found. A `critical` finding
    makes training meaningless, a `warning` costs accuracy or leads to a wrong score, `info` is a
    hint at something that sound models may have too. Each summary ends with what to write instead,
    which is also in `finding.evidence["write"]`. With several outputs `y` is a mapping by name or a
    list in the order of the model's outputs; each output is checked, and its findings name it. For
    models with their own loss, the output is not checked.

    Raises BuilderError for a model that is not compiled or cannot be built for `x`, DataError where
    x and y are not arrays of as many rows.
    """
    if not getattr(model, "compiled", False):
        raise BuilderError("check_model needs a compiled model: call model.compile(…) first")
    batch = KERAS_BATCH if batch_size is None and epochs is not None else batch_size
    return check_rows(
        model, x, y, epochs=epochs, batch_size=batch, validation_split=validation_split
    )


def check_rows(
    model: Any,
    x: Any,
    y: Any,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    validation_split: float = 0.0,
    rows: int | None = None,
) -> tuple[Finding, ...]:
    """`check_model` for a compiled model; `x` and `y` are a sample of its `rows` rows."""
    inputs = _inputs(model, x)
    targets = _targets(model, y)
    for name, values in inputs.items():
        for output, target in targets.items():
            if values.ndim == 0 or target.ndim == 0 or len(values) != len(target):
                raise DataError(
                    f"x and y need as many rows, but '{name}' has the shape {values.shape} and "
                    f"{f'the target {output!r}' if output else 'y'} {target.shape}"
                )
    _build(model, x, inputs)
    count = len(next(iter(targets.values()))) if rows is None else rows
    training = int(count * (1 - validation_split))
    data = {
        name: Rows(inputs, target, training, epochs, batch_size) for name, target in targets.items()
    }
    return check_wirings(read_wirings(model, x), data, (*GROUPS, *OF_DATA))


def _targets(model: Any, y: Any) -> dict[str, Array]:
    """The targets by output, "" for the only one. Raises DataError where some have no output."""
    heads = heads_of(model)
    if not isinstance(y, (Mapping, list, tuple)) or len(heads) < 2:
        return {"": _array(y, "y")}
    given = dict(y) if isinstance(y, Mapping) else dict(enumerate(y))
    if problem := misplaced(list(given), heads):
        raise DataError(problem)
    if isinstance(y, Mapping):
        return {str(name): _array(values, f"the target '{name}'") for name, values in given.items()}
    of = heads if len(heads) == len(y) else [head for head in heads if head.trained]
    names = [head.name for head in of]
    return {name: _array(v, f"the target '{name}'") for name, v in zip(names, y, strict=True)}


def _inputs(model: Any, x: Any) -> dict[str, Array]:
    if isinstance(x, Mapping):
        return {str(name): _array(values, str(name)) for name, values in x.items()}
    if isinstance(x, (list, tuple)) and len(x) and hasattr(x[0], "shape"):
        names = names_of_inputs(model)
        names = names if len(names) == len(x) else [f"x[{i}]" for i in range(len(x))]
        return {name: _array(values, name) for name, values in zip(names, x, strict=True)}
    return {"x": _array(x, "x")}


def _array(values: Any, name: str) -> Array:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is no array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{name} holds values of type {array.dtype}, which Keras cannot train on: give "
            "numbers (a tf.data.Dataset has to be read into arrays first)"
        )
    return array


def _build(model: Any, x: Any, inputs: Mapping[str, Array]) -> None:
    """Build a model without a known input shape for these rows."""
    if model.built:
        return
    try:
        if hasattr(model, "_functional") and len(inputs) == 1:  # a Sequential
            model.build((None, *next(iter(inputs.values())).shape[1:]))
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the checks say what is wrong
                model(first_rows(x))
    except Exception as error:  # of many kinds, from any layer
        shapes = ", ".join(str(values.shape[1:]) for values in inputs.values())
        raise BuilderError(
            f"the model cannot be built for rows of shape {shapes}: {describe(error)}"
        ) from error
