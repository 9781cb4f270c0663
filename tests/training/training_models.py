"""Small builders, data and an observer for the tests of training; also a study's model file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import eager_keras
import numpy as np

from tuneit.data.dataset import Dataset, Split
from tuneit.data.load import dataset_from_arrays
from tuneit.space import SearchSpace
from tuneit.training.builders.builder import Builder
from tuneit.training.builders.discovery import discover_space
from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.trials import EndedExecution, Goal, Objective, Proposal, execution_seeds

load_keras()
import keras  # noqa: E402
import keras_tuner  # noqa: E402

HERE = Path(__file__).parent

if "pytest" not in sys.modules:  # workers and actors build from this file
    eager_keras.use(True)


def a_dataset(rows: int = 60) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows * 2, 4)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(np.int64)
    a, b = rows, rows + rows // 2
    return Dataset(
        "toy",
        "classification",
        Split(x[:a], y[:a]),
        Split(x[a:b], y[a:b]),
        Split(x[b:], y[b:]),
        class_names=("no", "yes"),
    )


def a_recipe(
    builder: Builder,
    space: SearchSpace | None = None,
    *,
    dataset: Dataset | None = None,
    plan: TrainingPlan | None = None,
    models: Path = Path("models"),
) -> Recipe:
    """A recipe for a builder; its space is discovered where none is given."""
    data = dataset or a_dataset()
    known = discover_space(builder, data) if space is None else space
    return Recipe(builder, known, data, plan or a_plan(), models)


def a_plan(
    metric: str = "val_loss", epochs: int = 3, goal: Goal | None = None, **changes: Any
) -> TrainingPlan:
    return TrainingPlan(Objective.named(metric, goal), epochs, **{"seed": 1, **changes})


def a_proposal(number: int = 0, seed: int = 7, **params: Any) -> Proposal:
    """A proposal with the seeds of up to four executions."""
    return Proposal(number, params, seed, repeat_seeds=execution_seeds(1, number, 4)[1:])


class AnObserver:
    """Keeps what it is told; prunes and keeps as asked."""

    def __init__(
        self, *, prune_at: int | None = None, prune_after: int | None = None, keep: bool = False
    ) -> None:
        self.epochs: list[tuple[int, int, dict[str, float]]] = []
        self.executions: list[tuple[int, tuple[float, ...]]] = []
        self.begun: list[int] = []
        self.asked: list[float] = []
        self.ended: dict[int, list[EndedExecution]] = {}
        self._prune_at, self._prune_after, self._keep = prune_at, prune_after, keep

    def started(self, proposal: Proposal) -> None:
        self.begun.append(proposal.number)

    def epoch(self, number: int, epoch: int, logs: Any) -> str | None:
        self.epochs.append((number, epoch, dict(logs)))
        return "poor" if epoch == self._prune_at else None

    def execution(self, number: int, scores: Any) -> str | None:
        self.executions.append((number, tuple(scores)))
        return "worse" if len(scores) == self._prune_after else None

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        kept = self.ended.setdefault(number, [])
        assert len(kept) == index
        kept.append(execution)

    def keeps(self, score: float) -> bool:
        self.asked.append(score)
        return self._keep


def a_network(
    units: int = 4, rate: float = 0.01, outputs: int = 2, loss: Any = None, metrics: Any = None
) -> Any:
    model = keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(outputs, activation="softmax"),
        ]
    )
    loss = loss or "sparse_categorical_crossentropy"
    # Without XLA a tiny model compiles in a third of the time.
    model.compile(
        keras.optimizers.SGD(rate), loss, metrics=metrics or ["accuracy"], jit_compile=False
    )
    return model


def build_model(hp: Any) -> Any:
    return a_network(hp.Int("units", 2, 8), hp.Float("rate", 1e-3, 1e-1, sampling="log"))


def build_momentum(hp: Any) -> Any:
    """A network whose optimiser has a state beside the weights."""
    model = a_network(hp.Int("units", 2, 8))
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"], jit_compile=False)
    return model


def build(units: int, rate: float = 0.01) -> Any:
    return a_network(units, rate)


def build_layers(hp: Any) -> Any:
    """As many layers as asked for, each with its own size: a loop, not a conditional scope."""
    sizes = [hp.Int(f"units_{i}", 2, 8) for i in range(hp.Int("layers", 1, 3))]
    return a_network(sizes[-1], hp.Float("rate", 1e-3, 1e-1, sampling="log"))


METRICS = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]


def build_with_shared_metrics(hp: Any) -> Any:
    """Its models are measured by the same object."""
    units, rate = hp.Int("units", 2, 8), hp.Float("rate", 1e-3, 1e-1, sampling="log")
    return a_network(units, rate, metrics=METRICS)


class Spoil(keras.callbacks.Callback):
    """Before the fourth epoch it puts weights in that have learned nothing: the third is the best.

    A training that only gets better, or only worse, would not tell the best weights from the last
    or the first.
    """

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 3:
            rng = np.random.default_rng(0)
            self.model.set_weights([5 * rng.normal(size=w.shape) for w in self.model.get_weights()])


class WithoutConfig(keras.Model):
    """Keras cannot save it whole."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.steps = [keras.layers.Dense(width, activation="relu") for width in widths]
        self.last = keras.layers.Dense(2, activation="softmax")

    def call(self, x: Any) -> Any:
        for step in self.steps:
            x = step(x)
        return self.last(x)


