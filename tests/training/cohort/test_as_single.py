"""Without noise a cohort's trials are those of the single trainer, number for number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohort_zoo import Bench, Quiet, a_plan, rows_of
from test_cohort_layers import (
    CLASSES,
    IMAGES,
    PADDED,
    VECTORS,
    WORDS,
    dense,
    more_convolutions,
    sequences_both_ways,
)

import tuneit
from tuneit.data.dataset import Dataset, Fold, Split
from tuneit.data.folds import folds_at_random, folds_in_time
from tuneit.study import EarlyStopping
from tuneit.training.keras_loader import load_keras
from tuneit.training.saving.prediction import load_model
from tuneit.training.single import SingleTrainer
from tuneit.trials import Memory, Objective, Proposal, Trial, TrialState, execution_seeds

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

# On a GPU Keras trains on masks of padding at the end alone.
MASKED = PADDED if tf.config.list_logical_devices("GPU") else WORDS

# test_cohort_layers.py compares every layer with Keras, batch by batch.
ZOO: dict[Callable[[Any], Any], Any] = {
    dense: VECTORS,
    more_convolutions: IMAGES,
    sequences_both_ways: MASKED,
}

RNG = np.random.default_rng(2)
X = RNG.normal(size=(47, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.int64)
DATA = rows_of(X, Y, train=32)
"""Whole batches: the step of a smaller one is traced again."""
ODD = rows_of(X, Y, train=37)


def momentum(hp: Any) -> Any:
    """An optimizer and a layer that keep something from step to step."""
    inputs = keras.Input((4,))
    hidden = layers.Dense(hp.Choice("units", [6, 4, 9]), "relu")(inputs)
    hidden = layers.BatchNormalization()(hidden)
    model = keras.Model(inputs, layers.Dense(2, "softmax")(hidden))
    optimizer = keras.optimizers.SGD(hp.Float("rate", 1e-3, 1.0, sampling="log"), momentum=0.9)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)  # traces sooner
    return model


def train(
    trainer: str, bench: Bench, proposals: Sequence[Proposal], observer: Any = None
) -> list[Trial]:
    kind = bench.trainer
    if trainer == "single":
        kind = SingleTrainer(bench.recipe)
    trials = kind.train(iter(proposals), observer or Quiet())
    return sorted(trials, key=lambda trial: trial.number)


def assert_alike(fused: Sequence[Trial], alone: Sequence[Trial]) -> None:
    for one, other in zip(fused, alone, strict=True):
        assert one.state is other.state
        assert one.best_epoch == other.best_epoch
        assert replace(one.facts, clock=None) == replace(other.facts, clock=None)
        curves = [(one.curve, other.curve), *zip(one.repeats, other.repeats, strict=True)]
        for curve, expected in curves:
            assert curve is not None
            assert expected is not None
            assert list(curve.series) == list(expected.series)
            for name, values in expected.series.items():
                np.testing.assert_allclose(
                    curve[name], values, rtol=5e-4, atol=5e-4, err_msg=f"{one.number} {name}"
                )


@pytest.fixture
def cohorts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cohort trainer must not help itself with the single one."""

    def refuse(self: Any, proposals: Any, observer: Any) -> Any:
        raise AssertionError("trained one at a time")
        yield

    original = SingleTrainer.train
    monkeypatch.setattr(
        SingleTrainer,
        "train",
        lambda self, proposals, observer: (
            original(self, proposals, observer)
            if isinstance(observer, Alone)
            else refuse(self, proposals, observer)
        ),
    )


class Alone(Quiet):
    """The observer of the single trainer itself."""


# For one of them Keras makes graphs, as it does for users.
@pytest.mark.usefixtures("cohorts_only")
@pytest.mark.parametrize(
    "build",
    [pytest.param(b, marks=pytest.mark.eager(b is not dense)) for b in ZOO],
    ids=lambda build: build.__name__,
)
def test_the_curve_of_the_single_trainer(build: Callable[[Any], Any], tmp_path: Path) -> None:
    plan = a_plan(early_stopping=EarlyStopping(patience=1), epochs=3)
    bench = Bench(build, rows_of(ZOO[build], CLASSES, train=16), plan, tmp_path)
    proposals = [replace(p, params=quiet(p.params)) for p in bench.proposals(2)]
    fused = train("cohort", bench, proposals)
    assert_alike(fused[:1], train("single", bench, proposals[:1], Alone()))


