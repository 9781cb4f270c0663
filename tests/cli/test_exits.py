"""How commands end, and what they print of texts that are not tuneit's."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path

import pytest

from tuneit.cli.app import app
from tuneit.cli.exits import INTERRUPTED, exit_code_of
from tuneit.errors import InputError, WorkError
from tuneit.screen.terminal import warn

STEERING = set("\x1b\x07\r\x9b\u202e")


def run(*arguments: str) -> int:
    command = partial(app, list(arguments), prog_name="tuneit", standalone_mode=False)
    return exit_code_of(command, debug=False)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("no class '\x1b[2J'"), 2, r"no class '\u001b[2J'"),
        (WorkError("it failed"), 1, "it failed"),
        (
            RuntimeError("at\rpostgresql://me:pw1@host/db"),
            1,
            r"at\u000dpostgresql://me:***@host/db",
        ),
        (PermissionError(13, "no", "a/b"), 2, "a/b"),
        (KeyboardInterrupt(), INTERRUPTED, ""),
        (SystemExit(3), 3, ""),
    ],
)
def test_an_error_is_a_sentence_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, words: str, debug: bool
) -> None:
    def fail() -> None:
        raise error

    assert exit_code_of(fail, debug) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert not STEERING & set(err)
    assert ("Traceback" in err) is (debug and bool(words))


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["--version"], 0, "tuneit ", ""),
        (["search", "--help"], 0, "Usage: tuneit search", ""),
        ([], 2, "", "Usage: tuneit"),
        (["se\x1b]0;x\x07"], 2, "", "No such command"),
        (["search", "a.yaml", "\u202eb"], 2, "", r"(\u202eb)"),
        (["search", "--trials", "\x1b[2J", "a.yaml"], 2, "", "valid integer"),
        (["search", "no\x1b[2J.yaml"], 2, "", r"no\u001b[2J.yaml"),
        (["diagnose", "no\x1b[2J.csv"], 2, "", r"no\u001b[2J.csv"),
        (["search", "a.yaml", "--set", "x=postgresql://me:pw1@h/db"], 2, "", "a.yaml"),
    ],
)
def test_usage_and_its_errors(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, out: str, err: str
) -> None:
    assert run(*arguments) == code
    printed = capsys.readouterr()
    for text, words in ((printed.out, out), (printed.err, err)):
        assert words in text
        assert bool(words) is bool(text)
        assert not STEERING & set(text)
        assert "pw1" not in text


def test_a_log_cannot_steer_the_terminal_nor_add_lines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    names = {"loss": [1.0, 0.5], "\x1b]0;x\x07\u202e": [1.0, 2.0], "a\nb": [1.0, 2.0]}
    for log in ("one.json", "two.json"):
        (tmp_path / log).write_text(json.dumps(names))
    assert run("diagnose", str(tmp_path / "one.json")) == 0
    one = capsys.readouterr().out
    assert run("diagnose", str(tmp_path)) == 0
    assert run("diagnose", "--json", str(tmp_path / "one.json")) == 0
    said = capsys.readouterr().out
    assert not STEERING & set(one + said)
    assert r"\u001b]0;x\u0007\u202e" in one
    assert r"a\nb" in one
    [report] = json.loads(said[said.index("{") :])["runs"]
    assert set(report["unknown_columns"]) == set(names) - {"loss"}


def test_a_warning_is_printed_like_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = warn
        warnings.warn("column \x1b]0;x\x07 has mixed types", stacklevel=1)
    err = capsys.readouterr().err
    assert r"UserWarning: column \u001b]0;x\u0007 has mixed types" in err


@pytest.mark.parametrize(
    ("setup", "out", "err"),
    [
        ("sys.stdout.close(); sys.stderr.close()", "said größe", "complained"),
        ("sys.stdout = sys.stderr = None", "said größe", "complained"),
        ("os.close(1)", "", "complained"),
        ("os.close(2)", "said größe", ""),
        ("sys.stdout = sys.__stdout__ = None", "", "complained"),  # as `>&-` starts a process
        ("sys.stdout.reconfigure(encoding='ascii')", r"said gr\xf6\xdfe", "complained"),
    ],
)
def test_what_a_builder_does_to_the_streams_costs_no_exit_code(
    setup: str, out: str, err: str
) -> None:
    script = f"""
import os, sys
from tuneit.cli.exits import leave
from tuneit.screen.terminal import complain, say
{setup}
say("said größe")
complain("complained")
leave(4)
"""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script], capture_output=True, timeout=60
    )
    assert done.returncode == 4
    assert done.stdout.decode().strip() == out
    assert done.stderr.decode().strip() == err


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = """
import sys, time
from tuneit.cli.exits import exit_code_of, leave
from tuneit.screen.terminal import say
sys.stdin.readline()  # until the reader has gone
leave(exit_code_of(lambda: say("x" * 100_000), debug=False))
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
