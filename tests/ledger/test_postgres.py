"""The ledger in a real PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from builders import a_curve, a_space, a_trial, unfinished

from tuneit.errors import InputError
from tuneit.ledger import Ledger
from tuneit.trials import Objective, Proposal

OBJECTIVE = Objective("val_accuracy", "maximize")


def test_trials_come_back_as_they_were_recorded(postgresql: str, tmp_path: Path) -> None:
    space = a_space()
    params = space.defaults()
    with Ledger.open(postgresql, tmp_path, "kept", OBJECTIVE) as ledger:
        ledger.set_header({"data": "abc"})
        ledger.start(Proposal(0, params, seed=5), space)
        ledger.record(a_trial(0, params, seed=5, curve=a_curve(), verdict="healthy"), space)
        ledger.start(Proposal(1, params, seed=6), space)
        before = ledger.trials()
    with Ledger.open(postgresql, tmp_path, "kept", OBJECTIVE) as ledger:
        assert ledger.header == {"data": "abc"}
        first, second = ledger.trials()
        assert first.params == before[0].params
        assert first.score == before[0].score
        assert first.curve is not None
        assert first.curve.to_dict() == a_curve().to_dict()
        assert not second.finished
        assert [p.number for p in unfinished(ledger)] == [1]


def test_studies_share_a_database_and_are_erased_alone(postgresql: str, tmp_path: Path) -> None:
    space = a_space()
    for name in ("one", "two"):
        with Ledger.open(postgresql, tmp_path / name, name, OBJECTIVE) as ledger:
            ledger.start(Proposal(0, space.defaults(), seed=1), space)
    Ledger.erase(postgresql, tmp_path / "one", "one")
    with Ledger.open(postgresql, tmp_path / "one", "one", OBJECTIVE) as ledger:
        assert ledger.trials() == ()
    with Ledger.open(postgresql, tmp_path / "two", "two", OBJECTIVE) as ledger:
        assert len(ledger.trials()) == 1


def test_an_unreachable_server_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the [postgres] extra is not installed")
    url = f"postgresql+psycopg://tuneit:secret@/postgres?host={tmp_path}"
    with pytest.raises(InputError) as caught:
        Ledger.open(url, tmp_path / "study", "study", OBJECTIVE)
    assert "cannot be opened" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_restarts_loses_nothing(postgresql_server: Any, tmp_path: Path) -> None:
    space = a_space()
    params = space.defaults()
    said: list[str] = []
    url = postgresql_server.url
    with Ledger.open(url, tmp_path, "restarted", OBJECTIVE, note=said.append) as ledger:
        ledger.start(Proposal(0, params, seed=5), space)
        postgresql_server.stop()
        later = threading.Timer(1.0, postgresql_server.start)
        later.start()
        ledger.record(a_trial(0, params, seed=5, curve=a_curve(), verdict="healthy"), space)
        later.join()
        postgresql_server.stop()
        later = threading.Timer(0.5, postgresql_server.start)
        later.start()
        ledger.start(Proposal(1, params, seed=6), space)
        later.join()
        silent, answers = said[:2]
        assert silent.startswith("the database does not answer (")
        assert silent.endswith(
            "): the search waits for it, 64 s at most, and goes on; nothing is lost"
        )
        assert "secret" not in silent
        assert answers == "the database answers again: the search goes on"
        # The lock was taken again: no other search begins meanwhile.
        with pytest.raises(InputError, match="is being searched"):
            Ledger.open(url, tmp_path / "other", "restarted", OBJECTIVE)
    with Ledger.read(url, tmp_path, "restarted", OBJECTIVE) as ledger:
        first, second = ledger.trials()
        assert (first.score, second.finished) == (a_trial(0, params).score, False)