def build_without_config(hp: Any) -> Any:
    model = WithoutConfig((hp.Int("units", 2, 8),))
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model


def build_badly(hp: Any) -> Any:
    if hp.Boolean("bad"):
        raise ValueError("no such layer")
    return a_network()


def build_diverging(hp: Any) -> Any:
    return a_network(rate=hp.Choice("rate", [0.01, 1e30]))


def build_losing_weights(hp: Any) -> Any:
    """The slope of a square root at 0 makes the first weights NaN; the loss never shows it.

    `nan_to_num` does on every processor what a ReLU of oneDNN does on some.
    """
    inputs = keras.Input((4,))
    hidden = keras.ops.nan_to_num(keras.layers.Dense(3, name="lost")(inputs))
    hidden = hidden + keras.ops.sqrt(0.0 * hidden)
    model = keras.Model(inputs, keras.layers.Dense(2, "softmax")(hidden))
    rate = keras.optimizers.SGD(hp.Float("rate", 0.01, 0.1))
    model.compile(rate, "sparse_categorical_crossentropy")
    return model


def build_of_several(hp: Any) -> Any:
    """A model of two inputs, one of them tokens, and two outputs, for `data_of_several`."""
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    numbers = keras.Input((4,), name="numbers")
    read = keras.layers.Flatten()(keras.layers.Embedding(9, 2)(tokens))
    x = keras.layers.Dense(hp.Int("units", 2, 8))(keras.layers.Concatenate()([numbers, read]))
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(x)
    model = keras.Model([numbers, tokens], [kind, keras.layers.Dense(1, name="size")(x)])
    losses = ["sparse_categorical_crossentropy", "mse"]
    model.compile(keras.optimizers.SGD(0.01), losses, jit_compile=False)
    return model


def data_of_several(**settings: Any) -> Dataset:
    """Rows with weights for `build_of_several`: inputs and targets by place."""
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(60, 4)), rng.integers(0, 9, (60, 5))]
    y = [np.arange(60) % 3, rng.normal(size=60)]
    return dataset_from_arrays(x, y, sample_weight=rng.random(60), **settings)


