"""The ledger in a real PostgreSQL, started for these tests on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_curve, a_space, a_trial

from tuneit.errors import InputError
from tuneit.ledger import Ledger
from tuneit.trials import Objective, Proposal

OBJECTIVE = Objective("val_accuracy", "maximize")


def _server_folder() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


SERVER = _server_folder()
pytestmark = pytest.mark.skipif(SERVER is None, reason="no PostgreSQL server on this machine")


def _run(*command: str | Path) -> None:
    # PostgreSQL refuses to run as root: its package brings a user for it.
    as_server = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run([*as_server, *map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    assert SERVER is not None
    pytest.importorskip("psycopg", reason="the [postgres] extra is not installed")
    # Not tmp_path: the server's own user must reach it, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="tuneit-pg-"))
    folder.chmod(0o777)
    data = folder / "data"
    _run(SERVER / "initdb", "-D", data, "-U", "tuneit", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    _run(SERVER / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        yield f"postgresql+psycopg://tuneit:secret@/postgres?host={folder}"
    finally:
        _run(SERVER / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_trials_come_back_as_they_were_recorded(database: str, tmp_path: Path) -> None:
    space = a_space()
    params = space.defaults()
    with Ledger.open(database, tmp_path, "kept", OBJECTIVE) as ledger:
        ledger.set_header({"data": "abc"})
        ledger.start(Proposal(0, params, seed=5), space)
        ledger.record(a_trial(0, params, seed=5, curve=a_curve(), verdict="healthy"), space)
        ledger.start(Proposal(1, params, seed=6), space)
        before = ledger.trials()
    with Ledger.open(database, tmp_path, "kept", OBJECTIVE) as ledger:
        assert ledger.header == {"data": "abc"}
        first, second = ledger.trials()
        assert first.params == before[0].params
        assert first.score == before[0].score
        assert first.curve is not None
        assert first.curve.to_dict() == a_curve().to_dict()
        assert not second.finished
        assert [p.number for p in ledger.interrupted()] == [1]


def test_studies_share_a_database_and_are_erased_alone(database: str, tmp_path: Path) -> None:
    space = a_space()
    for name in ("one", "two"):
        with Ledger.open(database, tmp_path / name, name, OBJECTIVE) as ledger:
            ledger.start(Proposal(0, space.defaults(), seed=1), space)
    Ledger.erase(database, tmp_path / "one", "one")
    with Ledger.open(database, tmp_path / "one", "one", OBJECTIVE) as ledger:
        assert ledger.trials() == ()
    with Ledger.open(database, tmp_path / "two", "two", OBJECTIVE) as ledger:
        assert len(ledger.trials()) == 1


def test_an_unreachable_server_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the [postgres] extra is not installed")
    url = f"postgresql+psycopg://tuneit:secret@/postgres?host={tmp_path}"
    with pytest.raises(InputError) as caught:
        Ledger.open(url, tmp_path / "study", "study", OBJECTIVE)
    assert "cannot be opened" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
