"""More than one answer: models, hyperparameters and scores of several trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.errors import BuilderError, InputError, NoTrialError, SpaceError
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
FIRST = [{"units": 5}, {"units": 7, "rate": 0.05}]


def build(hp: Any) -> Any:
    layers = keras.layers
    units = hp.Int("units", 1, 9)
    model = keras.Sequential([layers.Input((3,)), layers.Dense(units), layers.Dense(1)])
    rate = hp.Float("rate", 0.01, 0.1, sampling="log")
    model.compile(keras.optimizers.SGD(rate), "mse", jit_compile=False)
    return model


def search(folder: Path, **more: Any) -> Any:
    given = {"trials": 4, "epochs": 1, "executions": 2, "keep_models": 2, "strategy": "random"}
    given |= {"enqueue": FIRST, "output": folder, "quiet": True}
    return tuneit.search(build, X, X.sum(axis=1), **{**given, **more})


def units_of(model: Any) -> int:
    return int(model.layers[0].units)


def test_the_best_trials_give_models_hyperparameters_and_scores(tmp_path: Path) -> None:
    result = search(tmp_path)
    assert [trial.params["units"] for trial in result.trials[:2]] == [5, 7]
    assert [trial.params["rate"] for trial in result.trials[:2]] == [0.01, 0.05]
    best, second, *others = result.best_trials(4)
    assert best == result.best
    scores = [trial.score for trial in (best, second, *others)]
    assert scores == sorted(scores)
    assert [units_of(m) for m in result.best_models(2)] == [
        t.params["units"] for t in (best, second)
    ]
    for count in (0, -1):
        with pytest.raises(InputError, match=f"at least 1, but is {count}"):
            result.best_models(count)
    names = {path.name for path in (tmp_path / "models").iterdir()}
    assert names == {f"{trial.number:04d}.keras" for trial in (best, second)}
    assert result.hyperparameters(others[0].number).get("units") == others[0].params["units"]
    with pytest.raises(BuilderError, match=r"those of the 2 best trials; search with keep_models"):
        result.model(others[0].number)
    with pytest.raises(NoTrialError, match="there is no trial 9"):
        result.model(9)
    table = result.trials_dataframe()
    assert table[["scores.1", "scores.2"]].iloc[1].tolist() == pytest.approx(
        result.trials[1].scores
    )

    resumed = search(tmp_path, trials=5)
    assert len(resumed.trials) == 5
    kept = {f"{trial.number:04d}.keras" for trial in resumed.best_trials(2)}
    assert {path.name for path in (tmp_path / "models").iterdir()} <= kept
    assert units_of(resumed.best_model()) == resumed.best_params["units"]


MODEL = """
import keras

def build(hp):
    rate = hp.Float("rate", 0.001, 0.1, sampling="log")
    hidden = [keras.layers.Dense(3, "relu"), keras.layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", jit_compile=False)
    return model
"""

STUDY = """
model: model.py:build
data: {source: sklearn, name: iris}
objective: val_loss
strategy: random
budget: {trials: 3, epochs: 1}
enqueue: [{rate: 0.002}, {rate: 0.05}]
keep_models: 2
deterministic: true
"""


def test_so_they_do_with_the_cohorts_that_a_study_file_names(tmp_path: Path) -> None:
    # Of workers: test_kept_models_are_saved in tests/training/workers/test_workers.py.
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "study.yaml").write_text(f"{STUDY}trainer: cohort\n")
    result = tuneit.search(tmp_path / "study.yaml", output=tmp_path / "results", quiet=True)
    assert [trial.params["rate"] for trial in result.trials[:2]] == [0.002, 0.05]
    kept = result.best_trials(2)
    for trial in kept:
        rate = float(result.model(trial.number).optimizer.learning_rate)
        assert rate == pytest.approx(trial.params["rate"], rel=1e-6)
    names = {path.name for path in (tmp_path / "results/models").iterdir()}
    assert names == {f"{trial.number:04d}.keras" for trial in kept}
    assert result.best == kept[0]
    [last] = {trial.number for trial in result.trials} - {trial.number for trial in kept}
    with pytest.raises(BuilderError, match=f"the model of trial {last} is not kept"):
        result.model(last)


def test_deterministic_searches_give_equal_numbers(tmp_path: Path) -> None:
    from tensorflow.python.framework import config

    def curves(folder: str) -> list[Any]:
        more = {"trials": 2, "epochs": 2, "deterministic": True, "trainer": "single"}
        result = search(tmp_path / folder, **more)
        return [[c.to_dict() for c in (t.curve, *t.repeats)] for t in result.trials]

    assert curves("one") == curves("two")
    # A `fit` of the caller's own needs no seed afterwards.
    assert not config.is_op_determinism_enabled()


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ([{"unit": 5}], r"enqueue\[0\] has 'unit', but .* units.* - did you mean 'units'"),
        ([{"units": 5}, {"units": 50}], r"enqueue\[1\]: units is int 1 to 9, but .* 50"),
    ],
)
def test_configurations_that_the_space_lacks_are_refused(
    first: Any, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SpaceError, match=said):
        search(tmp_path, enqueue=first)
