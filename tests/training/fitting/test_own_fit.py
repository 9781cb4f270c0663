"""HyperModels with a `fit` of their own, and models that train in a way of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_models import (
    AnObserver,
    a_dataset,
    a_network,
    a_plan,
    a_proposal,
    a_recipe,
    keras,
    keras_tuner,
)

import tuneit
from tuneit.cli.closing_words import closing_words
from tuneit.errors import BuilderError
from tuneit.study import EarlyStopping
from tuneit.training.builders.builder import as_builder
from tuneit.training.fitting.inspection import inspect_model
from tuneit.training.fitting.outcome import TrialFailed, returned_metrics
from tuneit.training.plan import TrainingPlan
from tuneit.training.saving.rebuilding import ModelRebuilder
from tuneit.training.single import SingleTrainer
from tuneit.trials import Objective, Trial, TrialState

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

LOSS = Objective("val_loss", "minimize")


class Fitting(keras_tuner.HyperModel):  # type: ignore[misc]
    def build(self, hp: Any) -> Any:
        return a_network(hp.Int("units", 2, 8))


class Crop(Fitting):
    """Takes fewer columns than the data have."""

    def build(self, hp: Any) -> Any:
        model = keras.Sequential(
            [keras.Input((hp.Int("size", 2, 3),)), keras.layers.Dense(2, "softmax")]
        )
        model.compile("sgd", "categorical_crossentropy", jit_compile=False)
        return model

    def fit(self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any, **kwargs: Any) -> Any:
        (xv, yv), size = validation_data, hp.get("size")
        held_out = xv[:, :size], keras.utils.to_categorical(yv, 2)
        y = keras.utils.to_categorical(y, 2)
        return model.fit(x[:, :size], y, validation_data=held_out, **kwargs)


class OwnRows(Fitting):
    """Reads its own rows; the study's are not looked at."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        import tensorflow as tf

        rows = a_dataset().train
        own = tf.data.Dataset.from_tensor_slices((rows.x, rows.y)).batch(20)
        if self.way == "validation":
            return model.fit(*args, validation_data=own, **kwargs)
        return model.fit(own, validation_data=own, epochs=2, shuffle=False, **kwargs)


class OwnRowsByName(OwnRows):
    def fit(self, hp: Any, model: Any, **kwargs: Any) -> Any:
        return super().fit(hp, model, **kwargs)


class Folds(Fitting):
    """Cross-validates with clones, and returns what each of them came to."""

    def fit(self, hp: Any, model: Any, x: Any, y: Any, **kwargs: Any) -> Any:
        histories = []
        for fold in range(2):
            clone = keras.models.clone_model(model)
            clone.compile("sgd", model.loss, metrics=["accuracy"], jit_compile=False)
            histories.append(clone.fit(x[fold::2], y[fold::2], **kwargs))
        return histories


class Means(Fitting):
    """Trains clones without the callbacks, and returns their mean alone."""

    def fit(self, hp: Any, model: Any, x: Any, y: Any, **_: Any) -> float:
        clone = keras.models.clone_model(model)
        clone.compile("sgd", model.loss, metrics=["accuracy"], jit_compile=False)
        return float(np.mean(clone.fit(x, y, epochs=2, verbose=0).history["loss"]))


