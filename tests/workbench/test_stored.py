"""A study in a database, read by its name from a folder that has none of its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import tuneit

from tuneit.errors import InputError
from tuneit.workbench.stored import refuse_password, stored_study

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]


def test_trials_and_report_need_the_database_alone(
    searched_iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNEIT_DB", f"sqlite:///{tmp_path / 's3cret.db'}")
    few = ["--set", "budget.trials=1", "--set", "budget.epochs=1", "--quiet"]
    where = ["--set", "storage=env:TUNEIT_DB", "-o", str(tmp_path / "out")]
    done = tuneit(searched_iris, "search", "study.yaml", *where, *few)
    assert done.returncode == 0, done.stderr
    assert "s3cret" not in (tmp_path / "out/index.html").read_text() + done.stdout + done.stderr

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stored = ["iris", "--storage", "env:TUNEIT_DB"]
    done = tuneit(elsewhere, "trials", *stored, "--json")
    assert [trial["number"] for trial in json.loads(done.stdout)["trials"]] == [0]
    done = tuneit(elsewhere, "report", *stored, "--require", "trials == 1")
    assert done.returncode == 0, done.stderr
    page = (elsewhere / "reports/iris/index.html").read_text()
    assert "s3cret" not in page
    assert "def build_model(hp):" in page  # the builder's code comes from the database too

    done = tuneit(elsewhere, "trials", "irys", "--storage", "env:TUNEIT_DB")
    assert done.returncode == 2
    assert "the database has no study 'irys' - did you mean 'iris'?" in done.stderr


def test_what_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNEIT_DB", raising=False)
    with pytest.raises(InputError, match="environment variable TUNEIT_DB, which is not set"):
        stored_study("env:TUNEIT_DB", "iris")
    with pytest.raises(InputError, match="seen by everyone") as caught:
        refuse_password("postgresql://me:secret@host/db")
    assert "secret" not in str(caught.value)
    assert refuse_password("postgresql://me@host/db") == "postgresql://me@host/db"
