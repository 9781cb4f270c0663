"""`tuneit treat` on one small searched study, from its recommendations to the treated study."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from command import tuneit
from rich.console import Console

from tuneit.api import load_result
from tuneit.cli.live_treatment import LiveTreatmentView
from tuneit.cli.treatment_table import treatment_table
from tuneit.ledger.study_folder import to_json
from tuneit.result.treatment.applying import apply_treatment
from tuneit.result.treatment.runs import Runs
from tuneit.study_file import load_study
from tuneit.treatments.arm import Arm, Run
from tuneit.treatments.outcome import Confirmation, TreatmentRow, Treatments

pytestmark = [pytest.mark.usefixtures("undrawn", "untraced"), pytest.mark.eager]

STUDY = """\
version: 1
name: study
model: model.py:build_model
data: {source: sklearn, name: iris, scale: standard}
objective: val_loss
strategy: random
parameters: {units: {max: 6}}
budget: {trials: 1, epochs: 2}
"""

MODEL = """\
import keras
from keras import layers

def build_model(hp):
    hidden = layers.Dense(hp.Int("units", 4, 8), activation="relu")
    last = layers.Dense(3, activation="softmax")
    model = keras.Sequential([layers.Input((4,)), hidden, last])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(1e-3), loss, metrics=["accuracy"], jit_compile=False)
    return model
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study that was searched."""
    place = tmp_path_factory.mktemp("treat")
    (place / "study.yaml").write_text(STUDY)
    (place / "model.py").write_text(MODEL)
    done = tuneit(place, "search", "study.yaml", "--quiet")
    assert done.returncode == 0, done.stderr
    return place


def test_a_cure_is_verified_and_becomes_a_study_that_can_be_searched(folder: Path) -> None:
    given = ("--actions", "raise_learning_rate,less regularisation", "--apply", "--json")
    done = tuneit(folder, "treat", "study.yaml", *given)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said == json.loads((folder / "reports/study/treatments.json").read_text())
    higher, less = said["treatments"]
    assert (higher["action"], higher["status"]) == ("raise_learning_rate", "verified")
    assert higher["pairs"] == len(said["baseline"]["seeds"]) == 5
    assert higher["interval"][0] > 0
    assert higher["p_value"] == pytest.approx(1 / 32)
    assert (less["status"], less["reason"]) == (
        "not_applicable",
        "it has neither dropout nor L2",
    )
    assert said["confirmation"]["gain"] > 0
    # The confirmation has looked at the test rows after the search had done so.
    assert json.loads((folder / "reports/study/evaluation.json").read_text())["looks"] == 2
    assert "Treatments" in (folder / "reports/study/index.html").read_text()
    assert (folder / "reports/study/model.treated.keras").exists()
    assert said["applied"] == str(folder / "study.treated.yaml")
    searched = tuneit(folder, "search", "study.treated.yaml", "--quiet", "--json")
    assert searched.returncode == 0, searched.stderr
    best = json.loads(searched.stdout)["best_trial"]["score"]
    before = json.loads((folder / "reports/study/summary.json").read_text())["best_trial"]["score"]
    assert best < before


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--actions", "dropuot"), 2, "no treatment 'dropuot' - did you mean 'dropout'"),
        (("--actions", "dropout", "--time", "0.01s"), 2, "too short for one pair, which takes"),
        (("--time", "soon"), 2, "a duration is a number with s, m, h or d"),
        (("--output", "elsewhere"), 2, "elsewhere"),
    ],
)
def test_bad_input_is_one_sentence(
    folder: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    done = tuneit(folder, "treat", "study.yaml", *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_nothing_that_can_be_applied_is_said_plainly(folder: Path) -> None:
    done = tuneit(folder, "treat", "study.yaml", "--actions", "check_labels", "--quiet")
    assert done.returncode == 0, done.stderr
    assert "only people know" in done.stdout
    assert "No treatment was compared." in done.stdout


def test_ctrl_c_keeps_finished_trainings_and_the_same_command_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("treat", "study.yaml", "--actions", "gradient_clipping", "--seeds", "2", "--quiet")

    def trained() -> list[int]:
        lines = (folder / "reports/study/treatments.jsonl").read_text().splitlines()
        return [
            run["pair"] for run in map(json.loads, lines) if run["action"] == "gradient_clipping"
        ]

    with monkeypatch.context() as patch:
        keep = Runs.add

        def keep_and_press(self: Runs, run: Run) -> None:
            keep(self, run)
            if run.action == "gradient_clipping":
                os.kill(os.getpid(), signal.SIGINT)

        patch.setattr(Runs, "add", keep_and_press)
        cut = tuneit(folder, *given)
    assert cut.returncode == 130
    assert "the finished pairs are kept, and the same command goes on" in cut.stderr
    assert trained() == [0]
    done = tuneit(folder, *given)
    assert done.returncode == 0, done.stderr
    assert trained() == [0, 1]


def test_the_live_panel_shows_what_was_trained() -> None:
    view = LiveTreatmentView()
    view.round(0, 2, 1, None)
    view.trained(Run("a", 0, 0.25, 1.0, action="dropout"))
    view.trained(Run("b", 0, None, 1.0, "it broke"))
    view.end()
    shown = io.StringIO()
    Console(file=shown, width=80).print(view._draw())
    assert "2/4 trainings" in shown.getvalue()
    assert "dropout  1 trained  mean score 0.2500" in shown.getvalue()


def a_row(**changes: Any) -> TreatmentRow:
    arm = Arm("dropout", {"units": 4}, edits=("dropout",))
    values: dict[str, Any] = {
        "action": "dropout",
        "change": "Dropout(0.3) before dense",
        "status": "verified",
        "gains": (0.01, 0.02, 0.03, 0.02, 0.02, 0.01),
        "interval": (0.0123, 0.0234),
        "p_value": 0.047,
        "seconds": 75.0,
        "parameters": arm.params,
        "verdict_before": "overfitting",
        "verdict_after": "healthy",
        "arm": arm,
    }
    return TreatmentRow(**values | changes)


def an_outcome(*rows: TreatmentRow) -> Treatments:
    confirmed = Confirmation("dropout", "accuracy", 30, (0.9, 0.8), (0.91, 0.83), 0.02)
    return Treatments(
        "val_accuracy",
        0.9,
        (0, 1, 2, 3, 4, 5),
        {"units": 5},
        rows,
        confirmation=confirmed,
        notes=("a note of many words",) * 2,
    )


def test_the_table_fits_a_terminal() -> None:
    reason = "the model's class Mine computes in its own `call`: " + "word " * 30
    found = an_outcome(
        a_row(),
        a_row(action="learning_rate_sweep+batch_normalisation", gains=(-123.4,), status="harmful"),
        TreatmentRow("l2", "", "not_applicable", reason),
    )
    lines = treatment_table(found).splitlines()
    assert max(map(len, lines)) < 80
    assert "dropout" in lines[3]
    assert lines[3].split() == [
        *("dropout", "+0.0183", "+0.0123", "to", "+0.0234", "0.047", "6", "75", "s"),
        "verified",
    ]
    assert any("overfitting → healthy" in line for line in lines)


def test_a_treated_study_holds_what_changed(folder: Path, tmp_path: Path) -> None:
    study = load_study(folder / "study.yaml")
    result = load_result(study, folder, folder / "reports/study")
    schedule = {"schedule": {"factor": 0.3, "patience": 2}}
    arm = Arm("l2", {"units": 12, "epochs": 9, "batch_size": 8}, edits=("l2",), plan=schedule)
    found = an_outcome(a_row(arm=arm, parameters=arm.params))
    pattern = folder / "pattern.yaml"
    path = apply_treatment(result, found, pattern)
    treated = load_study(path)
    assert path.name == "pattern.treated.yaml"
    assert treated.name == "study-treated"
    assert (treated.budget.epochs, treated.batch_size) == (9, 8)
    assert treated.parameters["units"].max == 12
    assert treated.enqueue[0]["units"] == 12
    assert treated.model == "pattern_treated.py:build_model"
    assert treated.callbacks == ("pattern_treated.py:lower_rate",)
    code = (folder / "pattern_treated.py").read_text()
    assert 'config["kernel_regularizer"] = keras.regularizers.L2(0.0001)' in code
    assert "return treated(untreated(*args, **kwargs))" in code
    assert "tuneit" not in code
    assert "ReduceLROnPlateau" in code
    assert path.read_text().startswith("# Treated: dropout (Dropout(0.3) before dense).\n")
    assert to_json(found.to_dict())


def test_the_study_of_a_smaller_model_prunes_and_teaches_it(folder: Path) -> None:
    study = load_study(folder / "study.yaml")
    result = load_result(study, folder, folder / "reports/study")
    plan = {
        "pruning": {"share": 0.5, "epochs": 1},
        "distillation": {"temperature": 2.0, "weight": 0.5},
    }
    arm = Arm("distillation", {"units": 6}, edits=("distillation",), plan=plan)
    row = a_row(action="distillation", arm=arm, parameters=arm.params, weights=(51, 20))
    path = apply_treatment(result, an_outcome(row), folder / "small.yaml")
    assert "# Size: 51 → 20 weights.\n" in path.read_text()
    code = (folder / "small_treated.py").read_text()
    assert "return MagnitudePruning(share=0.5, epochs=1)" in code
    assert 'Path(__file__).with_name("small.teacher.keras"), temperature=2.0' in code
    done = tuneit(folder, "search", str(path), "--quiet", "--output", "small")
    assert done.returncode == 0, done.stderr
    [trial] = load_result(load_study(path), folder, folder / "small").trials
    # Three units: half of 4 × 3 + 3 × 3 weights of kernels, and up to six biases.
    assert trial.facts.parameters is not None
    assert trial.facts.parameters <= 6 + 5 + 6