def quiet(params: Any) -> dict[str, Any]:
    return {**params, "dropout": 0.0} if "dropout" in params else dict(params)


def proposals_of(count: int, *, first: int = 0, **memory: Any) -> list[Proposal]:
    return [
        Proposal(
            n,
            {"rate": 0.02 * (n % 2 + 1), "units": 4 if n else 6},
            70 + n,
            Memory(**memory),
            repeat_seeds=execution_seeds(1, n, 4)[1:],
        )
        for n in range(first, first + count)
    ]


def folded(folds: tuple[Fold, ...], data: Dataset = ODD) -> Dataset:
    train, validation = folds[0]
    whole = data.train
    return replace(
        data,
        train=whole.take(train),
        validation=whole.take(validation),
        development=whole,
        folds=folds,
    )


FOLDS: dict[str, tuple[Fold, ...]] = {
    "of two sizes": folds_at_random(37, 2, seed=1),
    "in time": folds_in_time(37, 2),
}


@pytest.mark.usefixtures("cohorts_only")
@pytest.mark.parametrize("kind", FOLDS)
def test_folds(kind: str, tmp_path: Path) -> None:
    folds = FOLDS[kind]
    assert len({(len(a), len(b)) for a, b in folds}) > 1
    bench = Bench(momentum, folded(folds), a_plan(executions=4), tmp_path)
    observer = Quiet(keep=True)
    fused = train("cohort", bench, proposals_of(1), observer)
    kept = load_model(tmp_path / "0000.keras")
    # Folds of one size train together: only those of the other size are to come.
    [(number, index, ended)] = observer.ended
    assert (number, index) == (0, 0)
    if kind == "of two sizes":
        [proposal] = proposals_of(1)
        observer = Quiet()
        resumed = train("cohort", bench, [replace(proposal, ended=(ended,))], observer)
        assert_alike(resumed, fused)
        assert [(number, index) for number, index, _ in observer.ended] == [(0, 1)]
    alone = train("single", bench, proposals_of(1), Alone(keep=True))
    assert len(alone[0].scores) == 4
    assert_alike(fused, alone)
    assert_equal_models(kept, load_model(tmp_path / "0000.keras"))


def assert_equal_models(one: Any, other: Any) -> None:
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


@pytest.mark.usefixtures("cohorts_only")
def test_a_pruned_fold_ends_the_trial(tmp_path: Path) -> None:
    bench = Bench(momentum, folded(FOLDS["of two sizes"]), a_plan(executions=2), tmp_path)
    fused = train("cohort", bench, proposals_of(2), Quiet(prune={1: 1}))
    assert [t.state for t in fused] == [TrialState.COMPLETE, TrialState.PRUNED]
    assert_alike(fused, train("single", bench, proposals_of(2), Alone(prune={1: 1})))
    none_left = train("cohort", bench, proposals_of(2), Quiet(prune={0: 1, 1: 1}))
    assert [t.state for t in none_left] == [TrialState.PRUNED] * 2


@pytest.mark.usefixtures("cohorts_only")
def test_diverging_in_a_later_fold_fails_the_trial(tmp_path: Path) -> None:
    data = folded(FOLDS["in time"])
    assert data.development is not None
    x = data.development.x.copy()  # type: ignore[union-attr]
    x[14:20] = np.nan  # the first fold only validates on these
    bench = Bench(
        momentum, replace(data, development=replace(data.development, x=x)),
        a_plan(executions=2, objective=Objective.named("loss")), tmp_path,
    )  # fmt: skip
    fused = train("cohort", bench, proposals_of(2))[:1]
    alone = train("single", bench, proposals_of(1), Alone())
    for trial in (*fused, *alone):
        assert trial.state is TrialState.FAILED
        assert trial.error is not None
        # On some processors the ReLU of one program makes 0 of NaN and the other's does not: its
        # loss stays finite, and the weights show it.
        assert re.match("(loss|weights) became NaN.* in epoch 1", trial.error)
    assert len(fused[0].scores) == len(alone[0].scores) == 1


