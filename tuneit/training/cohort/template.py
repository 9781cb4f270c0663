"""One member's training step and test step, as functions of the member's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tuneit.training.cohort.batched_scalars import ScalarTensor, batched_scalars, patched
from tuneit.training.cohort.cost_model import unrolled
from tuneit.training.cohort.noise import Noise, noisy
from tuneit.training.cohort.varying import Own, Varying
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras.src.backend.tensorflow.optimizer import TFOptimizer  # noqa: E402 - not exported
from keras.src.optimizers.base_optimizer import BaseOptimizer  # noqa: E402 - not exported

if TYPE_CHECKING:
    from tuneit.training.cohort.prepared_trial import PreparedExecution

Tensors = Sequence[Any]


class Batch(NamedTuple):
    """Rows as the model takes them; `weight` of each row in the loss, or None."""

    x: Any
    y: Any
    weight: Any = None


class State(NamedTuple):
    """What training changes of a model: tensors of one member, or stacked for all members.

    `weights` are trained. `statistics` are kept by layers such as BatchNormalization. `slots` are
    the optimizer's variables, its learning rate included.
    """

    weights: Tensors
    statistics: Tensors
    slots: Tensors


class Template:
    """A compiled Keras model that defines what every member of a cohort computes.

    The model's own variables are neither read nor changed: each call gets a member's values in
    their place, through Keras's StatelessScope. From `x` and `y`, an example of a batch, Keras
    makes the variables of the metrics. `varying` is in what members may differ; they have the
    model's value of all other batched scalars.
    """

    def __init__(self, model: Any, x: Any, y: Any, varying: Varying) -> None:
        model._symbolic_build(data_batch=(x, y))
        self.model = model
        self.optimizer = stateless(model.optimizer)
        self.optimizer.build(model.trainable_variables)
        weights = list(model.trainable_variables)
        slots = list(self.optimizer.variables)
        self.variables = State(weights, statistics_variables(model), slots)
        self.metrics = list(model.metrics_variables)
        self.varying = varying
        self._scalars = batched_scalars(model, self.optimizer)
        places = {id(weight): place for place, weight in enumerate(weights)}
        self.slot_weights = [places.get(self.optimizer.weight_of(slot)) for slot in slots]
        """For each slot the index of the weight that it belongs to, or None."""

    def initial_state(self, executions: Sequence[PreparedExecution]) -> State:
        """Stack the states of models, which are as built or go on from a checkpoint.

        Where a model is narrower than the template's, weights are zero, and all else as the
        template has it.
        """
        embeddings = [execution.embedding for execution in executions]
        rows = [self._variables_of(execution.model) for execution in executions]
        weights, statistics, slots = self.variables
        zeros = [np.broadcast_to(np.float32(0), weight.shape) for weight in weights]
        bases = [*zeros, *(variable.numpy() for variable in (*statistics, *slots))]
        places = [*range(len(weights) + len(statistics)), *self.slot_weights]
        columns = zip(zip(*rows, strict=True), bases, places, strict=True)
        stacked = [_stack(alike, embeddings, base, place) for alike, base, place in columns]
        state: State = tf.nest.pack_sequence_as(self.variables, stacked)
        return state

    def with_rate(self, state: State, position: int, rate: float) -> State:
        """The stacked state where one member has another learning rate."""
        slots = list(state.slots)
        learning_rate = self.optimizer._learning_rate
        place = next(i for i, slot in enumerate(self.variables.slots) if slot is learning_rate)
        slots[place] = np.array(slots[place])
        slots[place][position] = rate
        return state._replace(slots=slots)

    def _variables_of(self, model: Any) -> list[Any]:
        """A model's variables in the order of the state.

        Where its optimizer is not built, those that the optimizer would begin with.
        """
        mine, own = self.optimizer, model.optimizer
        if own.built:
            return [*state_variables(model), *own.variables]
        begun = {id(mine._learning_rate): own._learning_rate, id(mine._iterations): own._iterations}
        slots = [begun.get(id(slot), slot) for slot in self.variables.slots]
        return [*state_variables(model), *slots]

    def train(
        self, state: State, metrics: Tensors, own: Own, step: Any, batch: Batch
    ) -> tuple[State, Tensors]:
        """One batch: the state and the metrics' variables after it; `step` counts the batches."""
        with self._computing_as(own, step):
            with tf.GradientTape() as tape:
                tape.watch(state.weights)
                loss, statistics, metrics = self._forward(state, metrics, batch, training=True)
                loss = self.optimizer.scale_loss(loss)
            gradients = list(tape.gradient(loss, state.weights))
            for i, mask in zip(self.varying.weights, own.masks, strict=True):
                gradients[i] = _masked(gradients[i], mask)
            weights, slots = self.optimizer.stateless_apply(state.slots, gradients, state.weights)
        return State(weights, statistics, slots), metrics

    def test(self, state: State, metrics: Tensors, own: Own, step: Any, batch: Batch) -> Tensors:
        """The metrics' variables after one batch more."""
        with self._computing_as(own, step):
            return self._forward(state, metrics, batch, training=False)[2]

    def results(self, metrics: Tensors) -> Mapping[str, Any]:
        """The values of the metrics, under their names in Keras's logs."""
        with keras.StatelessScope(zip(self.metrics, metrics, strict=True)):
            return dict(self.model.get_metrics_result())

    def no_metrics(self) -> Tensors:
        """The metrics' variables at the start of an epoch."""
        with keras.StatelessScope() as scope:
            self.model.reset_metrics()
        return [tf.convert_to_tensor(_current(scope, v)) for v in self.metrics]

    def _forward(
        self, state: State, metrics: Tensors, batch: Batch, *, training: bool
    ) -> tuple[Any, Tensors, Tensors]:
        # As in keras.Model.train_step and test_step.
        statistics = self.variables.statistics
        variables = [*self.variables.weights, *statistics, *self.metrics]
        values = [*state.weights, *state.statistics, *metrics]
        model, (x, y, weight) = self.model, batch
        with keras.StatelessScope(zip(variables, values, strict=True), collect_losses=True) as s:
            predicted = model(x, training=training) if model._call_has_training_arg else model(x)
            loss = model._compute_loss(x, y, predicted, weight, training=training)
            model._loss_tracker.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(x)[0])[0])
            model.compute_metrics(x, y, predicted, weight)
        return (
            loss,
            [_current(s, variable) for variable in statistics],
            [_current(s, variable) for variable in self.metrics],
        )

    @contextmanager
    def _computing_as(self, own: Own, step: Any) -> Iterator[None]:
        """Let the model compute with one member's scalars and random numbers."""
        scalars = [
            (self._scalars[i].holder, self._scalars[i].key, ScalarTensor(value))
            for i, value in zip(self.varying.scalars, own.scalars, strict=True)
        ]
        channels = dict(zip(self.varying.layers, own.channels, strict=True))
        noise = Noise(step, own.seed, channels)
        recurrent = [(vars(layer), "unroll", True) for layer in unrolled(self.model)]
        with patched([*scalars, *recurrent, *noisy(self.model, noise)]):
            yield


