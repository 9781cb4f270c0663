"""The lab's networks: compiled once, trained from new weights as often as wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from lab_data import Problem

Head = Literal["right", "relu far below"]


@dataclass(frozen=True)
class Network:
    """What a network is made of; `noise` is the spread of Gaussian noise on its inputs."""

    kind: str = "mlp"
    width: int = 32
    depth: int = 2
    dropout: float = 0.0
    l2: float = 0.0
    norm: bool = False
    noise: float = 0.0
    bias: float = 0.0
    head: Head = "right"
    optimizer: str = "adam"
    activation: str = "relu"


@dataclass(eq=False)
class Bench:
    """A compiled model with its optimizer's first state.

    `epoch(x, y, order)` calls Keras's own `train_step` on each batch of row numbers in `order`,
    (steps, batch), all in one program: `fit` does the same at thirty times the price for networks
    this small. `look(x, y)` gives the loss of each row, the metric and the penalties, in
    inference mode: what `evaluate` reports.
    """

    model: Any
    first_state: list[Any]
    epoch: Callable[[Any, Any, Any], None]
    look: Callable[[Any, Any], tuple[Any, Any, Any]]

    def reset(self, weights: list[Any], learning_rate: float, seed: int) -> None:
        """Start anew, as if nothing had been trained here before."""
        self.model.set_weights(weights)
        for number, layer in enumerate(self.model.layers):
            if hasattr(layer, "seed_generator"):
                layer.seed_generator.state.assign([seed, number << 20])
        for variable, value in zip(self.model.optimizer.variables, self.first_state, strict=True):
            variable.assign(value)
        self.model.optimizer.learning_rate.assign(learning_rate)

    def train(self, x: Any, y: Any, order: Any) -> dict[str, float]:
        """Train for an epoch; return its logs: means over the epoch's batches, as in `fit`."""
        self.model.reset_metrics()
        self.epoch(x, y, order)
        return {name: float(value) for name, value in self.model.get_metrics_result().items()}


def _hidden(network: Network, width: int) -> list[Any]:
    layers: list[Any] = [
        keras.layers.Dense(
            width,
            kernel_regularizer=keras.regularizers.L2(network.l2) if network.l2 else None,
            bias_initializer=keras.initializers.Constant(network.bias),
        )
    ]
    if network.norm:
        layers.append(keras.layers.BatchNormalization())
    layers.append(keras.layers.Activation(network.activation))
    if network.dropout:
        layers.append(keras.layers.Dropout(network.dropout))
    return layers


def _mlp(network: Network) -> list[Any]:
    layers: list[Any] = [keras.layers.Flatten()]
    for _ in range(network.depth):
        layers += _hidden(network, network.width)
    return layers


