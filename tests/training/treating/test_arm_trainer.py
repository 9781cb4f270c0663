"""Pairs share what they should, and nothing else; treated models are measured on test rows once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset, Split
from tuneit.space import Float, Int, SearchSpace
from tuneit.training.builders.builder import Builder, as_builder
from tuneit.training.cohort.programs import Programs
from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.training.treating.builder import TreatedBuilder
from tuneit.training.treating.edits import EDITS
from tuneit.training.treating.graph import CannotTreat
from tuneit.training.treating.runner import ArmTrainer
from tuneit.treatments.arm import Arm, Run
from tuneit.treatments.menu import MENU
from tuneit.trials import Objective

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

pytestmark = pytest.mark.eager

SPACE = SearchSpace(
    (Int(name="units", low=2, high=8), Float(name="drop", low=0.0, high=0.5, default=0.0))
)
BASE = Arm("baseline", {"units": 4, "drop": 0.0})
RATE = 0.05


def build_model(hp: Any) -> Any:
    hidden = [layers.Dense(hp.Int("units", 2, 8), activation="relu")]
    if rate := hp.Float("drop", 0.0, 0.5):
        hidden.insert(0, layers.Dropout(rate))  # draws a seed before the layer after it does
    model = keras.Sequential([layers.Input((4,)), *hidden, layers.Dense(2, activation="softmax")])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(RATE), loss, metrics=["accuracy"], jit_compile=False)
    return model


def a_dataset() -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 4)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(np.int64)
    parts = [Split(x[a:b], y[a:b]) for a, b in ((0, 50), (50, 70), (70, 90))]
    return Dataset("toy", "classification", *parts, class_names=("no", "yes"))


def trainer(folder: Path, **changes: Any) -> ArmTrainer:
    builder: Builder = as_builder(build_model)
    plan = TrainingPlan(Objective.named("val_loss"), epochs=2, seed=3)
    recipe = Recipe(builder, SPACE, a_dataset(), plan, folder / "models")
    settings = {"in_cohorts": False, "splits_anew": True, **changes}
    return ArmTrainer(
        recipe, SPACE, BASE, folder, lambda trial, curve: "healthy", lambda: False, **settings
    )


def scores(runs: list[Run], arm: Arm) -> list[float]:
    found = [run.score for run in runs if run.arm == arm.key]
    assert all(score is not None for score in found), runs
    return found  # type: ignore[return-value]


def test_pairs_differ_and_a_change_of_nothing_changes_nothing(tmp_path: Path) -> None:
    same = Arm("same", BASE.params, edits=(f"learning_rate={RATE}",))
    higher = Arm("raise_learning_rate", BASE.params, edits=("raise_learning_rate",))
    broken = Arm("broken", BASE.params, edits=("less_regularisation",))
    train = trainer(tmp_path)
    runs = list(train([BASE, same, higher, broken], (0, 1)))
    base = scores(runs, BASE)
    assert base[0] != base[1]
    assert scores(runs, same) == pytest.approx(base, abs=1e-6)
    assert all(a < b for a, b in zip(scores(runs, higher), base, strict=True))
    [reason, _] = [run.error for run in runs if run.action in ("", "broken")]
    assert reason == "it has neither dropout nor L2"
    # A pair alone is what it is among others.
    assert scores(list(train([BASE], (1,))), BASE) == pytest.approx(base[1:], abs=1e-6)
    assert runs[0].epochs == 2
    assert {name: len(v) for name, v in runs[0].series.items()} == {"loss": 2, "val_loss": 2}


def test_layers_start_from_the_baselines_weights_where_shapes_agree() -> None:
    treated = TreatedBuilder.of(as_builder(build_model), BASE.params, SPACE, a_dataset())
    dropped = _built(treated, {"units": 4, "drop": 0.3})
    wider = _built(treated, {"units": 6, "drop": 0.0})
    base = _built(treated, BASE.params)
    assert all(map(np.array_equal, dropped.get_weights(), base.get_weights()))
    assert wider.layers[0].units == 6
    assert [layer.name for layer in wider.layers] == [layer.name for layer in base.layers]


def _built(builder: TreatedBuilder, params: Any) -> Any:
    from tuneit.training.builders.hyperparameters import TrialHyperParameters
    from tuneit.training.fitting.session import fresh_session

    fresh_session(5)
    return builder.build(TrialHyperParameters(params, known=SPACE))


def test_settings_of_the_training_reach_it(tmp_path: Path) -> None:
    plans = {"schedule": {"factor": 0.3, "patience": 2}, "early_stopping": {"patience": 1}}
    train = trainer(tmp_path)
    arms = [Arm(name, {**BASE.params, "epochs": 3}, plan={name: p}) for name, p in plans.items()]
    assert [run.error for run in train(arms, (0,))] == [None, None]
    plan = train._plan(Arm("x", {}, plan=plans), 1)
    assert plan.early_stopping is not None
    assert plan.early_stopping.patience == 1
    assert plan.plateau is not None


def test_the_learning_rate_falls_in_a_cohort_as_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So short a training would not pay for a program.
    monkeypatch.setattr(Programs, "seconds_alone", lambda *group: 1e6)
    params, pairs = {**BASE.params, "epochs": 6}, (0, 1, 2)
    plan = {"schedule": {"factor": 0.1, "patience": 1}}
    arms = [Arm("schedule", params, plan=plan, edits=("learning_rate=9.0",))]
    alone, together = trainer(tmp_path), trainer(tmp_path, in_cohorts=True)
    curves = [[run.series["val_loss"] for run in train(arms, pairs)] for train in (alone, together)]
    assert together._programs._kept
    assert np.allclose(*curves, rtol=1e-4)
    unscheduled = [replace(arms[0], plan={})]
    [first, *_] = trainer(tmp_path)(unscheduled, pairs)
    assert not np.allclose(first.series["val_loss"], curves[0][0], rtol=1e-2)


def test_penalties_are_those_that_add_to_the_loss(tmp_path: Path) -> None:
    train = trainer(tmp_path)
    assert train.penalties(BASE) == train.penalties(Arm("x", {"units": 6, "drop": 0.2})) == set()
    [penalty] = train.penalties(Arm("l2", BASE.params, edits=("l2",)))
    assert penalty.startswith("L2 ")


def test_test_rows_measure_models_that_stay(tmp_path: Path) -> None:
    train = trainer(tmp_path)
    arm = Arm("more_capacity", BASE.params, edits=("more_capacity",))
    [loss] = train.test_scores(arm, [0], "loss")
    model = keras.models.load_model(tmp_path / "more_capacity-0.keras")
    test = a_dataset().test
    assert model.evaluate(test.x, test.y, verbose=0)[0] == pytest.approx(loss, abs=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["more_capacity-0.keras"]
    with pytest.raises(CannotTreat, match="does not report auc"):
        train.test_scores(BASE, [0], "auc")


def test_a_sweep_suggests_a_rate_in_the_range_where_the_loss_falls(tmp_path: Path) -> None:
    found = trainer(tmp_path).rate_sweep(BASE)
    assert found.present == pytest.approx(RATE)
    assert 1e-6 < found.low <= found.suggested <= found.high < 1.0
    assert len(found.rates) == len(found.losses)


def test_smaller_models_are_scored_once_they_are_small(tmp_path: Path) -> None:
    params = {**BASE.params, "epochs": 4}
    pruned = Arm("pruning", params, plan={"pruning": {"share": 0.75, "epochs": 2}})
    teaching = {"distillation": {"temperature": 2.0, "weight": 0.5}}
    taught = Arm("distillation", params, edits=("distillation",), plan=teaching)
    smaller = replace(taught, action="smaller_network", plan={})
    train = replace(trainer(tmp_path), baseline=replace(BASE, params=params))
    runs = {run.action: run for run in train([train.baseline, pruned, taught, smaller], (0,))}
    assert [run.error for run in runs.values()] == [None] * 4
    # 4 × 4 + 4 × 2 weights of kernels, of which a quarter stays, and six of biases.
    assert {action: run.weights for action, run in runs.items()} == {
        "baseline": 30,
        "pruning": pytest.approx(6 + 6, abs=1),  # a bias may be zero still
        "distillation": 16,
        "smaller_network": 16,
    }
    assert runs["pruning"].score == min(runs["pruning"].series["val_loss"][2:])
    assert runs["distillation"].score != runs["smaller_network"].score
    # What is measured on softened targets is neither diagnosed nor drawn.
    assert runs["distillation"].verdict is None
    assert set(runs["distillation"].series) == {"val_loss"}
    [loss] = train.test_scores(pruned, [0], "loss")
    assert np.isfinite(loss)
    kernel = keras.models.load_model(tmp_path / "pruning-0.keras").layers[0].kernel
    assert np.count_nonzero(kernel) == 4


def test_every_edit_of_the_menu_exists() -> None:
    assert {row.edit for row in MENU.values() if row.edit is not None} <= set(EDITS)
