"""Exports that the ledger alone answers: no data, no model, no TensorFlow."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from builders import a_trial

from tuneit.cli.exporters import export_result
from tuneit.cli.searched import Searched
from tuneit.errors import InputError, MissingExtraError, NoTrialError, UnwritableError
from tuneit.ledger import Ledger
from tuneit.result import best_of
from tuneit.space import Float, SearchSpace
from tuneit.study import Study
from tuneit.study_file import load_study
from tuneit.trials import Facts, Objective, Proposal, TrialState

SPACE = SearchSpace((Float(name="rate", low=0.0, high=1.0),))

STUDY = """
model: model.py:build
data: {source: sklearn, name: iris}
objective: val_accuracy
budget: {trials: 3}
"""


def a_searched_study(folder: Path, *scores: float | None) -> Study:
    (folder / "model.py").write_text("def build(hp): ...\nraise RuntimeError('not to be loaded')")
    (folder / "study.yaml").write_text(STUDY)
    study = load_study(folder / "study.yaml")
    objective = study.objectives[0]
    with Ledger.open(study.storage, folder / "out", study.name, objective) as ledger:
        ledger.set_header({"space": SPACE.to_list()})
        for number, score in enumerate(scores):
            params = {"rate": number / 10}
            ledger.start(Proposal(number, params, 1), SPACE)
            state = TrialState.FAILED if score is None else TrialState.COMPLETE
            error = "out of luck" if score is None else None
            ledger.record(a_trial(number, params, score, state, error=error), SPACE)
    return study


def export(folder: Path, study: Study, name: str) -> str:
    searched = Searched(study, folder, folder / "out", folder / "study.yaml")
    return export_result(searched, folder / name).read_text()


def test_the_best_parameters_and_the_table(tmp_path: Path) -> None:
    study = a_searched_study(tmp_path, 0.5, 0.9, None)
    assert json.loads(export(tmp_path, study, "best.json")) == {"rate": 0.1}
    assert "value: 0.1" in export(tmp_path, study, "best.yaml")
    table = export(tmp_path, study, "trials.csv").splitlines()
    assert [row.split(",")[0] for row in table] == ["number", "0", "1", "2"]


def test_a_target_that_cannot_be_written_and_the_model_itself(tmp_path: Path) -> None:
    study = a_searched_study(tmp_path, 0.5)
    model = tmp_path / "out/best.keras"
    model.write_bytes(b"model")
    for name in ("best.json", "best.yaml", "trials.csv", "best.keras"):
        with pytest.raises(UnwritableError, match=r"study\.yaml/.* cannot be written"):
            export(tmp_path, study, f"study.yaml/{name}")
    assert export(tmp_path, study, "out/best.keras") == "model"


def test_without_a_complete_trial_it_says_why(tmp_path: Path) -> None:
    study = a_searched_study(tmp_path, None)
    with pytest.raises(NoTrialError, match="out of luck"):
        export(tmp_path, study, "best.json")


def test_where_none_has_ended_it_says_how_to_go_on() -> None:
    with pytest.raises(NoTrialError, match=r"no trial has ended: .* search again to go on"):
        best_of([], Objective("val_accuracy", "maximize"))


def test_where_all_were_pruned_it_gives_the_first_ones_reason() -> None:
    reasons = ("0.1 is below 0.5", "0.2 is below 0.5")
    trials = [
        a_trial(number, state=TrialState.PRUNED, facts=Facts(pruned=reason))
        for number, reason in enumerate(reasons)
    ]
    said = "2 of 2 trials ended with: pruned: 0.1 is below 0.5: `pruning` or `constraints`"
    with pytest.raises(NoTrialError, match=said):
        best_of(trials, Objective("val_accuracy", "maximize"))


def test_endings_that_differ_in_their_numbers_are_of_one_kind() -> None:
    trials = [
        a_trial(n, state=TrialState.FAILED, error=f"refused: the model has {n}1,300 parameters")
        for n in range(3)
    ]
    trials.append(a_trial(3, state=TrialState.FAILED, error="loss became NaN"))
    with pytest.raises(NoTrialError, match=r"; 3 of 4 trials ended with: refused: .* 01,300"):
        best_of(trials, Objective("val_accuracy", "maximize"))


def test_the_ending_says_what(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.keras"):
        export(tmp_path, a_searched_study(tmp_path, 0.5), "best.txt")


def test_parquet_needs_pyarrow(tmp_path: Path) -> None:
    study = a_searched_study(tmp_path, 0.5, None)
    target = tmp_path / "trials.parquet"
    if find_spec("pyarrow") is None:
        with pytest.raises(MissingExtraError, match=r"tuneit-keras\[parquet\]"):
            export(tmp_path, study, target.name)
        return
    import pandas as pd

    export_result(Searched(study, tmp_path, tmp_path / "out", target), target)
    table = pd.read_parquet(target)
    assert list(table["state"]) == ["complete", "failed"]
    assert table["note"].isna().all()
    assert pd.api.types.is_string_dtype(table["note"])  # a column of texts, though it has none
