"""What the models of several trainings share.

A builder may use what is made once and for all: a base, a regularizer, an optimizer. Trained one at
a time, each model finds such things as its own builder has left them, and as the trainings before
have; built together, all find them as the last builder has.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.training.cohort.batched_scalars import batched_scalars
from tuneit.training.cohort.cost_model import leaf_layers
from tuneit.training.cohort.structure import structure
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.metrics import metrics_of

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402


@dataclass(frozen=True)
class ModelFingerprint:
    """What a compiled model is made of, as its builder left it, by the identity of objects.

    `structure` is equal for models that can train in one cohort, and `numbers` are those that a
    cohort can lift out of one. `changed` are the variables that its training changes, with what it
    is to share one; `values` stands for those that it leaves as they are.
    """

    structure: str
    numbers: list[float]
    parts: frozenset[int]
    variables: frozenset[int]
    changed: Mapping[int, str]
    values: str

    @classmethod
    def of(cls, model: Any, batch_size: int) -> ModelFingerprint:
        """Look at a model right after its builder."""
        changed = {id(variable): why for variable, why in _changed(model)}
        variables = [*model.weights, *model.optimizer.variables]
        return cls(
            structure(model, batch_size),
            [scalar.value for scalar in batched_scalars(model, model.optimizer)],
            frozenset(map(id, _parts(model))),
            frozenset(map(id, variables)),
            changed,
            _values(v for v in model.weights if id(v) not in changed),
        )


def shared(fingerprints: Iterable[ModelFingerprint]) -> tuple[Mapping[int, str], frozenset[int]]:
    """The variables of several models that a training changes, and the parts of several."""
    every = list(fingerprints)
    owners = Counter(variable for made in every for variable in made.variables)
    users = Counter(part for made in every for part in made.parts)
    changed = {v: why for made in every for v, why in made.changed.items() if owners[v] > 1}
    return changed, frozenset(part for part, count in users.items() if count > 1)


def _changed(model: Any) -> Iterator[tuple[Any, str]]:
    for variable in model.optimizer.variables:
        yield variable, "its optimizer is that of other trainings too"
    weights = list(model.trainable_variables)
    for layer in leaf_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            weights += layer.non_trainable_variables
    for variable in weights:
        yield variable, "its model trains weights that other trainings train too"


def _parts(model: Any) -> Iterator[Any]:
    """The objects in a model that a builder can set something of."""
    rules = (keras.regularizers.Regularizer, keras.constraints.Constraint)
    for layer in model._flatten_layers(include_self=False):
        yield layer
        yield from (value for value in vars(layer).values() if isinstance(value, rules))
    yield model.optimizer._learning_rate
    for part in (*tf.nest.flatten(model.loss), *metrics_of(model)):
        if part is not None and not isinstance(part, str):
            yield part


def _values(variables: Iterable[Any]) -> str:
    whole = hashlib.sha256()
    for variable in variables:
        whole.update(variable.numpy().tobytes())
    return whole.hexdigest()
