"""`tuneit treat` on one small searched study, from its recommendations to the treated study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import tuneit

from tuneit.api import load_result
from tuneit.cli.treatment_table import treatment_table
from tuneit.ledger.study_folder import to_json
from tuneit.result.treatment.applying import apply_treatment
from tuneit.study_file import load_study
from tuneit.treatments.arm import Arm
from tuneit.treatments.outcome import Confirmation, TreatmentRow, Treatments

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
    model.compile(keras.optimizers.SGD(1e-3), loss, metrics=["accuracy"])
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
    assert 'return treat(untreated(*args, **kwargs), "l2")' in code
    assert "ReduceLROnPlateau" in code
    assert path.read_text().startswith("# Treated: dropout (Dropout(0.3) before dense).\n")
    assert to_json(found.to_dict())
