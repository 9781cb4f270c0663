"""Beginning with another study's best."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import a_study, a_trial

from tuneit.errors import InputError, ResumeError
from tuneit.ledger import Ledger
from tuneit.ledger.study_folder import StudyFolder
from tuneit.space import Int, SearchSpace
from tuneit.study import WarmStart
from tuneit.trials import Objective, Proposal
from tuneit.workbench.warm_start import warm_start

ACCURACY = Objective("val_accuracy", "maximize")
SPACE = SearchSpace((Int(name="units", low=1, high=50),))
HEADER = {"objective": {"metric": "val_accuracy", "goal": "maximize"}}


def search_other(folder: Path, scores: list[float], name: str = "units") -> None:
    """Leave another study's trials in a folder, their units counting up in tens."""
    space = SearchSpace((Int(name=name, low=1, high=50),))
    with Ledger.open(None, folder, "other", ACCURACY) as ledger:
        ledger.set_header(HEADER)
        for number, score in enumerate(scores, start=len(ledger.trials())):
            params = {name: 10 * (number + 1)}
            ledger.start(Proposal(number, params, 0), space)
            ledger.record(a_trial(number, params, score), space)


def queue(root: Path, **spec: Any) -> list[Any]:
    study = a_study(warm_start=WarmStart(**spec))
    bench: Any = SimpleNamespace(
        study=study, root=root, space=SPACE, folder=StudyFolder(root / "reports" / "digits")
    )
    with Ledger.open(None, bench.folder.path, "digits", ACCURACY) as ledger:
        header = ledger.header
        found = warm_start(bench, header)
        ledger.set_header(header)
        return found


def test_the_best_come_first_and_stay_the_same(tmp_path: Path) -> None:
    other = tmp_path / "reports" / "other"
    search_other(other, [0.1, 0.9, 0.5])
    assert queue(tmp_path, study="reports/other", trials=2) == [{"units": 20}, {"units": 30}]
    search_other(other, [0.99])
    assert queue(tmp_path, study="reports/other", trials=2) == [{"units": 20}, {"units": 30}]
    assert queue(tmp_path, study="reports/other", trials=1) == [{"units": 40}]


def test_a_study_file_leads_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("def build_model(hp): ...\n")
    (tmp_path / "other.yaml").write_text(
        "model: model.py:build_model\ndata: {source: sklearn, name: digits}\n"
        "objective: val_accuracy\nbudget: {trials: 3}\n"
    )
    with pytest.raises(InputError, match=r"holds no trials: search other\.yaml first, or name"):
        queue(tmp_path, study="other.yaml")
    search_other(tmp_path / "reports" / "other", [0.1, 0.9])
    assert queue(tmp_path, study="other.yaml") == [{"units": 20}, {"units": 10}]


def test_without_trials_the_next_step_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty holds no ledger\.journal; name the folder"):
        queue(tmp_path, study="empty")
    search_other(tmp_path / "other", [])
    with pytest.raises(InputError, match="other has no complete trials: search it first"):
        queue(tmp_path, study="other")


def test_of_a_damaged_journal_the_damage_is_said(tmp_path: Path) -> None:
    search_other(tmp_path / "other", [0.5])
    journal = tmp_path / "other" / "ledger.journal"
    # As earlier versions wrote it, without checksums.
    plainly = re.sub(rb',"crc32":"[0-9a-f]{8}"', b"", journal.read_bytes())
    assert b'"goal":"maximize"' in plainly
    journal.write_bytes(plainly.replace(b'"goal":"maximize"', b'"goal":"maxmize"'))
    with pytest.raises(ResumeError, match="is damaged"):
        queue(tmp_path, study="other")


def test_what_shares_no_hyperparameter_does_not_fit(tmp_path: Path) -> None:
    search_other(tmp_path / "other", [0.5], name="layers")
    with pytest.raises(InputError, match="other has no trial that fits this search space"):
        queue(tmp_path, study="other")


def test_no_warm_start_is_an_empty_queue(tmp_path: Path) -> None:
    bench: Any = SimpleNamespace(study=a_study())
    assert warm_start(bench, {}) == []
