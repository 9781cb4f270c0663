"""Optuna's dashboard on a ledger."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from builders import a_study, a_trial

from tuneit.cli import dashboard
from tuneit.cli.dashboard import dashboard_storage, serve_dashboard
from tuneit.errors import InputError, MissingExtraError
from tuneit.ledger import Ledger
from tuneit.space import Int, SearchSpace
from tuneit.trials import Objective, Proposal

SPACE = SearchSpace((Int(name="units", low=1, high=50),))


@pytest.fixture
def searched(tmp_path: Path) -> Path:
    with Ledger.open(None, tmp_path, "digits", Objective("val_accuracy", "maximize")) as ledger:
        ledger.start(Proposal(0, {"units": 3}, 0), SPACE)
        ledger.record(a_trial(0, {"units": 3}), SPACE)
    return tmp_path


def test_the_storage_is_the_studys_own(searched: Path) -> None:
    [study] = dashboard_storage(a_study(), searched).get_all_studies()
    assert study.study_name == "digits"


def test_without_the_extra_its_command_is_told(
    searched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tuneit-keras\[dashboard\]'"):
        serve_dashboard(a_study(), searched)


def test_a_study_that_was_not_searched_has_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no ledger at .*: run `tuneit search` first"):
        dashboard_storage(a_study(), tmp_path)


def test_a_port_that_is_taken_is_told_instead_of_the_address(
    searched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna_dashboard")
    with socket.create_server(("localhost", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} cannot be used .*--port"):
            serve_dashboard(a_study(), searched, port)
    assert capsys.readouterr().err == ""
