"""Texts of others, in terminals, spreadsheets and messages."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from builders import a_space, a_trial
from hypothesis import given
from hypothesis import strategies as st

from tuneit.curves import LearningCurve
from tuneit.errors.harmless import (
    escaped,
    for_line,
    for_spreadsheet,
    for_terminal,
    from_spreadsheet,
    without_passwords,
    without_secrets_of,
)
from tuneit.ledger.study_folder import StudyFolder, trials_csv
from tuneit.logs import read_runs
from tuneit.result.writing import as_dataframe
from tuneit.trials import TrialState


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("gone\rhere\b", r"gone\u000dhere\u0008"),
        ("\x9b31m", r"\u009b31m"),  # the same as ESC [ on some terminals
        ("a\u202egnp.exe", r"a\u202egnp.exe"),
        ("\u2066isolated\u2069", r"\u2066isolated\u2069"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("half \ud83d of one", r"half \ud83d of one"),
        ("tag\U000e0041", r"tag\udb40\udc41"),
        ("a\u2028b", r"a\u2028b"),
        ("grün\u00a0日本語 🙂 \u200dक्\u200dष", "grün\u00a0日本語 🙂 \u200dक्\u200dष"),
    ],
)
def test_what_would_steer_a_terminal_is_spelt_out(text: str, shown: str) -> None:
    assert for_terminal(text) == for_line(text) == shown
    assert for_terminal(shown) == shown


def test_a_text_on_one_line_cannot_begin_another() -> None:
    assert for_terminal("a table\n\tof lines") == "a table\n\tof lines"
    assert for_line("loss\n12 trials; best 1.0\t") == r"loss\n12 trials; best 1.0\t"


@given(st.text(st.characters(exclude_categories=())))
def test_json_stays_the_same_document(text: str) -> None:
    shown = escaped(json.dumps([text, {text: 1}], ensure_ascii=False))
    assert json.loads(shown) == [text, {text: 1}]
    shown.encode()  # whole characters alone
    assert "\x1b" not in shown
    assert "\x9b" not in shown


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("-SUM(A1)", "'-SUM(A1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("\x00\ufeff@a", "'\x00\ufeff@a"),
        ("\uff1d1+1", "'\uff1d1+1"),  # the wide sign, which some spreadsheets take for =
        ("'=1", "''=1"),
        ("-0.5", "-0.5"),
        ("+1e-05", "+1e-05"),
        ("'quoted'", "'quoted'"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_formulas_are_texts_and_numbers_stay_numbers(text: str, cell: str) -> None:
    assert for_spreadsheet(text) == cell
    assert from_spreadsheet(cell) == text


@given(st.text(st.sampled_from("'=+-@\t1.e\na \uff0b")))
def test_a_cell_is_read_back(text: str) -> None:
    assert from_spreadsheet(for_spreadsheet(text)) == text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://me:pw1@host/db", "postgresql+psycopg://me:***@host/db"),
        ("postgresql://me:p%40w%2F1@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql://me:p@/w?1@host/db", "postgresql://me:***@host/db"),  # not encoded
        ("mysql://:pw1@host/db", "mysql://:***@host/db"),
        ("postgresql://me:p w 1@host/db", "postgresql://me:***@host/db"),
        ("postgresql://host:5432/db for me@here", "postgresql://host:5432/db for me@here"),
        (
            "postgresql:///db?host=/tmp&user=me&password=pw1",
            "postgresql:///db?host=/tmp&user=me&password=***",
        ),
        ("postgresql://me@h/db?sslpassword=pw1", "postgresql://me@h/db?sslpassword=***"),
        ("mssql+pyodbc:///?odbc_connect=UID%3Dme%3BPWD%3Dpw1", "mssql+pyodbc:///?odbc_connect=***"),
        ("https://me:pw1@host/x?page=2", "https://me:***@host/x?page=2"),
        ("postgresql://me@host/db?sslmode=require", "postgresql://me@host/db?sslmode=require"),
        ("sqlite:////home/me:x@y/trials.db", "sqlite:////home/me:x@y/trials.db"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_passwords_of_urls_are_hidden(url: str, shown: str) -> None:
    assert without_passwords(url) == shown
    assert for_terminal(f"storage '{url}': no good") == f"storage '{shown}': no good"


@pytest.mark.parametrize("start", ["", "a://", "a://me:", "a://me:p@", "a://h/?x="])
@pytest.mark.parametrize("piece", ["x", "x ", " ", "'", ":", "a://", "@", "&", "'x"])
def test_a_long_text_is_searched_for_passwords_once(start: str, piece: str) -> None:
    # Seconds at most; in a time that grows as the square it would be hours.
    text = start + piece * 200_000
    assert without_passwords(text)[:2] == text[:2]


def test_two_urls_of_a_line_stay_two() -> None:
    said = without_passwords("from a://me:pw1@h to b://me:pw2@k, and c://me:pw 3@l")
    assert said == "from a://me:***@h to b://me:***@k, and c://me:***@l"


@pytest.mark.parametrize("said", ["p@w/1", "p%40w%2F1", "p%40w/1"])
@pytest.mark.parametrize("url", ["a://me:p%40w%2F1@host/db", "a:///db?password=p%40w%2F1"])
def test_what_a_driver_says_of_its_url_tells_no_password(url: str, said: str) -> None:
    shown = without_secrets_of(url, f'no user with "{said}" at {url}')
    assert shown == f'no user with "***" at {without_passwords(url)}'


def test_what_has_no_secrets_is_left_alone() -> None:
    assert without_secrets_of("", "the disk is full") == "the disk is full"
    assert without_secrets_of("sqlite:///trials.db", "locked") == "locked"


def test_the_table_of_trials_opens_in_a_spreadsheet_and_is_read_back() -> None:
    params = {
        "how": "=1+1",
        "rate": -0.5,
        "@name": "-0.5",
        "quote": "'=1",
        "plain": None,
        "pad": "None",
    }
    trials = (a_trial(0, params, None, TrialState.FAILED, error="@SUM(1), raised by a builder"),)
    [row] = csv.DictReader(io.StringIO(trials_csv(trials, a_space())))
    assert row["params.how"] == "'=1+1"
    assert row["params.rate"] == row["params.@name"] == "-0.5"
    assert row["error"] == "'@SUM(1), raised by a builder"

    frame = as_dataframe(trials, a_space())
    assert list(frame.columns) == list(row)
    assert frame["params.how"][0] == "=1+1"
    assert frame["params.quote"][0] == "'=1"
    assert frame["params.rate"][0] == -0.5
    assert frame["error"][0] == "@SUM(1), raised by a builder"
    assert frame["params.pad"][0] == "None"
    assert frame["note"].isna()[0]


def test_a_curves_columns_open_in_a_spreadsheet_and_are_read_back(tmp_path: Path) -> None:
    curve = LearningCurve.from_history({"loss": [-0.5, 0.25], "=cmd": [1.0, 2.0]})
    folder = StudyFolder(tmp_path)
    folder.keep(a_trial(0, curve=curve), is_best=False)
    [file] = folder.curves.iterdir()
    assert file.read_text() == "epoch,loss,'=cmd\n0,-0.5,1.0\n1,0.25,2.0\n"
    [run] = read_runs(file)
    assert run.unknown == ("=cmd",)