def state_variables(model: Any) -> list[Any]:
    """The variables of a model that a cohort's state holds: weights, then statistics."""
    return [*model.trainable_variables, *statistics_variables(model)]


def statistics_variables(model: Any) -> list[Any]:
    """The variables that are not trained, without the states of random generators."""
    seeds = {
        id(generator.state)
        for layer in model._flatten_layers()
        for generator in layer._seed_generators
    }
    return [v for v in model.non_trainable_variables if id(v) not in seeds]


class _Stateless(TFOptimizer):  # type: ignore[misc]
    """Undoes what Keras's TensorFlow optimizers override for `tf.distribute`.

    Those overrides need `tf.Variable`s and fail on tensors. As the second base class of an
    optimizer, this class precedes `TFOptimizer` in the method resolution order.
    """

    assign = BaseOptimizer.assign
    assign_add = BaseOptimizer.assign_add
    assign_sub = BaseOptimizer.assign_sub
    stateless_apply = BaseOptimizer.stateless_apply
    _var_key = BaseOptimizer._var_key
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _backend_update_step = BaseOptimizer._backend_update_step

    def add_variable_from_reference(self, reference_variable: Any, *rest: Any, **named: Any) -> Any:
        slot = super().add_variable_from_reference(reference_variable, *rest, **named)
        self.__dict__.setdefault("_weights_of_slots", {})[id(slot)] = id(reference_variable)
        return slot

    def weight_of(self, slot: Any) -> int | None:
        """The id of the weight that a slot was made for; None of the learning rate, say."""
        found: int | None = self.__dict__.get("_weights_of_slots", {}).get(id(slot))
        return found


def stateless(optimizer: Any) -> Any:
    """A copy of an optimizer, not built, whose `stateless_apply` works on TensorFlow tensors."""
    kind: Any = type(optimizer)
    copy: Any = type(kind.__name__, (kind, _Stateless), {})
    return copy.from_config(optimizer.get_config())


def _stack(variables: Any, embeddings: Any, base: Any, place: int | None) -> Any:
    """Stack a variable of each member; those that are narrower fill a part of `base`."""
    if place is None or all(embedding.masks[place] is None for embedding in embeddings):
        return tf.stack([variable.value for variable in variables])
    both = zip([variable.numpy() for variable in variables], embeddings, strict=True)
    # The slots of an optimizer that is not built are the template's own.
    return tf.stack([e.widen(place, v, base) if v.shape != base.shape else v for v, e in both])


def _masked(gradient: Any, mask: Any) -> Any:
    """A gradient without those of weights that the member does not have."""
    if gradient is None:
        return None
    if isinstance(gradient, tf.IndexedSlices):  # of an Embedding, whose rows have one mask
        values = tf.where(mask[0], gradient.values, 0.0)
        return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
    return tf.where(mask, gradient, 0.0)


def _current(scope: Any, variable: Any) -> Any:
    value = scope.get_current_value(variable)
    return variable.value if value is None else value
