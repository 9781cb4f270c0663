"""Constants are scored with what the model itself was compiled with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset, Split
from tuneit.data.load import dataset_from_arrays
from tuneit.training.fitting.trivial import TrivialScores
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Objective
from tuneit.trials.trivial import Trivial

load_keras()
import keras  # noqa: E402

from tuneit.training.models.head import heads_of  # noqa: E402

N = 400
RARE = (np.arange(N) % 10 == 3).astype(np.int64)  # 10 % in training, 20 % in validation
HELD = (np.arange(N) % 5 == 3).astype(np.int64)
LABELS = np.stack([np.arange(N) % 10 < k for k in (1, 3, 6)], axis=1).astype(np.float32)
NUMBERS = np.random.default_rng(0).exponential(size=N).astype(np.float32)


def data(y: Any, held: Any = None, task: Any = "classification", **more: Any) -> Dataset:
    x = np.zeros((N, 2), np.float32)
    held = Split(x, y if held is None else held)
    return Dataset("made", task, Split(x, y), held, held, **more)


def a_model(units: int, activation: str | None, loss: Any, *metrics: Any, **more: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation)])
    model.compile("sgd", loss, metrics=list(metrics), **more)
    return model


def trivial(model: Any, dataset: Dataset, metric: str = "val_loss", goal: Any = None) -> Trivial:
    return TrivialScores(dataset, Objective.named(metric, goal)).of(model, {})


def entropy(guess: float, rate: float) -> float:
    return float(-rate * np.log(guess) - (1 - rate) * np.log(1 - guess))


@pytest.mark.parametrize(
    ("metric", "score", "answer"),
    [
        (keras.metrics.AUC(name="auc", curve="PR"), 0.2, None),
        (keras.metrics.AUC(name="auc"), 0.5, None),
        (keras.metrics.Recall(name="recall"), 1.0, "'1'"),
        (keras.metrics.Precision(name="precision"), 0.2, "'1'"),
        ("accuracy", 0.8, "'0'"),
    ],
)
def test_a_metric_scores_constants_itself(metric: Any, score: float, answer: str | None) -> None:
    name = metric if isinstance(metric, str) else metric.name
    model = a_model(1, "sigmoid", "binary_crossentropy", metric)
    found = trivial(model, data(RARE, HELD), f"val_{name}")
    assert found.scores == pytest.approx((score,), abs=1e-3)
    assert answer in (None, found.answer)
    assert found.train_loss == pytest.approx(entropy(0.1, 0.1), rel=1e-4)
    assert found.loss == pytest.approx(entropy(0.1, 0.2), rel=1e-4)


def two_outputs(by_name: bool, losses: Any, **compiled: Any) -> tuple[Any, Dataset]:
    x = keras.Input((2,), name="x")
    kind = keras.layers.Dense(1, "sigmoid", name="kind")(x)
    size = keras.layers.Dense(1, name="size")(x)
    model = keras.Model(x, {"size": size, "kind": kind} if by_name else [kind, size])
    model.compile("sgd", losses, **compiled)
    model.evaluate(np.zeros((2, 2)), model(np.zeros((2, 2))), verbose=0)  # as training builds it
    y: Any = {"kind": RARE, "size": NUMBERS} if by_name else (RARE, NUMBERS)
    given = dataset_from_arrays(
        np.zeros((N, 2)), y, validation=(np.zeros((N, 2)), y), ask=lambda: heads_of(model)
    )
    return model, given


@pytest.mark.parametrize("by_name", [True, False])
def test_each_output_answers_its_own_constant(by_name: bool) -> None:
    losses: Any = {"kind": "binary_crossentropy", "size": "mse"}
    metrics: Any = {"kind": ["accuracy"], "size": ["mae"]}
    if not by_name:
        losses, metrics = list(losses.values()), list(metrics.values())
    model, given = two_outputs(by_name, losses, metrics=metrics, loss_weights=None)
    rate = float(np.mean(given.of_output(given.outputs[0]).train.y))
    numbers = given.outputs[1].of(given.train.y)
    total = trivial(model, given)
    assert total.train_loss == pytest.approx(entropy(rate, rate) + numbers.var(), rel=1e-3)
    assert total.answer is not None
    assert "for 'kind' and the mean" in total.answer
    accuracy = trivial(model, given, "val_kind_accuracy")
    assert accuracy.score == pytest.approx(0.9)
    assert accuracy.answer == "'0' for 'kind'"
    error = trivial(model, given, "val_size_loss", "minimize")
    assert error.score == pytest.approx(np.mean((NUMBERS - numbers.mean()) ** 2), rel=1e-3)
    assert (
        trivial(model, given, "val_size_mae").answer
        == f"the median, {np.sort(numbers)[159]:.4g} for 'size'"
    )


@pytest.mark.parametrize("two", [False, True])
def test_of_scaled_targets_score_and_answer_are_in_the_targets_unit(two: bool) -> None:
    prices = 200 + 100 * (RARE if two else NUMBERS)
    rows = np.zeros((N, 2))
    given = dataset_from_arrays(
        rows, prices, validation=(rows, prices), task="regression", scale_target="minmax"
    )
    known = given.target_scaler.in_unit(given.outputs[0], given.train.y)
    found = trivial(a_model(1, None, "mse", "mae"), given, "val_mae")
    assert found.score == pytest.approx(np.abs(prices - np.median(known)).mean(), rel=0.05)
    assert found.answer == ("200" if two else f"the median, {np.sort(known)[159]:.4g}")


def test_f1_and_metrics_of_the_users_own() -> None:
    def negatives(y: Any, predicted: Any) -> Any:
        return keras.ops.mean(keras.ops.cast(predicted < 0.5, "float32"))

    y, held = (labels[:, None].astype(np.float32) for labels in (RARE, HELD))
    f1 = keras.metrics.F1Score(threshold=0.5, name="f1")
    model = a_model(1, "sigmoid", "binary_crossentropy", f1, negatives)
    assert trivial(model, data(y, held), "val_f1").score == pytest.approx(2 * 0.2 / 1.2)
    assert trivial(model, data(y, held), "val_negatives", "maximize").score == 1


@pytest.mark.parametrize("form", ["probabilities", "logits", "own"])
def test_logits_and_probabilities_cost_the_same(form: str) -> None:
    def own(y: Any, predicted: Any) -> Any:
        y = keras.ops.cast(keras.ops.reshape(y, (-1, 1)), "float32")
        return keras.ops.mean(keras.ops.softplus(predicted) - y * predicted, axis=-1)

    losses: dict[str, Any] = {
        "probabilities": "binary_crossentropy",
        "logits": keras.losses.BinaryCrossentropy(from_logits=True),
        "own": own,
    }
    model = a_model(1, None, losses[form])
    found = trivial(model, data(RARE, HELD))
    assert found.loss == pytest.approx(entropy(0.1, 0.2), rel=1e-3)
    assert found.answer == "the share of '1', 0.1"


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes_as_indices_and_as_rows(one_hot: bool) -> None:
    y = np.repeat([0, 1, 2, 2], N // 4)
    given: Any = np.eye(3, dtype=np.float32)[y] if one_hot else y
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    model = a_model(3, "softmax", loss, "accuracy")
    found = trivial(model, data(given, class_names=("a", "b", "c")), "val_accuracy")
    assert (found.answer, found.score) == ("'c'", 0.5)
    assert found.loss == pytest.approx(1.5 * np.log(2), rel=1e-4)


@pytest.mark.parametrize("form", ["softmax", "logits"])
def test_the_top_k_of_a_constant_are_the_k_most_frequent(form: str) -> None:
    # Classes of 10 % each, but the first, which has 20 %, and the last, which has none.
    y = np.eye(10, dtype=np.float32)[np.repeat([0, *range(9)], N // 10)]
    loss = keras.losses.CategoricalCrossentropy(from_logits=form == "logits")
    top = keras.metrics.TopKCategoricalAccuracy(k=3, name="top_k")
    found = trivial(a_model(10, None, loss, top), data(y), "val_top_k", "maximize")
    assert found.score == pytest.approx(0.4)
    shares = np.array([0.2, *[0.1] * 8])
    assert found.loss == pytest.approx(-np.sum(shares * np.log(shares)), rel=1e-3)


@pytest.mark.parametrize("form", ["divergence", "softmax", "logits"])
def test_targets_that_are_distributions_are_held_against_distributions(form: str) -> None:
    y = np.stack([NUMBERS, NUMBERS[::-1], np.ones(N, np.float32)], axis=1)
    y = (y / y.sum(axis=1, keepdims=True)).astype(np.float32)
    losses: dict[str, Any] = {
        "divergence": "kl_divergence",
        "softmax": "categorical_crossentropy",
        "logits": keras.losses.CategoricalCrossentropy(from_logits=True),
    }
    found = trivial(a_model(3, None, losses[form]), data(y, task="regression"))
    cost = float(-np.mean(np.sum(y * np.log(y.mean(axis=0)), axis=1)))
    if form == "divergence":
        cost += float(np.mean(np.sum(y * np.log(np.clip(y, 1e-7, 1)), axis=1)))
    assert found.loss == found.train_loss == pytest.approx(cost, rel=1e-3)


def test_soft_labels_may_be_trained_as_logits() -> None:
    y = (NUMBERS / NUMBERS.max()).reshape(-1, 1)
    model = a_model(1, None, keras.losses.BinaryCrossentropy(from_logits=True))
    found = trivial(model, data(y, task="regression"))
    assert found.loss == pytest.approx(entropy(float(y.mean()), float(y.mean())), rel=1e-3)


def test_weights_of_classes_are_those_of_training() -> None:
    model = a_model(1, "sigmoid", "binary_crossentropy", "accuracy")
    scores = TrivialScores(data(RARE, HELD), Objective.named("val_accuracy"))
    plain, balanced = (scores.of(model, {"class_weight": how}) for how in ("none", "balanced"))
    assert plain.train_loss == pytest.approx(entropy(0.1, 0.1), rel=1e-4)
    # Balanced training makes of a constant one half, which costs all rows the same.
    assert balanced.train_loss == pytest.approx(np.log(2), rel=1e-4)
    assert balanced.loss == pytest.approx(np.log(2), rel=1e-4)
    assert balanced.scores == pytest.approx((0.8,))


def test_a_weighted_metric_of_validation_counts_rows_alike() -> None:
    model = a_model(1, "sigmoid", "binary_crossentropy", weighted_metrics=["accuracy"])
    scores = TrivialScores(data(RARE, HELD), Objective("val_accuracy", "maximize"))
    balanced = scores.of(model, {"class_weight": "balanced"})
    assert (balanced.answer, balanced.score) == ("'0'", pytest.approx(0.8))


def test_several_labels_cost_what_the_best_constant_of_each_does() -> None:
    model = a_model(3, "sigmoid", "binary_crossentropy", "binary_accuracy")
    found = trivial(model, data(LABELS, task="regression"), "val_binary_accuracy")
    assert found.loss == pytest.approx(np.mean([entropy(p, p) for p in (0.1, 0.3, 0.6)]), rel=1e-4)
    assert (found.answer, found.score) == (
        "each label's more frequent value",
        pytest.approx(np.mean([0.9, 0.7, 0.6])),
    )


@pytest.mark.parametrize(
    ("loss", "cost", "answer"),
    [
        ("mse", float(np.var(NUMBERS)), "the mean"),
        ("mae", float(np.mean(np.abs(NUMBERS - np.median(NUMBERS)))), "the median"),
    ],
)
@pytest.mark.parametrize("shape", [(N,), (N, 1)])
def test_numbers(loss: str, cost: float, answer: str, shape: tuple[int, ...]) -> None:
    y = NUMBERS.reshape(shape)
    found = trivial(a_model(1, None, loss, "mae"), data(y, task="regression"))
    assert found.train_loss == found.loss == found.score == pytest.approx(cost, rel=1e-3)
    assert str(found.answer).startswith(answer)


def test_hinge_takes_its_own_two_values_and_a_metric_of_training_its_rows() -> None:
    y, held = 2.0 * RARE - 1, 2.0 * HELD - 1
    model = a_model(1, "tanh", "hinge", "mae")
    found = trivial(model, data(y, held, task="regression"))
    assert (found.answer, found.loss) == ("-1", pytest.approx(2 * 0.2))
    assert trivial(model, data(y, held, task="regression"), "mae").score == pytest.approx(0.2)


def test_penalties_are_no_part_of_it_and_each_step_in_time_is_a_row() -> None:
    steps = np.stack([NUMBERS, NUMBERS], axis=1)
    layers = [keras.Input((2,)), keras.layers.RepeatVector(2)]
    layers.append(keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(10.0)))
    model = keras.Sequential(layers)
    model.compile("sgd", "mse", jit_compile=False)
    found = trivial(model, data(steps, task="regression"))
    assert found.loss == pytest.approx(float(np.var(NUMBERS)), rel=1e-4)


def test_each_fold_has_its_own_score() -> None:
    y = NUMBERS[:90]
    folds = dataset_from_arrays(np.zeros((90, 2)), y, folds=3, task="regression")
    found = trivial(a_model(1, None, "mse"), folds)
    assert folds.development is not None
    own = folds.development.y
    errors = [np.mean((own[v] - own[t].mean()) ** 2) for t, v in folds.folds]
    assert found.scores == pytest.approx(errors)
    assert found.score == pytest.approx(np.mean(errors))
    assert [found.losses_of(fold)[1] for fold in range(3)] == pytest.approx(errors)
    assert found.losses_of(4) == found.losses_of(1)


class OwnStep(keras.Model):
    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


def test_what_is_not_known_stays_so() -> None:
    def broken(y: Any, predicted: Any) -> Any:
        raise TypeError("no constants, please")

    dataset = data(RARE, HELD)
    own = OwnStep()
    own.compile("sgd", "mse", jit_compile=False)
    assert trivial(own, dataset) == Trivial()
    summed = a_model(1, "sigmoid", keras.losses.BinaryCrossentropy(reduction="sum"), "accuracy")
    found = trivial(summed, dataset, "val_accuracy")
    assert (found.loss, found.score) == (None, pytest.approx(0.8))
    found = trivial(
        a_model(1, "sigmoid", "binary_crossentropy", broken), dataset, "val_broken", "minimize"
    )
    assert (found.answer, found.score) == (None, None)
    assert found.loss is not None
    assert trivial(a_model(1, "sigmoid", "mse"), dataset, "val_auc").score is None
    assert trivial(a_model(3, "sigmoid", "mse"), data(NUMBERS, task="regression")) == Trivial()
    entry = keras.Input((2,))
    two = keras.Model(entry, [keras.layers.Dense(1)(entry), keras.layers.Dense(1)(entry)])
    two.compile("sgd", "mse", jit_compile=False)
    assert trivial(two, dataset) == Trivial()


def test_models_compiled_alike_share_what_is_known_and_others_do_not() -> None:
    scores = TrivialScores(data(NUMBERS, task="regression"), Objective.named("val_loss"))
    one, same = (scores.of(a_model(1, None, keras.losses.Huber(0.1)), {}) for _ in range(2))
    other = scores.of(a_model(1, None, keras.losses.Huber(5.0)), {})
    assert one is same
    assert not one.penalised
    assert other.loss != one.loss

    def loss_of(factor: float) -> Any:
        return lambda y, predicted: factor * keras.ops.mean(keras.ops.abs(y - predicted), axis=-1)

    small, large = (scores.of(a_model(1, None, loss_of(k)), {}).loss for k in (1.0, 3.0))
    assert small is not None
    assert large == pytest.approx(3 * small)


def test_a_penalty_of_activities_is_known_after_training_in_a_graph() -> None:
    hidden = keras.layers.Dense(2, activity_regularizer="l2")
    model = keras.Sequential([keras.Input((2,)), hidden, keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    assert trivial(model, data(NUMBERS, task="regression")).penalised


@pytest.mark.parametrize(("factor", "penalised"), [(0.0, False), (0.1, True)])
def test_a_penalty_whose_factor_is_zero_is_none(factor: float, penalised: bool) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_regularizer="l2")])
    model.layers[0].kernel_regularizer.l2 = factor
    model.compile("sgd", "mse", jit_compile=False)
    assert trivial(model, data(NUMBERS, task="regression")).penalised == penalised


def test_a_known_value_comes_back_from_its_json_form() -> None:
    found = Trivial("'a'", (0.5, 0.7), 1.0, 2.0)
    assert Trivial.from_dict(found.to_dict()) == found
    assert found.score == pytest.approx(0.6)
    assert Trivial.from_dict({}) == Trivial()
    assert Trivial().score is None