def halving(first: str, second: str, folder: Path) -> list[Trial]:
    """A trial of two executions pauses, goes on and pauses again, and goes on to its end."""
    bench = Bench(momentum, DATA, a_plan(epochs=4, executions=2), folder / "models")
    parents = train(first, bench, proposals_of(1, first=1, epochs=1), observer_of(first))
    promoted = [replace(proposals_of(1, first=2)[0], memory=Memory(epochs=3, parent=1))]
    last = [replace(proposals_of(1, first=3)[0], memory=Memory(parent=2))]
    rest = [train(second, bench, these, observer_of(second)) for these in (promoted, last)]
    return [*parents, *rest[0], *rest[1]]


def observer_of(trainer: str) -> Quiet:
    return (Quiet if trainer == "cohort" else Alone)(keep=True)


@pytest.fixture(scope="module")
def halved_alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Trial], Path]:
    folder = tmp_path_factory.mktemp("alone")
    return halving("single", "single", folder), folder


@pytest.mark.usefixtures("cohorts_only")
@pytest.mark.parametrize("trainers", ["cohort-single", "single-cohort"])
def test_pauses_and_goes_on(
    trainers: str, tmp_path: Path, halved_alone: tuple[list[Trial], Path]
) -> None:
    first, second = trainers.split("-")
    mixed = halving(first, second, tmp_path)
    assert [t.epochs for t in mixed] == [1, 3, 4]
    assert mixed[2].facts.continued == 3
    alone, folder = halved_alone
    assert_alike(mixed, alone)
    models = [load_model(place / "models" / "0003.keras") for place in (tmp_path, folder)]
    assert_equal_models(*models)


def test_a_training_that_was_paused_sees_the_rows_of_one_that_was_not(tmp_path: Path) -> None:
    bench = Bench(momentum, DATA, a_plan(epochs=4), tmp_path / "models")
    [whole] = train("single", bench, [Proposal(0, {"rate": 0.1, "units": 6}, 9)])
    [_, went_on] = train(
        "single",
        bench,
        [
            Proposal(1, {"rate": 0.1, "units": 6}, 9, Memory(epochs=2)),
            Proposal(2, {"rate": 0.1, "units": 6}, 9, Memory(parent=1)),
        ],
    )
    assert_alike([replace(went_on, facts=whole.facts)], [whole])


@pytest.mark.usefixtures("cohorts_only")
def test_weights_of_rows_and_classes_of_folds(tmp_path: Path) -> None:
    weight = np.random.default_rng(3).uniform(0, 3, len(ODD.train)).astype(np.float32)
    data = replace(
        ODD,
        train=replace(ODD.train, weight=weight),
        class_weight=(0.3, 2.0),
        class_names=("no", "yes"),
    )
    folds = folded(FOLDS["of two sizes"], data)
    bench = Bench(momentum, folds, a_plan(executions=2), tmp_path)
    fused = train("cohort", bench, proposals_of(2))
    assert_alike(fused[:1], train("single", bench, proposals_of(1), Alone()))
    plain = replace(bench, dataset=folded(FOLDS["of two sizes"]))
    [unweighted] = train("single", plain, proposals_of(1), Alone())
    losses = [trial.curve["loss"][0] for trial in (fused[0], unweighted)]  # type: ignore[index]
    assert abs(losses[0] - losses[1]) > 1e-2


