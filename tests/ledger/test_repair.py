"""Damaged journals: what is said of them, and what is saved."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from builders import unfinished
from test_store import ACCURACY, SPACE, a_proposal, a_trial, open_ledger, plain, put

from tuneit.errors import InputError, ResumeError
from tuneit.ledger import Ledger
from tuneit.ledger.repair import repair
from tuneit.trials import TrialState

HEADER = {
    "space": SPACE.to_list(),
    "objective": {"metric": "val_accuracy", "goal": "maximize"},
}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    with open_ledger(tmp_path) as ledger:
        ledger.set_header(HEADER)
        for number in range(4):
            put(ledger, a_trial(number))
        ledger.start(a_proposal(4), SPACE)
    # Which tells the study's name where the journal's first line does not any more.
    (tmp_path / "summary.json").write_text('{"study": {"name": "study"}}')
    return tmp_path / "ledger.journal"


def read(journal: Path) -> list[dict]:
    with Ledger.read(None, journal.parent, "study", ACCURACY) as ledger:
        return [plain(trial) for trial in ledger.trials()]


def is_refused(journal: Path, words: str = "damaged") -> None:
    """Searching and looking both say so, and leave the file as it is."""
    before = journal.read_bytes()
    with pytest.raises(ResumeError, match=words):
        open_ledger(journal.parent)
    with pytest.raises(ResumeError, match=words):
        read(journal)
    assert journal.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(
            (b'\\\\"state\\\\":\\\\"complete', b'\\\\"state\\\\";\\\\"complete'),
            (b'"score', b'"scare'),
        ),
        *((b"0.9", b"0.8"), (b'"op_code":8', b'"op_code":7'), (b'"trial_id":1', b'"trial_id":3')),
    ],
)
def test_a_trial_with_a_damaged_record_is_run_again(journal: Path, old: bytes, new: bytes) -> None:
    before = read(journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if b'"trial_id":1,"user_attr":{"trial"' in line)
    old, new = old.replace(b"\\\\", b"\\"), new.replace(b"\\\\", b"\\")
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new)
    journal.write_bytes(b"".join(lines))
    is_refused(journal, rf"line {number + 1}, a record of trial .*tuneit repair {journal.parent}")
    damaged = journal.read_bytes()
    done = repair(journal.parent)
    assert done.kept.read_bytes() == damaged
    after = read(journal)
    again = set(done.again)
    assert again >= {4}
    assert [t for t in after if t["number"] not in again] == [
        t for t in before if t["number"] not in again
    ]
    with open_ledger(journal.parent) as ledger:
        assert {proposal.number for proposal in unfinished(ledger)} == again
        assert a_proposal(4) in unfinished(ledger)
        assert ledger.header == HEADER
        for number in sorted(again):
            ledger.start(a_proposal(number), SPACE)
            ledger.record(a_trial(number), SPACE)
    assert {t["state"] for t in read(journal)} == {TrialState.COMPLETE}
    with pytest.raises(InputError, match="nothing to repair"):
        repair(journal.parent)


def test_a_flipped_byte_is_noticed_wherever_it_is(journal: Path) -> None:
    whole, before = journal.read_bytes(), read(journal)
    rng, unsaved = random.Random(0), 0
    for place in sorted(rng.sample(range(len(whole) - 1), 150)):
        flipped = bytes([whole[place] ^ (1 << rng.randrange(8))])
        journal.write_bytes(whole[:place] + flipped + whole[place + 1 :])
        try:
            now = read(journal)
        except ResumeError:
            try:
                done = repair(journal.parent)
            except ResumeError:  # the beginning of a trial cannot be told from other records
                unsaved += 1
                continue
            kept = {t["number"]: t for t in read(journal)}
            sure = kept.keys() - set(done.again) - set(done.lost)
            assert len(sure) >= 2, place
            assert [kept[n] for n in sorted(sure)] == [before[n] for n in sorted(sure)]
        else:
            assert now == before, place  # as in the name of a checksum
    assert unsaved == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *((b'"goal"', b'"goat"'), (b'"maximize"', b'"maxmize"')),
        *((b'"kind":"float"', b'"kind":"floet"'), (b'"values"', b'"valus"')),
    ],
)
def test_a_header_that_cannot_be_read_is_a_damaged_line(
    journal: Path, old: bytes, new: bytes
) -> None:
    # As earlier versions wrote it, without checksums; of the trials one record is damaged too.
    plainly = re.sub(rb',"crc32":"[0-9a-f]{8}"', b"", journal.read_bytes())
    assert old in plainly
    journal.write_bytes(plainly.replace(old, new, 1).replace(b'"score', b'"score"', 1))
    assert repair(journal.parent).saved == 3
    assert [trial["number"] for trial in read(journal)] == [0, 1, 2, 3, 4]


def test_a_value_beyond_the_choices_that_its_record_names_is_damage(journal: Path) -> None:
    """As Optuna counts them, the value's place is beyond the last one."""
    plainly = re.sub(rb',"crc32":"[0-9a-f]{8}"', b"", journal.read_bytes())
    choices = rb'(\\"choices\\": \[[^],]*), [^]]*\]'
    one = re.sub(choices, rb"\g<1>]", plainly)
    last = re.sub(rb'("params":{[^}]*"[a-z]*":)1([,}])', rb"\g<1>7\g<2>", one)
    assert len({plainly, one, last}) == 3
    journal.write_bytes(last)
    is_refused(journal)


def test_a_journal_without_its_beginning_and_one_that_is_none_are_kept(journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(whole.partition(b"\n")[2])
    is_refused(journal, "its beginning is lost")
    assert repair(journal.parent).saved == 4  # the header tells what it is a study of
    for nothing in (b"\0" * 500, b"no journal", b"no\njournal\n", b"[1]\n[2]", b"{}\n"):
        journal.write_bytes(nothing)
        is_refused(journal, "nothing in it can be saved")
        with pytest.raises(ResumeError, match="nothing in"):
            repair(journal.parent)
        assert journal.read_bytes() == nothing


def test_a_trial_of_which_nothing_is_known_is_listed_as_failed(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    [last] = [n for n, line in enumerate(lines) if b'"op_code":4,' in line][-1:]
    lines[last] = lines[last].replace(b'"user_attrs"', b'"user_attrz"')
    journal.write_bytes(b"".join(lines))
    is_refused(journal, "a record of trial 4")
    assert repair(journal.parent).lost == (4,)
    assert read(journal)[4]["state"] is TrialState.FAILED


def test_what_is_no_study_is_said(tmp_path: Path, journal: Path) -> None:
    with pytest.raises(InputError, match="holds no ledger"):
        repair(tmp_path / "elsewhere")
    with open_ledger(tmp_path), pytest.raises(InputError, match="in use"):
        repair(tmp_path)


def test_windows_line_ends_are_no_damage(journal: Path) -> None:
    before = read(journal)
    journal.write_bytes(journal.read_bytes().replace(b"\n", b"\r\n"))
    assert read(journal) == before
    with open_ledger(journal.parent) as ledger:
        put(ledger, a_trial(4))
    assert [trial["number"] for trial in read(journal)] == [0, 1, 2, 3, 4]