def build_of_texts_and_masks(hp: Any) -> Any:
    """A model of a dict of texts, padded steps and their mask, for `data_of_texts_and_masks`."""
    colour = keras.Input((1,), dtype="string", name="colour")
    steps, mask = keras.Input((6, 2), name="steps"), keras.Input((6,), dtype="bool", name="mask")
    looked_up = keras.layers.StringLookup(vocabulary=["red", "green"], output_mode="one_hot")
    mean = keras.layers.GlobalAveragePooling1D()(steps, mask=mask)
    joined = keras.layers.Concatenate()([looked_up(colour), mean])
    hidden = keras.layers.Dense(hp.Int("units", 2, 8), "relu")(joined)
    inputs = {"colour": colour, "steps": steps, "mask": mask}
    outputs = {"kind": keras.layers.Dense(3, "softmax", name="kind")(hidden),
               "size": keras.layers.Dense(1, name="size")(hidden)}  # fmt: skip
    model = keras.Model(inputs, outputs)
    losses = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    model.compile(keras.optimizers.SGD(0.01), losses, jit_compile=False)
    return model


def data_of_texts_and_masks(**settings: Any) -> Dataset:
    """Rows of unlike lengths, padded, with weights for each output: all by name."""
    rng = np.random.default_rng(0)
    mask = np.arange(6) < rng.integers(1, 7, 60)[:, None]
    x = {
        "colour": rng.choice(["red", "green", "blue"], 60).astype(object),
        "steps": np.where(mask[:, :, None], rng.normal(size=(60, 6, 2)), 0),
        "mask": mask,
    }
    y = {"kind": np.arange(60) % 3, "size": rng.normal(size=60)}
    weights = {name: rng.random(60) for name in y}
    return dataset_from_arrays(x, y, sample_weight=weights, **settings)


def build_with_a_mask(hp: Any) -> Any:
    """Holds an infinite constant, which is no weight that was lost."""

    class Mask(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            infinite = keras.initializers.Constant(-np.inf)
            self.mask = self.add_weight(shape=(4,), initializer=infinite, trainable=False)

        def call(self, inputs: Any) -> Any:
            return keras.ops.maximum(inputs, self.mask)

    model = keras.Sequential([keras.Input((4,)), Mask(), keras.layers.Dense(2, "softmax")])
    rate = keras.optimizers.SGD(hp.Float("rate", 0.01, 0.1))
    model.compile(rate, "sparse_categorical_crossentropy")
    return model


class OwnFit(keras_tuner.HyperModel):
    def build(self, hp: Any) -> Any:
        return a_network(hp.Int("units", 2, 8))

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, batch_size=hp.Choice("batch_size", [16, 32]), **kwargs)


class FillsTheDisk(OwnFit):
    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        Path("/dev/full").write_text("there is never room here")


class Fatal(OwnFit):
    """Ends the search: from its build, its fit or a callback, as `units` says."""

    def build(self, hp: Any) -> Any:
        if hp.Int("units", 2, 8) == 4:
            raise keras_tuner.errors.FatalValueError("no such device")
        return super().build(hp)

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        def stop(epoch: int, logs: Any) -> None:
            raise keras_tuner.errors.FatalRuntimeError("no such file")

        if hp.get("units") == 5:
            raise keras_tuner.errors.FatalError("no such licence")
        if hp.get("units") == 6:
            own = keras.callbacks.LambdaCallback(on_epoch_end=stop)
            kwargs["callbacks"] = [*kwargs["callbacks"], own]
        return super().fit(hp, model, *args, **kwargs)


class OwnLoop(keras_tuner.HyperModel):
    """As keras-tuner's guide to custom training loops: no compile, a float comes back."""

    def build(self, hp: Any) -> Any:
        layer = keras.layers.Dense(1)
        return keras.Sequential([keras.layers.Input((4,)), layer])

    def fit(
        self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any, callbacks: Any = None,
        **kwargs: Any,
    ) -> float:  # fmt: skip
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(3):
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"error": 1.0 / (epoch + 1) + rate})
        return 1 / 3 + rate


def build_late(hp: Any) -> Any:
    units = hp.Int("units", 2, 100)
    return a_network(units, hp.Float("rate", 1e-3, 1e-1) if units > 50 else 0.01)
