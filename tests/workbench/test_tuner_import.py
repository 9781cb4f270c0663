"""keras-tuner's project folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tuneit.errors import InputError
from tuneit.ledger import Ledger
from tuneit.study_file import load_study
from tuneit.trials import TrialState
from tuneit.workbench.tuner_import import import_tuner, read_project

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

MODEL = """
import keras

def build_model(hp):
    model = keras.Sequential([keras.layers.Input((4,))])
    model.add(keras.layers.Dense(hp.Int("units", 4, 16, step=4), activation="relu"))
    if hp.Choice("norm", [True, False]):
        model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model
"""

STUDY = """
model: model.py:build_model
data: {source: sklearn, name: iris}
objective: val_accuracy
budget: {trials: 3, epochs: 2}
"""


def a_project(folder: Path, *trials: dict[str, Any]) -> Path:
    """A project of keras-tuner 1.4.8: one observation a metric, at the best epoch."""
    folder.mkdir()
    order = [str(n) for n in range(len(trials))]
    (folder / "oracle.json").write_text(json.dumps({"start_order": order}))
    for name, trial in zip(order, trials, strict=True):
        score = trial.get("score")
        metrics = {} if score is None else {"loss": [0.5], "val_accuracy": score}
        state = {
            "trial_id": name,
            "hyperparameters": {"space": [], "values": trial["values"]},
            "metrics": {
                "metrics": {
                    metric: {"direction": "max", "observations": [{"value": values, "step": 4}]}
                    for metric, values in metrics.items()
                }
            },
            "status": trial.get("status", "COMPLETED"),
            "message": trial.get("message"),
        }
        (folder / f"trial_{name}").mkdir()
        (folder / f"trial_{name}" / "trial.json").write_text(json.dumps(state))
    return folder


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "iris.yaml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "iris.yaml"


def trials_of(study: Path) -> tuple[Any, ...]:
    loaded = load_study(study)
    place = Path("reports/iris")
    with Ledger.read(None, place, "iris", loaded.objectives[0]) as ledger:
        return ledger.trials()


def test_trials_come_over_and_the_best_brings_its_model(study: Path) -> None:
    project = a_project(
        study.parent / "project",
        {"values": {"units": 4, "norm": 1}, "score": [0.8, 0.9]},
        {"values": {"units": 8, "norm": 0, "tuner/epochs": 2}, "score": [0.9]},
        {"values": {"units": 16, "norm": 0}, "status": "FAILED", "message": "no memory"},
        {"values": {"units": 99, "norm": 0}, "score": [0.99]},
        {"values": {"units": 12, "norm": 0}, "status": "RUNNING"},
    )
    from tuneit.training.builders.builder import load_builder
    from tuneit.training.builders.hyperparameters import TrialHyperParameters
    from tuneit.training.saving.prediction import load_model

    builder = load_builder("model.py:build_model", study.parent)
    best = builder.build(TrialHyperParameters({"units": 8, "norm": False}, {}))
    best.save_weights(project / "trial_1" / "checkpoint.weights.h5")

    said = str(import_tuner(project, load_study(study), study.parent))
    assert said == (
        "3 trials imported; 1 left out (outside of the study's search space); "
        "1 left out (not ended); the best model was imported"
    )
    first, second, failed = trials_of(study)
    assert first.params == {"units": 4, "norm": True}
    assert first.score == pytest.approx(0.85)
    assert first.remark == "imported from keras-tuner (trial_0)"
    assert second.params == {"units": 8, "norm": False}
    assert second.state is TrialState.COMPLETE
    assert second.curve.to_dict() == {"loss": [0.5], "val_accuracy": [0.9]}
    assert (failed.state, failed.error) == (TrialState.FAILED, "no memory")
    kept = Path("reports/iris/best.keras")
    model = load_model(kept)
    assert model.count_params() == best.count_params()
    kept.write_bytes(b"the best model of the trials there")
    with pytest.raises(InputError, match="holds trials already"):
        import_tuner(project, load_study(study), study.parent)
    assert kept.read_bytes() == b"the best model of the trials there"


def test_without_its_model_a_trial_informs_but_cannot_win(study: Path) -> None:
    project = a_project(study.parent / "p", {"values": {"units": 4, "norm": 0}, "score": [0.8]})
    repeated = load_study(study, ["budget.executions=2"])
    imported = import_tuner(project, repeated, study.parent)
    assert not imported.model
    assert str(imported).endswith(
        "new scores are means of 2 executions; imported ones may be means of fewer"
    )
    [trial] = trials_of(study)
    assert trial.state is TrialState.PRUNED
    assert trial.scored


def test_another_objective_is_told(study: Path) -> None:
    project = a_project(study.parent / "p", {"values": {"units": 4, "norm": 0}, "score": [0.8]})
    other = load_study(study, ["objective=val_acc"])
    with pytest.raises(InputError, match=r"'val_acc' is not among .* did you mean 'val_accuracy'"):
        import_tuner(project, other, study.parent)


def test_what_is_no_project_is_told(tmp_path: Path) -> None:
    a_project(tmp_path / "inner", {"values": {"units": 4}})
    with pytest.raises(InputError, match=r"has no oracle\.json - did you mean .*inner\?"):
        read_project(tmp_path)
    (tmp_path / "inner/trial_0/trial.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read as keras-tuner's JSON"):
        read_project(tmp_path / "inner")
    (tmp_path / "inner/trial_0/trial.json").write_text("{}")
    with pytest.raises(InputError, match="is not a trial as keras-tuner"):
        read_project(tmp_path / "inner")


BRANCHING = """
import keras

