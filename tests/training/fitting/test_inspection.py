from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from training_models import OwnLoop, a_dataset, a_network, a_plan, a_recipe, build_model, keras

from tuneit.data.dataset import Dataset, Split
from tuneit.errors import BuilderError, DataError, ObjectiveError, TuneitError
from tuneit.findings import Severity
from tuneit.training.builders.builder import as_builder
from tuneit.training.fitting.inspection import ModelInspection, inspect_model

pytestmark = pytest.mark.eager


def inspect(target: Any, dataset: Dataset | None = None, plan: Any = None) -> ModelInspection:
    return inspect_model(a_recipe(as_builder(target), dataset=dataset, plan=plan))


def test_counts_times_and_names() -> None:
    seen = inspect(build_model)
    assert seen.parameters == 4 * 2 + 2 + 2 * 2 + 2
    assert set(seen.metrics) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert seen.seconds_per_epoch > 0
    assert inspect(OwnLoop, plan=a_plan("error")).metrics == ("error",)


def test_what_trials_would_train_on_together_is_noticed() -> None:
    model, layer = a_network(), keras.layers.Dense(3)

    def with_layer(hp: Any) -> Any:
        made = keras.Sequential([layer, keras.layers.Dense(2, activation="softmax")])
        made.compile(
            "sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
        )
        return made

    def frozen(hp: Any) -> Any:
        layer.trainable = False
        return with_layer(hp)

    assert inspect(lambda hp: model).shares_weights
    assert inspect(with_layer).shares_weights
    assert not inspect(frozen).shares_weights
    assert not inspect(build_model).shares_weights


def one_hot(dataset: Dataset) -> Dataset:
    def change(split: Split) -> Split:
        return Split(split.x, np.eye(2, dtype=np.float32)[split.y])

    return replace(
        dataset, train=change(dataset.train), validation=change(dataset.validation),
        test=change(dataset.test),
    )  # fmt: skip


def unbuilt_one_hot(hp: Any) -> Any:
    model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def narrow_input(hp: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    ("builder", "data", "error", "message"),
    [
        (lambda hp: a_network(outputs=1), a_dataset(), DataError, "give the last layer 2 units"),
        (lambda hp: a_network(), one_hot(a_dataset()), DataError, "use categorical_crossentropy"),
        (
            lambda hp: a_network(loss="categorical_crossentropy"),
            a_dataset(), DataError, "use sparse_categorical_crossentropy",
        ),
        (unbuilt_one_hot, a_dataset(), DataError, "use sparse_categorical_crossentropy"),
        (narrow_input, a_dataset(), BuilderError, r"give keras.Input\(shape=\(4,\)\)"),
    ],
)  # fmt: skip
def test_models_that_do_not_fit_the_data(
    builder: Any, data: Dataset, error: type[TuneitError], message: str
) -> None:
    with pytest.raises(error, match=message):
        inspect(builder, data)


def test_the_objective_must_be_reported() -> None:
    with pytest.raises(ObjectiveError, match="which reports accuracy, loss, val_accuracy"):
        inspect(build_model, plan=a_plan("val_auc"))


def test_a_batch_size_of_the_builders_own_that_is_none() -> None:
    def build(hp: Any) -> Any:
        hp.Choice("batch_size", ["small", "large"])
        return a_network()

    with pytest.raises(BuilderError, match="batch_size must be a whole number from 1, but is 'sm"):
        inspect(build)


def test_faults_of_the_wiring_are_found_before_the_search() -> None:
    def without_softmax(hp: Any) -> Any:
        made = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(2)])
        made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return made

    [fault] = inspect(without_softmax).findings
    assert fault.name == "cross_entropy_without_softmax"
    assert not [f for f in inspect(build_model).findings if f.severity is not Severity.INFO]

    def words_beyond(hp: Any) -> Any:
        layers = [keras.layers.Embedding(2, 3), keras.layers.Flatten()]
        made = keras.Sequential([*layers, keras.layers.Dense(2, "softmax")])
        made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return made

    x, y = np.arange(40).reshape(20, 2) % 7, np.arange(20) % 2
    split = Split(x.astype("float32"), y)
    with pytest.raises(DataError, match="whole numbers from 0 to 1, but the inputs hold 6"):
        inspect(words_beyond, Dataset("words", "classification", split, split, split))


def test_inputs_in_a_list_are_compared_with_the_layers_that_they_feed() -> None:
    def of_two(hp: Any) -> Any:
        first, second = keras.Input((2,)), keras.Input((2,))
        words = keras.layers.Flatten()(keras.layers.Embedding(9, 3)(first))
        both = keras.layers.Concatenate()([words, second])
        made = keras.Model([first, second], keras.layers.Dense(2, "softmax")(both))
        made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return made

    for scale, faults in ((1, []), (0.5, ["embedding_of_fractions"])):
        x = np.arange(40.0).reshape(20, 2) % 7 * scale
        split = Split((x, x), np.arange(20) % 2)
        found = inspect(of_two, Dataset("words", "classification", split, split, split)).findings
        assert [f.name for f in found if f.severity is Severity.CRITICAL] == faults
