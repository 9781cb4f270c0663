"""One writer for each study: two ledgers in folders of their own, on one database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders import a_curve, a_space, a_trial, unfinished

from tuneit.errors import InputError, TuneitError, WorkError
from tuneit.ledger import Ledger
from tuneit.trials import Objective, Proposal, TrialState

OBJECTIVE = Objective("val_accuracy", "maximize")
SPACE = a_space()
PARAMS = SPACE.defaults()
ME = f"process {os.getpid()} on "


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/trials.db"
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A study of the test's own."""
    return str(request.node.name)


def open_ledger(url: str, folder: Path, name: str) -> Ledger:
    return Ledger.open(url, folder, name, OBJECTIVE)


def a_proposal(number: int = 0) -> Proposal:
    return Proposal(number, PARAMS, seed=7)


def lose_the_lock(url: str, folder: Path) -> None:
    """What a broken connection, or somebody who tidies up, does to a lock."""
    if url.startswith("sqlite"):
        [lock] = folder.glob("trials.db.*.lock")
        lock.unlink()
        return
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.connect() as connection:
        ended = connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        )
        assert ended.all() == [(True,)]
    engine.dispose()


def open_soon(url: str, folder: Path, name: str) -> Ledger:
    """Open a ledger whose lock is free in a moment: a server sees a lost connection by and by."""
    for _ in range(200):
        try:
            return open_ledger(url, folder, name)
        except InputError:
            time.sleep(0.05)
    return open_ledger(url, folder, name)


def test_a_second_search_is_told_who_holds_the_study(url: str, tmp_path: Path, name: str) -> None:
    with open_ledger(url, tmp_path / "a", name) as ledger:
        ledger.start(a_proposal(), SPACE)
        with pytest.raises(InputError, match=rf"being searched by {ME}.* \(since 20.* UTC\): wait"):
            open_ledger(url, tmp_path / "b", name)
        with pytest.raises(InputError, match=f"being searched by {ME}"):
            Ledger.erase(url, tmp_path / "b", name)
        with Ledger.read(url, tmp_path / "b", name, OBJECTIVE) as reader:
            assert [trial.state for trial in reader.listed()] == [TrialState.RUNNING]
        with open_ledger(url, tmp_path / "b", f"another than {name}"):
            pass
        ledger.record(a_trial(0, PARAMS, curve=a_curve()), SPACE)
    with Ledger.read(url, tmp_path / "b", name, OBJECTIVE) as reader:
        assert [trial.state for trial in reader.listed()] == [TrialState.COMPLETE]
    with open_ledger(url, tmp_path / "b", name) as ledger:
        assert len(ledger.trials()) == 1


def test_of_several_that_begin_at_once_one_holds_the_study(
    url: str, tmp_path: Path, name: str
) -> None:
    with open_ledger(url, tmp_path / "first", name):  # the tables are there
        pass

    def attempt(number: int) -> Ledger | TuneitError:
        try:
            return open_ledger(url, tmp_path / str(number), name)
        except TuneitError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(attempt, range(4)))
    ledgers = [ledger for ledger in got if isinstance(ledger, Ledger)]
    assert len(ledgers) == 1
    ledgers[0].close()
    assert all("being searched by" in str(it) for it in got if not isinstance(it, Ledger))


def test_a_writer_that_was_replaced_writes_nothing_more(
    url: str, tmp_path: Path, name: str
) -> None:
    with open_ledger(url, tmp_path / "a", name) as old:
        old.start(a_proposal(0), SPACE)
        old.record(a_trial(0, PARAMS, score=0.5, curve=a_curve()), SPACE)
        old.start(a_proposal(1), SPACE)
        lose_the_lock(url, tmp_path)
        with open_soon(url, tmp_path / "b", name) as new:
            assert [proposal.number for proposal in unfinished(new)] == [1]
            replaced = rf"now being searched by {ME}.*: this search stops. The trials .* are kept"
            with pytest.raises(WorkError, match=replaced):
                old.record(a_trial(1, PARAMS, score=0.1, curve=a_curve()), SPACE)
            with pytest.raises(WorkError, match=replaced):
                old.set_header({"of": "the old writer"})
            new.record(a_trial(1, PARAMS, score=0.9, curve=a_curve()), SPACE)
            with pytest.raises(WorkError, match=replaced):
                Ledger.start(old, Proposal(2, PARAMS, seed=1), SPACE)
            new.start(a_proposal(2), SPACE)
    with Ledger.read(url, tmp_path / "c", name, OBJECTIVE) as reader:
        assert reader.header == {}
        assert [trial.score for trial in reader.trials()] == [0.5, 0.9, None]


def test_a_study_that_was_erased_is_not_written_to(url: str, tmp_path: Path, name: str) -> None:
    with open_ledger(url, tmp_path / "a", name) as old:
        lose_the_lock(url, tmp_path)
        open_soon(url, tmp_path / "b", name).close()
        Ledger.erase(url, tmp_path / "b", name)
        with pytest.raises(WorkError, match="was erased from its database while it was searched"):
            old.set_header({"of": "the old writer"})
        with open_ledger(url, tmp_path / "b", name) as new:  # perhaps under the same id
            with pytest.raises(WorkError, match="this search stops"):
                old.set_header({"of": "the old writer"})
            assert new.header == {}


def test_a_killed_writers_study_is_free(url: str, tmp_path: Path, name: str) -> None:
    code = f"""
import sys, time
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[1])!r}]
from pathlib import Path
import test_study_writer as t
ledger = t.open_ledger({url!r}, Path({str(tmp_path)!r}) / "a", {name!r})
ledger.start(t.a_proposal(), t.SPACE)
print("ready", flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        with pytest.raises(InputError, match=f"being searched by process {process.pid} on"):
            open_ledger(url, tmp_path / "b", name)
        process.send_signal(signal.SIGKILL)
    with open_soon(url, tmp_path / "b", name) as ledger:
        assert [proposal.number for proposal in unfinished(ledger)] == [0]
