"""One member of a cohort: Keras's training and test step as functions of the member's state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from tuneit.training.cohort.batched_scalars import ScalarTensor, batched_scalars, patched
from tuneit.training.cohort.cost_model import unrolled
from tuneit.training.cohort.noise import Noise, noisy
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras.src.backend.tensorflow.optimizer import TFOptimizer  # noqa: E402 - not exported
from keras.src.optimizers.base_optimizer import BaseOptimizer  # noqa: E402 - not exported

Tensors = Sequence[Any]


class Batch(NamedTuple):
    """Rows as the model takes them; `weight` of each row in the loss, or None."""

    x: Any
    y: Any
    weight: Any = None


class State(NamedTuple):
    """What training changes of a model: tensors, of one member or stacked for all of them.

    `weights` are trained; `others` are statistics that layers keep (batch normalisation);
    `slots` are the optimizer's variables, its learning rate included.
    """

    weights: Tensors
    others: Tensors
    slots: Tensors


class Template:
    """A compiled model that lends its structure to all members of a cohort.

    Its own variables are never read or changed: each call gets a member's values in their place.
    `x` and `y` are examples of a batch, from which Keras makes the metrics' variables. `lifted`
    are the places, among the model's knobs, of the numbers that members have for themselves;
    the others are the model's own, for all of them.
    """

    def __init__(self, model: Any, x: Any, y: Any, lifted: Sequence[int]) -> None:
        model._symbolic_build(data_batch=(x, y))
        self.model = model
        self.optimizer = stateless(model.optimizer)
        self.optimizer.build(model.trainable_variables)
        self.weights = list(model.trainable_variables)
        self.others = statistics_variables(model)
        self.slots = list(self.optimizer.variables)
        self.metrics = list(model.metrics_variables)
        self.lifted = tuple(lifted)
        self._scalars = batched_scalars(model, self.optimizer)
        self._values = [scalar.value for scalar in self._scalars]

    def serves(self, values: Sequence[Sequence[float]]) -> bool:
        """Whether models of this structure with these knobs' values differ only in lifted ones."""
        return all(i in self.lifted for i in varying([self._values, *values]))

    def initial_state(self, models: Sequence[Any]) -> State:
        """The stacked states of models, freshly built or with the state of a paused training."""
        return State(
            _stack([m.trainable_variables for m in models]),
            _stack([statistics_variables(m) for m in models]),
            _stack([self._slots_of(m.optimizer) for m in models]),
        )

    def _slots_of(self, optimizer: Any) -> list[Any]:
        """The optimizer's own variables; before it is built, those that it would begin with."""
        if optimizer.built:
            return list(optimizer.variables)
        mine = self.optimizer
        own = {
            id(mine._learning_rate): optimizer._learning_rate,
            id(mine._iterations): optimizer._iterations,
        }
        return [own.get(id(v), v) for v in self.slots]

    def train(
        self, state: State, metrics: Tensors, numbers: Tensors, noise: Noise, batch: Batch
    ) -> tuple[State, Tensors]:
        """One batch: the state and the metrics' variables after it."""
        with self._in_place(numbers, noise):
            with tf.GradientTape() as tape:
                tape.watch(state.weights)
                loss, others, metrics = self._forward(state, metrics, batch, training=True)
                loss = self.optimizer.scale_loss(loss)
            gradients = tape.gradient(loss, state.weights)
            weights, slots = self.optimizer.stateless_apply(state.slots, gradients, state.weights)
        return State(weights, others, slots), metrics

    def test(
        self, state: State, metrics: Tensors, numbers: Tensors, noise: Noise, batch: Batch
    ) -> Tensors:
        """The metrics' variables after one batch more."""
        with self._in_place(numbers, noise):
            return self._forward(state, metrics, batch, training=False)[2]

    def results(self, metrics: Tensors) -> Mapping[str, Any]:
        """What the metrics come to, under their names in Keras's logs."""
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
        variables = [*self.weights, *self.others, *self.metrics]
        values = [*state.weights, *state.others, *metrics]
        model, (x, y, weight) = self.model, batch
        with keras.StatelessScope(zip(variables, values, strict=True), collect_losses=True) as s:
            predicted = model(x, training=training) if model._call_has_training_arg else model(x)
            loss = model._compute_loss(x, y, predicted, weight, training=training)
            model._loss_tracker.update_state(loss, sample_weight=tf.shape(tf.nest.flatten(x)[0])[0])
            model.compute_metrics(x, y, predicted, weight)
        return loss, [_current(s, v) for v in self.others], [_current(s, v) for v in self.metrics]

    @contextmanager
    def _in_place(self, numbers: Tensors, noise: Noise) -> Iterator[None]:
        lifted = [
            (scalar.holder, scalar.key, ScalarTensor(number))
            for scalar, number in zip((self._scalars[i] for i in self.lifted), numbers, strict=True)
        ]
        recurrent = [(vars(layer), "unroll", True) for layer in unrolled(self.model)]
        with patched([*lifted, *recurrent, *noisy(self.model, noise)]):
            yield


def varying(values: Sequence[Sequence[float]]) -> list[int]:
    """The places where rows of numbers are not all the same."""
    return [i for i, column in enumerate(zip(*values, strict=True)) if len(set(column)) > 1]


def kept(model: Any) -> list[Any]:
    """All that is kept of a model: what is trained, then its statistics."""
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
    """Takes back what Keras's TensorFlow optimizers override for `tf.distribute`.

    Those overrides need real variables. As a second base of an optimizer's class it comes
    between that and `TFOptimizer` in the order of resolution.
    """

    assign = BaseOptimizer.assign
    assign_add = BaseOptimizer.assign_add
    assign_sub = BaseOptimizer.assign_sub
    stateless_apply = BaseOptimizer.stateless_apply
    _var_key = BaseOptimizer._var_key
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _backend_update_step = BaseOptimizer._backend_update_step


def stateless(optimizer: Any) -> Any:
    """A copy of an optimizer, not built, that can `stateless_apply` with TensorFlow."""
    kind: Any = type(optimizer)
    copy: Any = type(kind.__name__, (kind, _Stateless), {})
    return copy.from_config(optimizer.get_config())


def _stack(models: Sequence[Sequence[Any]]) -> Tensors:
    return [tf.stack([v.value for v in alike]) for alike in zip(*models, strict=True)]


def _current(scope: Any, variable: Any) -> Any:
    value = scope.get_current_value(variable)
    return variable.value if value is None else value