def _cnn(network: Network) -> list[Any]:
    return [
        keras.layers.Conv2D(max(1, network.width // 4), 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        *_hidden(network, network.width),
    ]


def _lstm(network: Network) -> list[Any]:
    return [
        keras.layers.LSTM(max(1, network.width // 2)),
        *_hidden(network, network.width),
    ]


def _gru(network: Network) -> list[Any]:
    return [keras.layers.GRU(max(1, network.width // 2)), *_hidden(network, network.width)]


def _conv1d(network: Network) -> list[Any]:
    filters = max(1, network.width // 2)
    return [
        keras.layers.Conv1D(filters, 3, activation=network.activation),
        keras.layers.Conv1D(filters, 3, activation=network.activation),
        keras.layers.GlobalMaxPooling1D(),
        *_hidden(network, network.width),
    ]


def _pooled(network: Network) -> list[Any]:
    """Two convolutions and a mean over all places."""
    filters = max(2, network.width // 3)
    return [
        keras.layers.Conv2D(filters, 3, activation=network.activation),
        keras.layers.Conv2D(filters, 3, activation=network.activation),
        keras.layers.GlobalAveragePooling2D(),
        *_hidden(network, network.width),
    ]


class Block(keras.layers.Layer):
    """Adds what its layers make of the input to the input."""

    def __init__(self, inner: list[Any]) -> None:
        super().__init__()
        self.inner = inner

    def build(self, input_shape: Any) -> None:
        for layer in self.inner:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def made(self, inputs: Any) -> Any:
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs

    def call(self, inputs: Any) -> Any:
        return inputs + self.made(inputs)


class Beside(Block):
    """Keeps the input beside what its layers make of it, as a densely connected network does."""

    def call(self, inputs: Any) -> Any:
        return keras.ops.concatenate([inputs, self.made(inputs)], axis=-1)


class Gate(Block):
    """Multiplies the input by what its layers make of it."""

    def call(self, inputs: Any) -> Any:
        return inputs * self.made(inputs)


class Attention(keras.layers.Layer):
    """Adds to each step a mean of all steps, weighted by how alike they are."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = keras.layers.Attention(use_scale=True)

    def build(self, input_shape: Any) -> None:
        self.mean.build([input_shape, input_shape])

    def call(self, inputs: Any) -> Any:
        return inputs + self.mean([inputs, inputs])


def _blocks(network: Network, block: type[Block]) -> list[Any]:
    layers: list[Any] = []
    for _ in range(network.depth):
        hidden = _hidden(network, network.width)
        # Dropout stays outside: its seeds are set by layer of the model.
        dropped = [layer for layer in hidden if isinstance(layer, keras.layers.Dropout)]
        layers += [block([layer for layer in hidden if layer not in dropped]), *dropped]
    return layers


def _residual(network: Network) -> list[Any]:
    first = [keras.layers.Flatten(), keras.layers.Dense(network.width)]
    return [*first, *_blocks(network, Block)]


def _dense(network: Network) -> list[Any]:
    return [keras.layers.Flatten(), *_blocks(network, Beside)]


def _gated(network: Network) -> list[Any]:
    layers: list[Any] = [keras.layers.Flatten()]
    for _ in range(network.depth):
        layers += _hidden(network, network.width)
        layers.append(Gate([keras.layers.Dense(network.width, activation="sigmoid")]))
    return layers


def _attention(network: Network) -> list[Any]:
    return [
        keras.layers.Conv1D(max(4, network.width // 2), 3, activation=network.activation),
        Attention(),
        keras.layers.GlobalAveragePooling1D(),
        *_hidden(network, network.width),
    ]


def _separable(network: Network) -> list[Any]:
    filters = max(2, network.width // 2)
    return [
        keras.layers.SeparableConv2D(filters, 3, activation=network.activation),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        *_hidden(network, network.width),
    ]


BODIES: dict[str, Callable[[Network], list[Any]]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    "lstm": _lstm,
    "gru": _gru,
    "conv1d": _conv1d,
    "pooled": _pooled,
    "residual": _residual,
    "dense": _dense,
    "gated": _gated,
    "attention": _attention,
    "separable": _separable,
}


def _head(network: Network, problem: Problem) -> tuple[list[Any], Any]:
    if network.head == "relu far below":
        far = keras.initializers.Constant(-30.0)
        return [keras.layers.Dense(1, activation="relu", bias_initializer=far)], "mse"
    if problem.classes:
        layers = [keras.layers.Dense(problem.classes, activation="softmax")]
        return layers, "sparse_categorical_crossentropy"
    return [keras.layers.Dense(1)], "mse"


def build(network: Network, problem: Problem) -> tuple[Any, str]:
    layers, loss = _head(network, problem)
    noise = [keras.layers.GaussianNoise(network.noise)] if network.noise else []
    shape = problem.pool()[0].shape[1:]
    body = BODIES[network.kind](network)
    return keras.Sequential([keras.Input(shape), *noise, *body, *layers]), loss


def compile_network(network: Network, problem: Problem) -> Bench:
    model, loss = build(network, problem)
    optimizer = keras.optimizers.get(
        {"class_name": network.optimizer, "config": {"learning_rate": 0.01}}
    )
    model.compile(optimizer, loss, metrics=[problem.metric], jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    per_row = keras.losses.get(loss)

    shape = problem.pool()[0].shape[1:]
    rows = tf.TensorSpec((None, *shape), tf.float32)
    targets = tf.TensorSpec((None,), tf.float32)
    # Makes the metrics' variables, which a loop in a graph cannot.
    model.test_step((tf.zeros((2, *shape)), tf.zeros(2)))

    @tf.function(input_signature=(rows, targets, tf.TensorSpec((None, None), tf.int32)))
    def epoch(x: Any, y: Any, order: Any) -> None:
        for batch in order:
            model.train_step((tf.gather(x, batch), tf.gather(y, batch)))

    @tf.function(input_signature=(rows, targets))
    def look(x: Any, y: Any) -> tuple[Any, Any, Any]:
        said = model(x, training=False)
        losses = per_row(y[:, None], said)
        penalty = tf.add_n(model.losses) if model.losses else tf.zeros(())
        if not problem.classes:
            return losses, tf.reduce_mean(tf.abs(said[:, 0] - y)), penalty
        if said.shape[-1] == 1:
            answer = tf.cast(said[:, 0] > 0.5, y.dtype)
        else:
            answer = tf.cast(tf.argmax(said, axis=-1), y.dtype)
        return losses, tf.reduce_mean(tf.cast(answer == y, tf.float32)), penalty

    state = [np.array(variable) for variable in model.optimizer.variables]
    return Bench(model, state, epoch, look)
