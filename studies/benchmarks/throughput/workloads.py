"""The workloads: rows, and a model for each configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Config = dict[str, float]
Arrays = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Searched:
    """A hyperparameter: drawn evenly, or evenly on a log scale; whole numbers have a `step`."""

    name: str
    low: float
    high: float
    step: int | None = None
    log: bool = False

    def draw(self, rng: np.random.Generator) -> float:
        if self.step is not None:
            return int(self.low + self.step * rng.integers((self.high - self.low) // self.step + 1))
        if self.log:
            return float(10 ** rng.uniform(np.log10(self.low), np.log10(self.high)))
        return float(rng.uniform(self.low, self.high))

    def ask(self, hp: Any) -> float:
        if self.step is not None:
            return int(hp.Int(self.name, int(self.low), int(self.high), step=self.step))
        scale = "log" if self.log else "linear"
        return float(hp.Float(self.name, self.low, self.high, sampling=scale))


ALWAYS = (
    Searched("learning_rate", 1e-4, 1e-2, log=True),
    Searched("dropout", 0.05, 0.5),
    Searched("l2", 1e-6, 1e-2, log=True),
)


@dataclass(frozen=True)
class Workload:
    """A task: its rows, a model of a configuration, how it is trained, and what is searched.

    `widths` are searched beside the hyperparameters of all workloads.
    """

    load: Callable[[Path | None], Arrays]
    build: Callable[[Config, tuple[int, ...]], Any]
    batch_size: int = 32
    metric: str = "val_accuracy"
    widths: tuple[Searched, ...] = ()

    @property
    def searched(self) -> tuple[Searched, ...]:
        return (*ALWAYS, *self.widths)


# ---------------------------------------------------------------------------- data


def digits(_: Path | None) -> Arrays:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return (x / 16).astype(np.float32), y.astype(np.int64)


def digit_images(_: Path | None) -> Arrays:
    x, y = digits(None)
    return x.reshape(-1, 8, 8, 1), y


def wine(path: Path | None) -> Arrays:
    if path is None:
        raise SystemExit("wine needs --data with the path of winequality-red.csv")
    table = np.genfromtxt(path, delimiter=";", skip_header=1, dtype=np.float32)
    if table.ndim == 1 or table.shape[1] < 2:
        table = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=np.float32)
    x = table[:, :-1]
    return (x - x.mean(0)) / x.std(0), table[:, -1].astype(np.int64)


def arrays(path: Path | None) -> Arrays:
    """Images or rows from an .npz with `x` and `y` (or Keras's `x_train` and `y_train`)."""
    if path is None:
        raise SystemExit("this workload needs --data with the path of an .npz")
    with np.load(path) as archive:
        names = ("x_train", "y_train") if "x_train" in archive else ("x", "y")
        x, y = (archive[name][:10_000] for name in names)
    x = x.astype(np.float32) / max(1.0, float(x.max()))
    return x, y.ravel().astype(np.int64)


def sequences(length: int, _: Path | None) -> Arrays:
    """Whether a noisy random walk of so many steps ends above its start."""
    steps = np.random.default_rng(0).normal(size=(2000, length, 2)).astype(np.float32)
    return steps, (steps[..., 0].sum(1) > 0).astype(np.int64)


def cancer(_: Path | None) -> Arrays:
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    return ((x - x.mean(0)) / x.std(0)).astype(np.float32), y.astype(np.int64)


def generated(_: Path | None) -> Arrays:
    """A table of 20,000 rows."""
    from sklearn.datasets import make_classification

    x, y = make_classification(20_000, 30, n_informative=12, n_classes=4, random_state=0)
    return x.astype(np.float32), y.astype(np.int64)


def wide_rows(_: Path | None) -> Arrays:
    rng = np.random.default_rng(0)
    return rng.normal(size=(4000, 256)).astype(np.float32), rng.integers(0, 10, 4000)


# ---------------------------------------------------------------------------- models


def compiled(config: Config, shape: tuple[int, ...], hidden: list[Any]) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input(shape),
            *hidden,
            keras.layers.Dropout(config["dropout"]),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(config["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def dense(units: int, depth: int) -> Callable[[Config, tuple[int, ...]], Any]:
    def build(config: Config, shape: tuple[int, ...]) -> Any:
        import keras

        hidden: list[Any] = [keras.layers.Flatten()] if len(shape) > 1 else []
        for _ in range(depth):
            penalty = keras.regularizers.L2(config["l2"])
            hidden.append(keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty))
        return compiled(config, shape, hidden)

    return build


def convolutional(filters: int, *, normalised: bool) -> Callable[[Config, tuple[int, ...]], Any]:
    def build(config: Config, shape: tuple[int, ...]) -> Any:
        from keras import layers

        hidden: list[Any] = [] if len(shape) == 3 else [layers.Reshape((*shape, 1))]
        for block in (1, 2):
            hidden.append(layers.Conv2D(block * filters, 3, padding="same", activation="relu"))
            hidden += [layers.BatchNormalization()] if normalised else []
            hidden.append(layers.MaxPooling2D(2))
        return compiled(config, shape, [*hidden, layers.Flatten()])

    return build


def recurrent(units: int) -> Callable[[Config, tuple[int, ...]], Any]:
    def build(config: Config, shape: tuple[int, ...]) -> Any:
        from keras import layers

        return compiled(config, shape, [layers.LSTM(units)])

    return build


def attentive(config: Config, shape: tuple[int, ...]) -> Any:
    """Two blocks of a transformer's encoder, 64 wide."""
    from keras import Model, layers

    inputs = layers.Input(shape)
    x = layers.Dense(64)(inputs)
    for _ in range(2):
        normal = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(4, 16)(normal, normal)
        x = x + layers.Dense(64)(layers.Dense(128, activation="gelu")(x))
    body = Model(inputs, layers.GlobalAveragePooling1D()(x))
    return compiled(config, shape, [body])


def residual(blocks: int, *, convolve: bool) -> Callable[[Config, tuple[int, ...]], Any]:
    """Blocks of two layers, each normalised, that add to what they are given."""

    def build(config: Config, shape: tuple[int, ...]) -> Any:
        from keras import Model, layers

        def layer() -> Any:
            return layers.Conv2D(16, 3, padding="same") if convolve else layers.Dense(64)

        inputs = layers.Input(shape)
        x = layer()(inputs if convolve else layers.Flatten()(inputs))
        for _ in range(blocks):
            y = layers.Activation("relu")(layers.BatchNormalization()(layer()(x)))
            x = layers.Activation("relu")(x + layers.BatchNormalization()(layer()(y)))
        body = Model(inputs, layers.GlobalAveragePooling2D()(x) if convolve else x)
        return compiled(config, shape, [body])

    return build


def dense_widths(config: Config, shape: tuple[int, ...]) -> Any:
    import keras

    penalty = keras.regularizers.L2(config["l2"])
    hidden = [
        keras.layers.Dense(int(config[f"units_{i}"]), "relu", kernel_regularizer=penalty)
        for i in range(int(config["layers"]))
    ]
    return compiled(config, shape, hidden)


def convolutional_widths(config: Config, shape: tuple[int, ...]) -> Any:
    from keras import layers

    hidden: list[Any] = []
    for block in (0, 1):
        filters = int(config[f"filters_{block}"])
        hidden += [layers.Conv2D(filters, 3, padding="same", activation="relu")]
        hidden += [layers.MaxPooling2D(2)]
    units = layers.Dense(int(config["units"]), activation="relu")
    return compiled(config, shape, [*hidden, layers.Flatten(), units])


def recurrent_widths(config: Config, shape: tuple[int, ...]) -> Any:
    return recurrent(int(config["units"]))(config, shape)


UNITS = tuple(Searched(f"units_{i}", 16, 256, 16) for i in range(3))
DEPTH = Searched("layers", 1, 3, 1)
ROWS_OF_BATCH = Searched("batch_size", 32, 64, 32)

WORKLOADS: dict[str, Workload] = {
    "digits": Workload(digits, dense(64, 1)),
    "wine": Workload(wine, dense(512, 3)),
    "mnist": Workload(arrays, dense(128, 2), batch_size=64),
    "digits_cnn": Workload(digit_images, convolutional(8, normalised=False)),
    "cifar_cnn": Workload(arrays, convolutional(16, normalised=True), batch_size=64),
    "lstm": Workload(partial(sequences, 20), recurrent(16)),
    "large": Workload(wide_rows, dense(2048, 3), batch_size=128),
    # Models of unlike widths:
    "mlp_widths": Workload(digits, dense_widths, widths=(DEPTH, *UNITS)),
    "cnn_widths": Workload(
        digit_images,
        convolutional_widths,
        widths=(
            Searched("filters_0", 8, 64, 8),
            Searched("filters_1", 8, 64, 8),
            Searched("units", 16, 128, 16),
        ),
    ),
    "lstm_widths": Workload(
        partial(sequences, 20), recurrent_widths, widths=(Searched("units", 8, 64, 8),)
    ),
    "cancer": Workload(cancer, dense_widths, widths=(DEPTH, *UNITS, ROWS_OF_BATCH)),
    "generated": Workload(
        generated, dense_widths, widths=(DEPTH, *UNITS, Searched("batch_size", 128, 256, 128))
    ),
    # What takes long by itself, where a cohort might be slower than one at a time:
    "cnn_32": Workload(digit_images, convolutional(32, normalised=False)),
    "cnn_64": Workload(digit_images, convolutional(64, normalised=False)),
    "dense_4096": Workload(wide_rows, dense(4096, 3), batch_size=128),
    "lstm_128": Workload(partial(sequences, 20), recurrent(128)),
    "lstm_loop": Workload(partial(sequences, 40), recurrent(16)),
    "attention": Workload(partial(sequences, 60), attentive),
    "residual": Workload(digit_images, residual(12, convolve=True)),
    "dense_blocks": Workload(digit_images, residual(12, convolve=False)),
}
