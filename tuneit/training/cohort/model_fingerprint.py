"""The properties of models that decide which of them can train together."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tuneit.training.cohort.batched_scalars import batched_scalars, patched
from tuneit.training.cohort.cost_model import leaf_layers
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.metrics import metrics_of

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

_IRRELEVANT = ("seed", "build_config", "registered_name")
"""Parts of a configuration that do not matter once the model has weights."""

_ANY = 0.5
"""Stands in configurations for the value of every batched scalar."""

_WIDTHS = frozenset(["units", "filters", "output_dim", "shape", "batch_shape", "build_input_shape"])
"""Keys of configurations that say how wide a layer or its input is."""


@dataclass(frozen=True)
class ModelFingerprint:
    """A compiled model as its builder left it.

    `structure` is equal for models that can train in one cohort, and `scalars` are the values in
    which these may differ. `variables` are the ids of all variables of the model and its optimizer,
    `trained` of those that training changes. `constants` is a hash of the values of the others.
    """

    structure: str
    scalars: list[float]
    variables: frozenset[int]
    trained: frozenset[int]
    constants: str

    @classmethod
    def of(cls, model: Any, batch_size: int) -> ModelFingerprint:
        """Take the fingerprint of a model as it is now."""
        variables = [*model.weights, *model.optimizer.variables]
        trained = frozenset(id(variable) for variable in _trained(model))
        return cls(
            structure(model, batch_size),
            [scalar.value for scalar in batched_scalars(model, model.optimizer)],
            frozenset(map(id, variables)),
            trained,
            _hash(v for v in model.weights if id(v) not in trained),
        )


def trained_by_several(fingerprints: Collection[ModelFingerprint]) -> frozenset[int]:
    """Variables of several models that the training of at least one of them changes."""
    owners = Counter(variable for f in fingerprints for variable in f.variables)
    return frozenset(v for f in fingerprints for v in f.trained if owners[v] > 1)


def _trained(model: Any) -> Iterator[Any]:
    yield from model.optimizer.variables
    yield from model.trainable_variables
    for layer in leaf_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            yield from layer.non_trainable_variables


def _hash(variables: Iterable[Any]) -> str:
    whole = hashlib.sha256()
    for variable in variables:
        whole.update(variable.numpy().tobytes())
    return whole.hexdigest()


def structure(model: Any, batch_size: int) -> str:
    """A text that is equal for models which differ only in weights and batched scalars."""
    scalars = [
        (scalar.holder, scalar.key, _ANY) for scalar in batched_scalars(model, model.optimizer)
    ]
    with patched(scalars):
        config = model.get_config()
        parts = {
            "batch_size": batch_size,
            "scalars": len(scalars),
            "class": type(model).__name__,
            "layers": _relevant(config.get("layers")),
            "connections": {k: config.get(k) for k in ("input_layers", "output_layers")},
            "compiled": _compiled(model),
            "variables": [_variable(v) for v in model.weights],
            "held": [_held(layer) for layer in model._flatten_layers(include_self=False)],
        }
    return json.dumps(parts, sort_keys=True, default=repr)


def without_widths(text: str) -> str:
    """What remains of a structure's text without widths; `Embedding` compares the rest."""

    def stripped(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: stripped(v) for key, v in value.items() if key not in _WIDTHS}
        return [stripped(v) for v in value] if isinstance(value, list) else value

    parts = stripped(json.loads(text))
    parts["variables"] = [[len(shape), *rest] for shape, *rest in parts["variables"]]
    return json.dumps(parts, sort_keys=True)


def _variable(variable: Any) -> Any:
    """What matters of a weight beside its value; a regularizer may have been set on the weight."""
    rules = [
        rule and (type(rule).__name__, rule.get_config())
        for rule in (variable.regularizer, variable.constraint)
    ]
    return list(variable.shape), str(variable.dtype), bool(variable.trainable), rules


def _held(layer: Any) -> Any:
    """Hashes of arrays that a layer holds beside its weights, such as those of `adapt`."""
    arrays = {
        name: np.asarray(value)
        for name, value in vars(layer).items()
        if isinstance(value, (np.ndarray, tf.Tensor)) and hasattr(value, "__array__")
    }
    return {
        name: (array.shape, hashlib.sha256(array.tobytes()).hexdigest())
        for name, array in arrays.items()
    }


def _compiled(model: Any) -> Any:
    config = model.get_compile_config()
    # The model's optimizer may have been replaced after compiling.
    optimizer = model.optimizer.get_config()
    optimizer.pop("name")  # it counts the optimizers made so far
    if isinstance(model.optimizer._learning_rate, keras.Variable):
        # A plain learning rate is one of the optimizer's variables.
        optimizer.pop("learning_rate")
    given = [config.get(k) for k in ("loss", "loss_weights", "metrics", "weighted_metrics")]
    # Configurations lack some of the arguments: of Huber the delta, say.
    parts = (*tf.nest.flatten(model.loss), *metrics_of(model))
    arguments = [dict(getattr(part, "_fn_kwargs", {})) for part in parts]
    return type(model.optimizer).__name__, optimizer, given, arguments


def _relevant(config: Any) -> Any:
    if isinstance(config, dict):
        return {
            name: _relevant(value)
            for name, value in config.items()
            if name not in _IRRELEVANT and not name.endswith("_initializer")
        }
    if isinstance(config, (list, tuple)):
        return [_relevant(value) for value in config]
    return config
