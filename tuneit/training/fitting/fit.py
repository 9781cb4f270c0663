"""Call `fit`, Keras's or a HyperModel's, with the arguments that it takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from tuneit.data.dataset import Dataset, Split
from tuneit.data.nested import has_targets
from tuneit.errors import BuilderError
from tuneit.training.builders.builder import Builder
from tuneit.training.fitting.rows import Shuffling, weights_of, with_texts
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import fixed_batch_size
from tuneit.training.models.validating import nothing_to_measure_with

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402

VALIDATION_BATCHES = 4
"""A validation batch is this many times as large as a training batch. Validation keeps no
activations for gradients, so it needs about the same memory and fewer steps."""

_COLLISION = re.compile(r"got multiple values for (?:keyword )?argument '(\w+)'")
_REPLACED_TOGETHER = {"x": ("x", "y", "sample_weight", "batch_size", "steps_per_epoch")}
"""Arguments to leave out if a `fit` passes the key itself: its own `x`, for instance a
tf.data.Dataset, replaces all of these."""

SAMPLE = 32
"""Rows on which `fit_briefly` trains."""


def row_arguments(
    builder: Builder,
    hp: Any,
    model: Any,
    dataset: Dataset,
    batch_size: int,
    seed: int,
    callbacks: list[Any],
    steps: int | None = None,
) -> dict[str, Any]:
    """The arguments of `fit` for the training rows, their order, weights, and the callbacks.

    A `fit` of the user's own gets arrays; Keras's gets batches in the order that every trainer
    repeats. An epoch has `steps` batches, or all rows once where that is None. Raises DataError
    for class weights that do not suit the data.
    """
    train, weights = dataset.train, weights_of(dataset, hp.params.get("class_weight"))
    mixup = builder.mixup(hp.params)
    if has_custom_fit(builder, model):
        if mixup is not None:
            raise BuilderError(
                "augment.mixup mixes the rows of Keras's own fit, but this model has a fit of its "
                "own: remove it, and mix the rows there",
                at=("data", "augment", "mixup"),
            )
        x, y = arrays_for_keras(train)
        arrays = {"x": x, "y": y, "batch_size": batch_size, "callbacks": callbacks}
        if steps is not None:
            arrays["steps_per_epoch"] = steps
        return arrays if weights is None else {**arrays, "sample_weight": weights}
    shuffling = Shuffling(train, batch_size, seed, weights, steps, mixup)
    fixed = fixed_batch_size(model) is not None
    return {
        "x": shuffling.batches(),
        "shuffle": False,
        "validation_batch_size": batch_size * (1 if fixed else VALIDATION_BATCHES),
        "callbacks": [shuffling, *callbacks],
    }


def first_rows(split: Split, most: int) -> Split:
    """The first rows of a split, at most `most`."""
    return split.take(np.arange(min(most, len(split))))


def arrays_for_keras(split: Split) -> tuple[Any, Any]:
    """Inputs and targets of a split, as `keras.Model.fit` takes them: y is None for none."""
    return with_texts(split.x), split.y if has_targets(split.y) else None


def has_custom_fit(builder: Builder, model: Any) -> bool:
    """Whether a HyperModel's or the model's own `fit` is called, rather than keras.Model.fit."""
    return builder.own_fit is not None or type(model).fit is not keras.Model.fit


def fit_briefly(builder: Builder, hp: Any, model: Any, dataset: Dataset) -> None:
    """Train for one epoch on 32 rows: to find what `fit` asks for, or to build the model.

    Raises whatever the user's code raises.
    """
    x, y = arrays_for_keras(first_rows(dataset.train, SAMPLE))
    arguments: dict[str, Any] = {
        "x": x,
        "y": y,
        "validation_data": None
        if nothing_to_measure_with(model)
        else arrays_for_keras(first_rows(dataset.validation, SAMPLE)),
        "epochs": 1,
        "batch_size": SAMPLE,
        "callbacks": [],
        "verbose": 0,
    }
    call_fit(builder, hp, model, arguments)


def call_fit(builder: Builder, hp: Any, model: Any, arguments: Mapping[str, Any]) -> Any:
    """Train `model` and return what `fit` returns (a History; of a HyperModel, perhaps a float).

    `arguments` are those of `keras.Model.fit`. A HyperModel's `fit(self, hp, model, …)` gets them
    as from `keras_tuner.Tuner.search(x, y, validation_data=…)`: only those that its signature has,
    and without those that it passes to `model.fit` itself, as in
    `model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)` or
    `model.fit(own_rows, validation_data=others, **kwargs)`. Raises BuilderError where it cannot
    take row weights, or does not let the study's callbacks through.
    """
    if builder.own_fit is None:
        return model.fit(**arguments)
    positional, named = _arrange(builder.own_fit, dict(arguments))
    while True:
        try:
            return builder.own_fit(hp, model, *positional, **named)
        except TypeError as error:
            # Python refuses the call before anything is trained, so calling again is safe.
            collision = _COLLISION.search(str(error))
            name = collision.group(1) if collision else None
            if name not in named:
                raise
            if name == "callbacks":
                raise BuilderError(
                    f"the fit of {builder.name} gives model.fit callbacks of its own beside those "
                    "in its **kwargs: write callbacks=[mine, *kwargs.pop('callbacks')]"
                ) from None
            for given in _REPLACED_TOGETHER.get(name, (name,)):
                named.pop(given, None)


def _arrange(function: Any, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Match the arguments to a function's signature: x and y by position where it has *args."""
    parameters = list(inspect.signature(function).parameters.values())[2:]
    kinds = {p.kind for p in parameters}
    names = {p.name for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD}
    positional: list[Any] = []
    if inspect.Parameter.VAR_POSITIONAL in kinds and not {"x", "y"} & names:
        positional = [arguments.pop(name) for name in ("x", "y") if name in arguments]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        if "sample_weight" in arguments and "sample_weight" not in names:
            raise BuilderError(
                "the study weighs rows or classes, but the HyperModel's fit takes no "
                "sample_weight: give it **kwargs that it passes on to model.fit"
            )
        arguments = {name: value for name, value in arguments.items() if name in names}
    return positional, arguments
