"""Calling `fit`: Keras's own, or a HyperModel's, whatever arguments it takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.errors import BuilderError
from tuneit.training.builders import Builder
from tuneit.training.quiet import load_keras
from tuneit.training.rows import Shuffling, weights_of

load_keras()
import keras  # noqa: E402

VALIDATION_BATCHES = 4
"""Batches of training that make one of validation, which keeps no activations for gradients: as
much memory, and fewer steps."""

_COLLISION = re.compile(r"got multiple values for (?:keyword )?argument '(\w+)'")
_YIELDING = ("epochs", "batch_size", "verbose", "shuffle")
"""Arguments that a HyperModel's own `fit` may give itself; ours then give way."""


def row_arguments(
    builder: Builder,
    hp: Any,
    model: Any,
    dataset: Dataset,
    batch_size: int,
    seed: int,
    callbacks: list[Any],
) -> dict[str, Any]:
    """Arguments of `fit` that say which rows come when, how much they count, and the callbacks.

    A `fit` of the user's own gets arrays; Keras's gets batches in the order that every trainer
    repeats. Raises DataError for class weights that the data do not leave.
    """
    train, weights = dataset.train, weights_of(dataset, hp.params.get("class_weight"))
    if builder.own_fit is not None or type(model).fit is not keras.Model.fit:
        arrays = {"x": train.x, "y": train.y, "batch_size": batch_size, "callbacks": callbacks}
        return arrays if weights is None else {**arrays, "sample_weight": weights}
    shuffling = Shuffling(train, batch_size, seed, weights)
    return {
        "x": shuffling.batches(),
        "shuffle": False,
        "validation_batch_size": VALIDATION_BATCHES * batch_size,
        "callbacks": [shuffling, *callbacks],
    }


def call_fit(builder: Builder, hp: Any, model: Any, arguments: Mapping[str, Any]) -> Any:
    """Train `model` and return what `fit` returns (a History; of a HyperModel, perhaps a float).

    `arguments` are those of `keras.Model.fit`. A HyperModel's `fit(self, hp, model, …)` gets them
    as from `keras_tuner.Tuner.search(x, y, validation_data=…)`: only those that it takes, and
    without those that it passes on itself, as in
    `model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)`. Raises BuilderError
    where it cannot take the weights of rows.
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
            if name not in _YIELDING or name not in named:
                raise
            del named[name]


def _arrange(function: Any, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Lay out the arguments for a function's signature: x and y by position where it has *args."""
    parameters = list(inspect.signature(function).parameters.values())[2:]
    kinds = {p.kind for p in parameters}
    names = {p.name for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD}
    positional: list[Any] = []
    if inspect.Parameter.VAR_POSITIONAL in kinds and not {"x", "y"} & names:
        positional = [arguments.pop("x"), arguments.pop("y")]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        if "sample_weight" in arguments and "sample_weight" not in names:
            raise BuilderError(
                "the study weighs rows or classes, but the HyperModel's fit takes no "
                "sample_weight: give it **kwargs that it passes on to model.fit"
            )
        arguments = {name: value for name, value in arguments.items() if name in names}
    return positional, arguments