def build_model(hp):
    model = keras.Sequential([keras.layers.Input((4,))])
    model.add(keras.layers.Dense(hp.Int("units", 4, 8, step=4), activation="relu"))
    if hp.Boolean("drop"):
        model.add(keras.layers.Dropout(hp.Float("rate", 0.0, 0.5, step=0.1)))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # keras-tuner's own
# keras-tuner's own GridSearch breaks down (KeyError) at the third trial of such a builder.
@pytest.mark.parametrize(("tuner", "most"), [("RandomSearch", 8), ("GridSearch", 2)])
def test_trials_that_never_asked_for_a_hyperparameter_come_over(
    study: Path, tuner: str, most: int
) -> None:
    import keras_tuner

    (study.parent / "model.py").write_text(BRANCHING)
    from tuneit.training.builders.builder import load_builder

    builder = load_builder("model.py:build_model", study.parent)

    class Untrained(getattr(keras_tuner, tuner)):  # type: ignore[misc]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            self.hypermodel.build(trial.hyperparameters)
            return 0.5 + 0.01 * len(self.oracle.trials)

    made = Untrained(
        builder.target,
        keras_tuner.Objective("val_accuracy", "max"),
        max_trials=most,
        directory=study.parent,
        project_name="project",
        **({"seed": 3} if tuner == "RandomSearch" else {}),
    )
    made.search()
    found = read_project(study.parent / "project")
    assert any("rate" not in trial.values for trial in found)
    imported = import_tuner(study.parent / "project", load_study(study), study.parent)
    assert (imported.trials, imported.outside) == (len(found), 0)
    trials = trials_of(study)
    assert [dict(t.params) for t in trials] == [dict(t.values) for t in found]

    from tuneit.api import run_study

    more = len(found) + 2
    result = run_study(
        load_study(study, [f"budget.trials={more}", "budget.epochs=1"]), study.parent
    )
    assert len(result.trials) == more
    assert result.best.number >= len(found)


def test_a_trial_that_lacks_what_its_model_needs_is_left_out(study: Path) -> None:
    (study.parent / "model.py").write_text(BRANCHING)
    project = a_project(
        study.parent / "project",
        {"values": {"units": 4, "drop": False}, "score": [0.8]},
        {"values": {"units": 4, "drop": True}, "score": [0.9]},
    )
    said = import_tuner(project, load_study(study), study.parent)
    assert (said.trials, said.outside) == (1, 1)


def test_values_that_are_fatal_here_come_over_to_a_study_with_workers(study: Path) -> None:
    # It is asked for last, so that discovery loses no process before its end.
    ending = (
        '    hp.Boolean("drop")\n    if hp.Int("units", 4, 8, step=4) == 8:\n        os._exit(7)\n'
    )
    fatal = BRANCHING.replace("    model = keras.Seq", ending + "    model = keras.Seq")
    (study.parent / "model.py").write_text("import os\n" + fatal)
    project = a_project(
        study.parent / "project",
        {"values": {"units": 4, "drop": False}, "score": [0.9]},
        {"values": {"units": 8, "drop": False}, "score": [0.8]},
    )
    said = import_tuner(project, load_study(study, ["workers=2"]), study.parent)
    assert (said.trials, said.outside) == (2, 0)


def test_that_nothing_could_be_imported_is_an_error(study: Path) -> None:
    project = a_project(
        study.parent / "project",
        {"values": {"units": 99, "norm": 0}, "score": [0.8]},
        {"values": {"units": 4, "norm": 0}, "status": "RUNNING"},
    )
    with pytest.raises(InputError, match=r"1 of 2 are outside .* \(trial_0 has units=99\)"):
        import_tuner(project, load_study(study), study.parent)
    assert not Path("reports").exists()
    other = a_project(study.parent / "other", {"values": {"width": 4}, "score": [0.8]})
    with pytest.raises(InputError, match=r"trial_0 has no 'units'"):
        import_tuner(other, load_study(study), study.parent)
    begun = a_project(study.parent / "begun", {"values": {"units": 4}, "status": "RUNNING"})
    with pytest.raises(InputError, match="none of its 1 has ended"):
        import_tuner(begun, load_study(study), study.parent)
