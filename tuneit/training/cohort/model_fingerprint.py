"""The properties of models that decide which of them can train together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tuneit.training.cohort.batched_scalars import batched_scalars
from tuneit.training.cohort.cost_model import leaf_layers
from tuneit.training.cohort.structure import structure
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402


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