class Uncalled(keras.Model):  # type: ignore[misc]
    """Trains through its layers, as a VAE may; nobody calls it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.encode = keras.layers.Dense(size, "tanh")
        self.decode = keras.layers.Dense(4)
        self.mean = keras.metrics.Mean(name="loss")

    def error(self, x: Any) -> Any:
        return keras.ops.mean((x - self.decode(self.encode(x))) ** 2)

    def train_step(self, data: Any) -> Any:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = self.error(data[0])
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        self.mean.update_state(loss)
        return {"loss": self.mean.result()}

    def test_step(self, data: Any) -> Any:
        self.mean.update_state(self.error(data[0]))
        return {"loss": self.mean.result()}

    @property
    def metrics(self) -> list[Any]:
        return [self.mean]


def uncalled(hp: Any) -> Any:
    model = Uncalled(hp.Int("size", 2, 3))
    model.compile("sgd", jit_compile=False)
    return model


def trained(target: Any, folder: Path, plan: TrainingPlan | None = None, **params: Any) -> Trial:
    """The one trial of a builder; its model is kept in `folder`."""
    recipe = a_recipe(as_builder(target), models=folder, plan=plan)
    inspect_model(recipe)
    [trial] = SingleTrainer(recipe).train(iter([a_proposal(0, **params)]), AnObserver(keep=True))
    assert trial.state is TrialState.COMPLETE, trial.error
    return trial


@pytest.mark.parametrize(
    "target",
    [OwnRows("all"), OwnRows("validation"), OwnRowsByName("all")],
    # An address differs between the processes that share the tests out.
    ids=lambda target: f"{type(target).__name__} {target.way}",
)
def test_a_fit_may_give_rows_of_its_own(target: Any, tmp_path: Path) -> None:
    assert trained(target, tmp_path, units=3).epochs == (2 if target.way == "all" else 3)


def test_callbacks_that_would_keep_the_studys_away() -> None:
    class Collides(Fitting):
        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return model.fit(*args, callbacks=[keras.callbacks.History()], **kwargs)

    builder = as_builder(Collides)
    recipe = a_recipe(builder)
    with pytest.raises(BuilderError, match=r"fit of Collides .*kwargs\.pop"):
        inspect_model(recipe)


@pytest.mark.parametrize("target", [Crop, uncalled])
def test_a_model_that_cannot_predict_the_rows_as_they_are(target: Any, tmp_path: Path) -> None:
    data = a_dataset()
    result = tuneit.search(
        target, data, strategy="random", trials=1, epochs=2, quiet=True, output=tmp_path
    )
    assert result.best.facts.parameters == sum(w.size for w in result.best_model().get_weights())
    assert result.evaluation is None
    assert result.summary()["evaluation"] is None
    assert "test   the best model cannot be evaluated" in closing_words(result)
    assert "The best model cannot be evaluated" in (tmp_path / "index.html").read_text()
    with pytest.raises(BuilderError, match="on the rows of the test split"):
        result.evaluate()
    if target is uncalled:
        again = result.best_model().evaluate(data.validation.x, data.validation.y, verbose=0)
        assert again == pytest.approx(result.best_score, rel=1e-4)


def test_clones_that_a_fit_trains_leave_their_best_weights(tmp_path: Path) -> None:
    trial = trained(Folds, tmp_path, units=3)
    assert trial.epochs == 3
    model = keras.models.load_model(tmp_path / "0000.keras")
    rows = a_dataset().validation
    best, _ = model.evaluate(rows.x, rows.y, verbose=0)
    # The model is the best epoch's of all folds, the score their mean.
    assert trial.score is not None
    assert trial.curve is not None
    assert best <= min(trial.curve["val_loss"]) + 1e-4
    assert best < trial.score


def test_early_stopping_ends_one_call_of_fit_and_the_next_begins_anew(tmp_path: Path) -> None:
    lengths: list[int] = []

    class Staged(Folds):
        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            histories = super().fit(hp, model, *args, **kwargs)
            lengths.extend(len(history.history["loss"]) for history in histories)
            return histories

    stopping = EarlyStopping(patience=1, min_delta=10.0)
    trained(Staged, tmp_path, a_plan(epochs=8, early_stopping=stopping), units=3)
    assert lengths[-2:] == [2, 2]


def a_history(**series: list[float]) -> Any:
    history = keras.callbacks.History()
    history.history = series
    return history


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (None, {}),
        (0.5, {"val_loss": 0.5}),
        (np.float32(0.5), {"val_loss": 0.5}),
        ({"val_loss": 0.5, "f1": 1}, {"val_loss": 0.5, "f1": 1.0}),
        ([0.25, 0.75], {"val_loss": 0.5}),
        ([{"val_loss": 1.0, "f1": 0.5}, {"val_loss": 2.0}], {"val_loss": 1.5, "f1": 0.5}),
        (a_history(loss=[3.0, 1.0], val_loss=[1.0, 2.0]), {"loss": 3.0, "val_loss": 1.0}),
        ([a_history(val_loss=[1.0, 2.0]), a_history(val_loss=[4.0, 3.0])], {"val_loss": 2.0}),
        ([a_history(val_loss=[1.0]), 2.0], {"val_loss": 1.5}),
    ],
)
def test_what_fit_returns_counts_as_with_keras_tuner(result: Any, told: dict[str, float]) -> None:
    assert returned_metrics(result, LOSS) == told


@pytest.mark.parametrize("result", ["good", object(), [1.0, "good"], {"val_loss": "good"}])
def test_what_is_no_result(result: Any) -> None:
    with pytest.raises(TrialFailed, match="a number, a dict of metrics that are numbers, or a"):
        returned_metrics(result, LOSS)


def own_loss(true: Any, predicted: Any) -> Any:
    return keras.losses.sparse_categorical_crossentropy(true, predicted)


class OwnMetric(keras.metrics.SparseCategoricalAccuracy):  # type: ignore[misc]
    """Not registered: Keras loads the model without its compilation."""


def with_own_loss(hp: Any) -> Any:
    hp.Int("units", 2, 8)
    return a_network(hp.get("units"), loss=own_loss, metrics=[OwnMetric(name="own")])


def test_a_model_with_unregistered_losses_comes_back_compiled(tmp_path: Path) -> None:
    trial = trained(with_own_loss, tmp_path, units=3)
    recipe, data = a_recipe(as_builder(with_own_loss)), a_dataset()
    model = ModelRebuilder(recipe, trial.params).load(tmp_path / "0000.keras")
    assert model.compiled
    told = model.evaluate(data.validation.x, data.validation.y, verbose=0, return_dict=True)
    assert told["loss"] == pytest.approx(trial.score, rel=1e-4)
    assert "own" in told

    # A builder that makes another model by now does not stand for the one that was saved.
    def edited(hp: Any) -> Any:
        model = with_own_loss(hp)
        model.layers[0].activation = keras.activations.sigmoid
        return model

    other = ModelRebuilder(replace(recipe, builder=as_builder(edited)), trial.params)
    assert not other.load(tmp_path / "0000.keras").compiled


def test_of_a_fit_that_trains_other_models_no_untrained_one_is_kept(tmp_path: Path) -> None:
    trial = trained(Means(), tmp_path / "models", units=3)
    assert trial.facts.untrained
    assert not list((tmp_path / "models").glob("*.keras"))
    rows = a_dataset().train
    result = tuneit.search(
        Means(), (rows.x, rows.y), trials=1, epochs=1, quiet=True, output=tmp_path / "study",
        strategy="random",
    )  # fmt: skip
    assert not (tmp_path / "study" / "best.keras").exists()
    with pytest.raises(BuilderError, match="without training the model that it was given"):
        result.best_model()
    assert "without training" in result.untested
