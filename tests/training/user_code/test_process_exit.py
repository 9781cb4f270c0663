from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tuneit.training.user_code.process_exit import (
    MOST_DEATHS,
    ProcessExit,
    note_process_exit,
    read_process_exit,
)

SCRIPT = """
import ctypes, os, sys
from pathlib import Path
from tuneit.training.user_code.process_exit import note_process_exit

with note_process_exit(Path(sys.argv[1]), 4):
    {}
"""


def died(note: Path, how: str) -> int:
    command = [sys.executable, "-c", SCRIPT.format(how), str(note)]
    return subprocess.run(command, capture_output=True, timeout=60).returncode


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        ("os._exit(3)", 3, "os._exit(3)"),
        ("os._exit(0)", 1, "os._exit(0)"),  # the search has not ended well
        ("ctypes.string_at(0)", -signal.SIGSEGV, "Segmentation fault"),
        ("os.abort()", -signal.SIGABRT, "Aborted"),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL, None),
    ],
)
def test_the_trial_in_which_a_process_died_is_named(
    tmp_path: Path, how: str, code: int, told: str | None
) -> None:
    note = tmp_path / "study" / "note"
    assert died(note, how) == code
    ending = read_process_exit(note)
    assert ending == ProcessExit(4, 1, told)
    assert (ending.reason is not None) == (told is not None)
    if told is not None:
        assert told in str(ending.reason)
        assert "`workers: 2`" in str(ending.reason)


def test_a_trial_that_is_killed_again_and_again_is_given_up(tmp_path: Path) -> None:
    note = tmp_path / "note"
    for deaths in range(1, MOST_DEATHS + 1):
        died(note, "os.kill(os.getpid(), 9)")
        ending = read_process_exit(note)
        assert ending is not None
        assert ending.deaths == deaths
    assert "did not survive 3 processes" in str(ending.reason)
    with note_process_exit(note, 5):
        assert read_process_exit(note) == ProcessExit(5, 1, None)


def test_a_trial_that_ends_in_order_leaves_nothing(tmp_path: Path) -> None:
    note, leave = tmp_path / "note", os._exit
    with pytest.raises(KeyboardInterrupt), note_process_exit(note, 1):
        raise KeyboardInterrupt
    assert read_process_exit(note) is None
    assert not note.exists()
    assert os._exit is leave


def test_a_forked_child_may_exit(tmp_path: Path) -> None:
    assert died(tmp_path / "note", "os.fork() or os._exit(0); os.wait()") == 0
    assert read_process_exit(tmp_path / "note") is None


@pytest.mark.parametrize("after", ["pass", "raise ValueError"])
def test_a_forked_child_never_goes_on_with_the_search(tmp_path: Path, after: str) -> None:
    how = f"""
    child = os.fork()
    if child == 0:
        {after}
    elif child > 0:
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 1
        open("went on", "a").write("once")
"""
    script = SCRIPT.format(how.strip()) + "open('ended', 'a').write('once')"
    note = str(tmp_path / "note")
    done = subprocess.run([sys.executable, "-c", script, note], cwd=tmp_path, timeout=60)
    assert done.returncode == 0
    assert (tmp_path / "went on").read_text() == (tmp_path / "ended").read_text() == "once"


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"trial": null}', "\ufffd\0"])
def test_a_damaged_note_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "note").write_text(text)
    assert read_process_exit(tmp_path / "note") is None
