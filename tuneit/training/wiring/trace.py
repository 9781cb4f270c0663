"""How the layers of a subclassed model are connected, seen by running it on a few rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.layers import call, without_side_effects

load_keras()
import keras  # noqa: E402

FEW = 2
"""Rows to run: enough for a batch axis."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer: the tensors that it took, and those that it gave back."""

    layer: Any
    takes: tuple[Any, ...]
    gives: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Trace:
    """The calls of a model's layers, in order; its inputs and outputs as it saw them."""

    calls: tuple[Call, ...]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


def trace(model: Any, x: Any, rows: int = FEW) -> Trace | None:
    """Run a built model on the first `rows` of `x` in inference mode; None where that fails.

    Two layers are connected if one returns a tensor that the other takes. Operations between
    layers, in the user's `call`, are not seen. Changes no weights and no states.
    """
    calls: list[Call] = []
    whole: list[Call] = []
    layers = list(dict.fromkeys(_layers(model)))
    try:
        with (
            warnings.catch_warnings(),
            without_side_effects(),
            _recorded(layers, calls),
            _recorded([model], whole),
        ):
            warnings.simplefilter("ignore")  # Keras's own words on the same faults
            call(model, first_rows(x, rows))
    except Exception:  # of any kind: the model is the user's own
        return None
    if len(whole) != 1:
        return None
    return Trace(tuple(calls), whole[0].takes, whole[0].gives)


def first_rows(x: Any, rows: int = FEW) -> Any:
    """The first rows of the inputs, as tensors."""
    return keras.tree.map_structure(
        lambda part: keras.ops.convert_to_tensor(np.asarray(part[:rows])), x
    )


def _layers(layer: Any) -> Iterator[Any]:
    """Keras's own layers in a model, also inside of layers and models of the user's."""
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        of_keras = type(inner).__module__.startswith("keras.") and not isinstance(
            inner, keras.Model
        )
        if of_keras or not list(inner._flatten_layers(include_self=False, recursive=False)):
            if not isinstance(inner, keras.layers.InputLayer):
                yield inner
        else:
            yield from _layers(inner)


@contextmanager
def _recorded(layers: list[Any], into: list[Call]) -> Iterator[None]:
    """Note each call of the layers, for as long as the context lasts."""
    try:
        for layer in layers:
            # On the object, past Keras's own bookkeeping: the class stays as it is.
            object.__setattr__(layer, "call", _noting(layer, layer.call, into))
        yield
    finally:
        for layer in layers:
            vars(layer).pop("call", None)


def _noting(layer: Any, run: Callable[..., Any], into: list[Call]) -> Callable[..., Any]:
    @wraps(run)
    def noting(*args: Any, **kwargs: Any) -> Any:
        takes = _tensors((args, kwargs))
        said = run(*args, **kwargs)
        into.append(Call(layer, takes, _tensors(said)))
        return said

    return noting


def _tensors(structure: Any) -> tuple[Any, ...]:
    return tuple(part for part in keras.tree.flatten(structure) if hasattr(part, "shape"))
