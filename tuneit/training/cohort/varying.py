"""In what the members of a cohort differ, beside the values of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneit.training.cohort.batched_scalars import batched_scalars
from tuneit.training.cohort.noise import noise_seed
from tuneit.training.keras_loader import load_keras

load_keras()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

if TYPE_CHECKING:
    from tuneit.training.cohort.prepared_trial import PreparedExecution

Tensors = Sequence[Any]


class Varying(NamedTuple):
    """In what the members of a cohort differ, beside the values of their weights.

    `scalars` are indices of batched scalars, `weights` of trained weights of which some member has
    a part only, and `layers` the places of layers whose random numbers are drawn for other channels
    in some member.
    """

    scalars: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()
    layers: tuple[int, ...] = ()

    @classmethod
    def of(cls, model: Any, executions: Sequence[PreparedExecution]) -> Varying:
        """In what these executions differ from a model or from one another."""
        scalars = [scalar.value for scalar in batched_scalars(model, model.optimizer)]
        columns = zip(scalars, *(execution.scalars for execution in executions), strict=True)
        embeddings = [execution.embedding for execution in executions]
        trained = range(len(model.trainable_variables))
        return cls(
            tuple(i for i, column in enumerate(columns) if len(set(column)) > 1),
            tuple(i for i in trained if any(e.masks[i] is not None for e in embeddings)),
            tuple(sorted({place for e in embeddings for place in e.noise_channels})),
        )

    def joined(self, other: Varying) -> Varying:
        """What varies here or there."""
        pairs = zip(self, other, strict=True)
        return Varying(*(tuple(sorted({*mine, *theirs})) for mine, theirs in pairs))


class Own(NamedTuple):
    """What a member has of its own beside its state; all members' are stacked.

    For each entry of `Varying` there is one tensor: float32 `scalars`, bool `masks` of the shapes
    of their weights, and int32 `channels` as in `Embedding.noise_channels`. `seed`, an int32, is
    for the member's random numbers.
    """

    scalars: Tensors
    masks: Tensors
    channels: Tensors
    seed: Any

    @classmethod
    def stacked(cls, varying: Varying, model: Any, executions: Sequence[PreparedExecution]) -> Own:
        """Stack what these executions have in a cohort that computes with `model`."""
        layers = model._flatten_layers(include_self=False)
        embeddings = [execution.embedding for execution in executions]

        def mask(embedding: Any, weight: int) -> Any:
            found = embedding.masks[weight]
            return (
                np.ones(model.trainable_variables[weight].shape, bool) if found is None else found
            )

        def channels(embedding: Any, layer: int) -> Any:
            all_of_them = np.arange(_channels(layers[layer]), dtype=np.int32)
            return embedding.noise_channels.get(layer, all_of_them)

        return cls(
            [tf.constant([e.scalars[i] for e in executions], tf.float32) for i in varying.scalars],
            [tf.constant(np.stack([mask(e, i) for e in embeddings])) for i in varying.weights],
            [tf.constant(np.stack([channels(e, i) for e in embeddings])) for i in varying.layers],
            tf.constant([noise_seed(e.seed) for e in executions], tf.int32),
        )

    @classmethod
    def specs(cls, varying: Varying, model: Any, count: int) -> Own:
        """TensorSpecs of what `count` members have."""
        shapes = [model.trainable_variables[i].shape for i in varying.weights]
        layers = model._flatten_layers(include_self=False)
        return cls(
            [tf.TensorSpec([count], tf.float32) for _ in varying.scalars],
            [tf.TensorSpec([count, *shape], tf.bool) for shape in shapes],
            [tf.TensorSpec([count, _channels(layers[i])], tf.int32) for i in varying.layers],
            tf.TensorSpec([count], tf.int32),
        )


def _channels(layer: Any) -> int:
    return int(layer._inbound_nodes[0].output_tensors[0].shape[-1])