@pytest.mark.usefixtures("cohorts_only")
def test_class_weight_is_a_hyperparameter(tmp_path: Path) -> None:
    data = replace(DATA, class_weight=(0.3, 2.0), class_names=("no", "yes"))
    bench = Bench(momentum, data, a_plan(), tmp_path)
    choices = ("given", "given", "balanced", "none", "none")
    proposals = [
        replace(p, params={**p.params, "class_weight": choice})
        for p, choice in zip(proposals_of(5), choices, strict=True)
    ]
    fused = train("cohort", bench, proposals)
    assert_alike(fused[1:4], train("single", bench, proposals[1:4], Alone()))


def one_unit(hp: Any) -> Any:
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3, "relu"), layers.Dense(1, "tanh")])
    f1 = keras.metrics.F1Score(threshold=0.5, name="f1")
    rate = hp.Choice("rate", [0.02, 0.04])
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=[f1, "mae"], jit_compile=False)
    return model


THIRDS = ((0, 20), (20, 30), (30, 40))


def in_a_column(dtype: Any, folder: Path) -> Bench:
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    y = (x[:, :1] > 0).astype(dtype)
    data = Dataset("column", "classification", *(Split(x[a:b], y[a:b]) for a, b in THIRDS))
    return Bench(one_unit, data, a_plan(epochs=3), folder)


@pytest.fixture(scope="module")
def column_alone(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    bench = in_a_column(np.float64, tmp_path_factory.mktemp("column"))
    return train("single", bench, proposals_of(1), Alone())


@pytest.mark.parametrize("dtype", [np.float64, np.uint8, np.bool_])
def test_targets_in_a_column(dtype: Any, tmp_path: Path, column_alone: list[Trial]) -> None:
    fused = train("cohort", in_a_column(dtype, tmp_path), proposals_of(2))
    assert_alike(fused[:1], column_alone)
    assert "val_f1" in fused[0].curve  # type: ignore[operator]


def test_hyperband_promotes_alike(tmp_path: Path) -> None:
    named = replace(DATA, class_names=("no", "yes"))

    def search(trainer: str) -> Sequence[Trial]:
        strategy = {"name": "hyperband", "options": {"reduction_factor": 2}}
        return tuneit.search(
            momentum, named, strategy=strategy, trials=5, epochs=4, output=tmp_path / trainer,
            trainer=trainer, early_stopping=None, quiet=True,
        ).trials  # fmt: skip

    fused = search("cohort")
    assert [t.parent for t in fused].count(None) < 5
    alone = search("single")
    assert [t.memory for t in fused] == [t.memory for t in alone]
    assert_alike(fused, alone)


def layers_in_a_loop(hp: Any) -> Any:
    model = keras.Sequential([layers.Input((4,))])
    for i in range(hp.Int("layers", 1, 2)):
        model.add(layers.Dense(hp.Choice(f"units_{i}", [3, 5] if i else [4])))
    model.add(layers.Dense(2, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    return model


@pytest.mark.parametrize("strategy", ["random", "grid"])
def test_proposals_pulled_together_are_different_models(strategy: str, tmp_path: Path) -> None:
    named = replace(DATA, class_names=("no", "yes"))

    def search(trainer: str, trials: int) -> Any:
        return tuneit.search(
            layers_in_a_loop, named, strategy=strategy, trials=trials, epochs=1, trainer=trainer,
            output=tmp_path / trainer, quiet=True,
        )  # fmt: skip

    result = search("cohort", 20)
    # units_1 makes no difference where there is one layer.
    assert len({tuple(sorted(t.params.items())) for t in result.trials}) == 3
    assert len(result.trials) == 3
    assert "every" in result.stopped
    if strategy == "random":  # a grid's proposals do not depend on the trials before
        search("single", 2)
        assert [t.params for t in search("single", 20).trials] == [t.params for t in result.trials]


def test_auto_lets_stopping_rules_see_each_result(tmp_path: Path) -> None:
    result = tuneit.search(
        layers_in_a_loop, replace(DATA, class_names=("no", "yes")), strategy="random", trials=20,
        epochs=1, stopping={"target": 1e3}, output=tmp_path, quiet=True,
    )  # fmt: skip
    assert len(result.trials) == 1
    assert "target is reached" in result.stopped
