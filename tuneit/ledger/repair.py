"""Repair a damaged journal, and keep the trials that can still be read."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tuneit.errors import InputError, ResumeError
from tuneit.errors.wording import counted, listing
from tuneit.errors.writing import writing
from tuneit.ledger import JOURNAL, LOCK, Ledger
from tuneit.ledger.folder_lock import FolderLock
from tuneit.ledger.salvage import LOST, Salvage, salvage
from tuneit.space import SearchSpace


@dataclass(frozen=True)
class Repaired:
    """The outcome of a repair: trials `again` are run again, trials `lost` count as failed."""

    journal: Path
    kept: Path
    saved: int
    again: tuple[int, ...]
    lost: tuple[int, ...]

    def __str__(self) -> str:
        parts = [f"{counted(self.saved, 'trial')} saved"]
        if self.again:
            parts.append(f"to be run again: {listing([*map(str, self.again)])}")
        if self.lost:
            parts.append(f"lost, and listed as failed: {listing([*map(str, self.lost)])}")
        return (
            f"{self.journal} is repaired ({'; '.join(parts)}); the damaged one is kept as "
            f"{self.kept}. `tuneit search` goes on from here"
        )


def repair(folder: Path) -> Repaired:
    """Write a new journal from the undamaged records, and keep the damaged file beside it.

    The next search runs trials with a damaged record again, under the same numbers. Raises
    InputError where there is no journal, where it is undamaged, or where a search is running;
    ResumeError where nothing in it can be read.
    """
    journal = folder / JOURNAL
    if not journal.is_file():
        raise InputError(f"{folder} holds no {JOURNAL}: give the folder that a search wrote")
    lock = FolderLock(folder / LOCK)
    lock.acquire()
    try:
        found = salvage(journal)
        if not found.places:
            raise InputError(f"{journal} is not damaged: there is nothing to repair")
        if not found.can_be_repaired:
            raise ResumeError(
                f"nothing in {journal} can be saved: restore it from a copy, or start anew with "
                "--fresh (in Python with fresh=True)"
            )
        with writing(folder):
            kept = _free(journal)
            with tempfile.TemporaryDirectory(prefix=".repair-", dir=folder) as scratch:
                _write(found, Path(scratch), found.name or _name(folder))
                shutil.copy2(journal, kept)
                (Path(scratch) / JOURNAL).replace(journal)
    finally:
        lock.release()
    begun = tuple(t.number for t in found.trials if not t.finished)
    lost = tuple(t.number for t in found.trials if t.error == LOST)
    return Repaired(journal, kept, found.whole, begun, lost)


def _write(found: Salvage, folder: Path, name: str) -> None:
    late = [parameter for trial in found.trials for parameter in trial.facts.late]
    space = SearchSpace.from_list(found.header.get("space", ())).with_parameters(late)
    objective, *others = found.objectives
    with Ledger.open(None, folder, name, objective, others) as ledger:
        if found.header:
            ledger.set_header(found.header)
        for trial in found.trials:
            ledger.start(trial.proposal, space)
            if trial.finished:
                ledger.record(trial, space)


def _free(journal: Path) -> Path:
    """A free file name for the damaged journal."""
    numbers = range(1, 1000)
    names = (journal.with_name(f"{journal.name}.damaged-{number}") for number in numbers)
    return next(path for path in names if not path.exists())


def _name(folder: Path) -> str:
    """The study's name, for a journal whose record of it is damaged."""
    try:
        return str(
            json.loads((folder / "summary.json").read_text(encoding="utf-8"))["study"]["name"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return folder.name
