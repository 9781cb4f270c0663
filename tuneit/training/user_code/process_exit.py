"""Detect that a user's code ended the whole process, by a file that names the running trial."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tuneit.errors import WorkError
from tuneit.errors.wording import counted
from tuneit.screen.terminal import complain

MOST_DEATHS = 3
"""A trial fails if its process was killed this many times. One kill may have come from outside; a
trial that is killed three times most likely needs too much memory (Linux then kills the process
without a message)."""


@dataclass(frozen=True)
class ProcessExit:
    """The trial in which a process ended; `deaths` counts the processes that ended in that trial.

    `how` is what ended it, such as `os._exit(3)` or `Segmentation fault`; None where that left no
    trace, as SIGKILL does.
    """

    number: int
    deaths: int
    how: str | None

    @property
    def reason(self) -> str | None:
        """The error of a trial that should not be trained again; None where it should."""
        if self.how is not None:
            died = f"ended the whole process ({self.how})"
        elif self.deaths >= MOST_DEATHS:
            died = f"did not survive {counted(self.deaths, 'process')}, which something killed"
        else:
            return None
        return (
            f"this trial {died}: with `workers: 2` or a `trial_timeout` each trial has a process "
            "of its own, and such a one costs only itself (in Python workers=2, trial_timeout='1h')"
        )


@contextmanager
def note_process_exit(note: Path, number: int) -> Iterator[None]:
    """Run a trial; where the process ends in it, `read_process_exit` finds out in the next process.

    `note` is the file that names the trial while it trains. `os._exit` and faults such as a
    segmentation fault are added to it. `os._exit` in a forked child is not recorded.
    """
    before = read_process_exit(note)
    deaths = before.deaths if before is not None and before.number == number else 0
    note.parent.mkdir(parents=True, exist_ok=True)
    had_handler = faulthandler.is_enabled()
    with note.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"trial": number, "deaths": deaths + 1}) + "\n")
        file.flush()

        def write(call: str) -> None:
            file.write(f"{call}\n")
            file.flush()
            complain(
                f"trial {number} ends this process with {call}: the same command goes on after it"
            )

        faulthandler.enable(file, all_threads=False)
        try:
            with _exits_reported(write):
                yield
        finally:
            faulthandler.disable()
            if had_handler and sys.__stderr__ is not None:
                faulthandler.enable(sys.__stderr__)
            note.unlink(missing_ok=True)


@contextmanager
def report_exits(whose: str) -> Iterator[None]:
    """Run a user's code outside a trial; print whose code it was where it calls `os._exit`."""
    advice = "`workers: 2` gives each trial a process of its own (in Python workers=2)"
    with _exits_reported(lambda call: complain(f"{whose} ends this process with {call}: {advice}")):
        yield


@contextmanager
def _exits_reported(tell: Callable[[str], None]) -> Iterator[None]:
    leave, process = os._exit, os.getpid()

    def report_and_leave(status: int) -> NoReturn:
        if os.getpid() == process:
            tell(f"os._exit({status})")
            status = status or WorkError.exit_code  # no success: a script would go on
        leave(status)

    os._exit = report_and_leave
    try:
        with end_forked_children():
            yield
    finally:
        os._exit = leave


@contextmanager
def end_forked_children() -> Iterator[None]:
    """Run a user's code; end a child process that it forks when the child leaves this block.

    Otherwise two processes would go on with the same search.
    """
    leave, process = os._exit, os.getpid()
    try:
        yield
    finally:
        if os.getpid() != process:
            leave(1)


def read_process_exit(note: Path) -> ProcessExit | None:
    """Read in which trial a process ended; None where none did."""
    try:
        lines = note.read_text(encoding="utf-8", errors="replace").splitlines()
        said = json.loads(lines[0])
        number, deaths = int(said["trial"]), int(said["deaths"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    how = lines[1].removeprefix("Fatal Python error: ").strip() if len(lines) > 1 else None
    return ProcessExit(number, deaths, how)
