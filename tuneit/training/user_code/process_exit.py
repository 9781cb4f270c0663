"""Code of the user's that ends the whole process: which trial it was is written down before."""

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
"""Times that a process may die in one trial, without a word, before the trial is given up. A kill
from outside hits any trial; one that is hit three times in a row asks for too much, as a rule
memory (Linux then kills without a word)."""


@dataclass(frozen=True)
class Ending:
    """The trial in which a process died; `deaths` counts those in that trial.

    `how` is what ended it, such as `os._exit(3)` or `Segmentation fault`; None where nothing
    was left to tell.
    """

    number: int
    deaths: int
    how: str | None

    @property
    def reason(self) -> str | None:
        """Why the trial should not be tried again, as its error; None where it should."""
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
def ending_noted(note: Path, number: int) -> Iterator[None]:
    """Run a trial; where the process dies in it, `ending_of` tells so to the next one.

    `note` is the file that names the trial while it is under way.
    `os._exit` and faults such as a segmentation fault are told by name. Calls of forked children
    are their own affair.
    """
    before = ending_of(note)
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
            with _exits_told(write):
                yield
        finally:
            faulthandler.disable()
            if had_handler and sys.__stderr__ is not None:
                faulthandler.enable(sys.__stderr__)
            note.unlink(missing_ok=True)


@contextmanager
def exits_told(whose: str) -> Iterator[None]:
    """Run code of the user's outside a trial; where it calls `os._exit`, say whose code it was."""
    advice = "`workers: 2` gives each trial a process of its own (in Python workers=2)"
    with _exits_told(lambda call: complain(f"{whose} ends this process with {call}: {advice}")):
        yield


@contextmanager
def _exits_told(tell: Callable[[str], None]) -> Iterator[None]:
    leave, process = os._exit, os.getpid()

    def told(status: int) -> NoReturn:
        if os.getpid() == process:
            tell(f"os._exit({status})")
            status = status or WorkError.exit_code  # no success: a script would go on
        leave(status)

    os._exit = told
    try:
        with forks_ended():
            yield
    finally:
        os._exit = leave


@contextmanager
def forks_ended() -> Iterator[None]:
    """Run code of the user's; a child process that it forks ends with this block.

    Else two processes would go on with the same search.
    """
    leave, process = os._exit, os.getpid()
    try:
        yield
    finally:
        if os.getpid() != process:
            leave(1)


def ending_of(note: Path) -> Ending | None:
    """Return in which trial a process died, or None where each left in good order."""
    try:
        lines = note.read_text(encoding="utf-8", errors="replace").splitlines()
        said = json.loads(lines[0])
        number, deaths = int(said["trial"]), int(said["deaths"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    told = lines[1].removeprefix("Fatal Python error: ").strip() if len(lines) > 1 else None
    return Ending(number, deaths, told)
