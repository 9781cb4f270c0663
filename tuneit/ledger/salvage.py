"""Read the undamaged part of a damaged journal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from tuneit.errors import ResumeError, SpaceError
from tuneit.errors.wording import counted
from tuneit.ledger.journal_record import (
    CREATE_STUDY,
    CREATE_TRIAL,
    FIRST,
    STUDY_SYSTEM_ATTR,
    STUDY_USER_ATTR,
    TRIAL_STATE,
    TRIAL_USER_ATTR,
    read_record,
)
from tuneit.ledger.trial_record import load_curve, load_trial
from tuneit.space import SearchSpace
from tuneit.trials import Objective, Trial, TrialState
from tuneit.trials.objective import Goal

_TRIAL_ID = re.compile(rb'"trial_id":(\d+)')
_BEGINS_TRIAL = re.compile(rb'"op_code":4,|"datetime_start":|"distributions":|"user_attrs":')
_GOES_ON = re.compile(
    rb'"op_code":[5-9],|"trial_id":|"user_attr":|"param_name":|"intermediate_value":|"values":'
)

_MOST_PLACES = 3

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What Optuna and tuneit raise for a record that is damaged but still JSON."""

LOST = "its first record in the journal is damaged, so its hyperparameters are unknown"
"""The error of a trial whose hyperparameters cannot be read."""


@dataclass
class Salvage:
    """The readable part of a damaged journal, and which of its lines are damaged.

    A trial with a damaged record counts as unfinished, so that it is run again. A trial whose
    first record is damaged counts as failed, because trial numbers must have no gaps.
    """

    name: str | None = None
    header: Mapping[str, Any] = field(default_factory=dict)
    damaged: dict[int, int | None] = field(default_factory=dict)
    """Damaged line numbers, from 1, each with the number of the trial that it is about, if known.

    Line 0 means that lines at the beginning of the file are missing.
    """

    _goals: list[str] = field(default_factory=list)
    _metrics: list[str] = field(default_factory=list)
    _attrs: list[dict[str, Any]] = field(default_factory=list)
    _ended: set[int] = field(default_factory=set)
    _unclear: bool = False
    _shifted: bool = False
    """Whether trials follow a damaged line that may have begun one: their numbers are unsure."""

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The study's objectives, the primary one first; empty where no readable line has them."""
        if self.header.get("objective"):
            return stored_objectives(self.header)
        pairs = zip(self._metrics, self._goals, strict=False)
        return tuple(Objective(metric, goal) for metric, goal in pairs)  # type: ignore[arg-type]

    @property
    def can_be_repaired(self) -> bool:
        """Whether some trials can be read, their numbers are sure, and the objectives are known."""
        known = any(trial.error != LOST for trial in self.trials)
        return known and bool(self.objectives) and not self._shifted

    @property
    def places(self) -> str:
        """Where the journal is damaged, in words."""
        words = [
            (f"line {line}" + ("" if trial is None else f", a record of trial {trial}"))
            if line
            else "its beginning is lost"
            for line, trial in self.damaged.items()
        ]
        words += [
            f"the outcome of trial {trial} is missing" for trial in sorted(self._without_outcome)
        ]
        more = len(words) - _MOST_PLACES
        return "; ".join(words[:_MOST_PLACES]) + (f"; and {more} more" if more > 0 else "")

    @property
    def _without_outcome(self) -> set[int]:
        """Trials marked as ended that lack an outcome, although none of their lines is damaged."""
        begun = {n for n, attrs in enumerate(self._attrs) if not _tells_end(n, attrs)}
        return (self._ended & begun) - set(self.damaged.values())

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials in order of number."""
        return tuple(map(self._trial, range(len(self._attrs))))

    @property
    def whole(self) -> int:
        """How many trials have ended and can be read completely."""
        return sum(trial.finished and trial.error != LOST for trial in self.trials)

    def _trial(self, number: int) -> Trial:
        attrs = self._attrs[number]
        if "trial" not in attrs:
            return Trial(number, {}, TrialState.FAILED, error=LOST)
        trial = load_trial(number, attrs)
        whole = number in self._ended and number not in self.damaged.values()
        if whole and trial.finished:
            return trial
        return trial.as_begun()

    # ------------------------------------------------------------------ reading

    def _read(self, record: Mapping[str, Any]) -> None:
        """Add a record. Raises KeyError, TypeError or ValueError for a damaged one."""
        kind = record["op_code"]
        if kind == CREATE_STUDY:
            self.name = str(record["study_name"])
            self._goals = ["minimize" if d == 1 else "maximize" for d in record["directions"]]
        elif kind == STUDY_USER_ATTR:
            self.header = _readable(record["user_attr"].get("tuneit", self.header))
        elif kind == STUDY_SYSTEM_ATTR:
            self._metrics = record["system_attr"].get("study:metric_names", self._metrics)
        elif kind == CREATE_TRIAL:
            load_trial(0, record["user_attrs"])
            self._shifted = self._shifted or self._unclear
            self._attrs.append(dict(record["user_attrs"]))
        elif kind == TRIAL_USER_ATTR:
            attrs = record["user_attr"]
            if "trial" in attrs:
                load_trial(0, attrs)
            if "curve" in attrs:
                load_curve(attrs["curve"])
            if record["trial_id"] == len(self._attrs) and self._unclear:
                self._attrs.append({})  # the trial that the unclear line began
            self._attrs[record["trial_id"]].update(attrs)
        elif kind == TRIAL_STATE:
            self._ended.add(int(record["trial_id"]))

    def _about(self, line: bytes, before: int | None) -> int | None:
        """The number of the trial that a damaged line is about; None where it is unknown."""
        if _TRIAL_ID.search(line) is None and _BEGINS_TRIAL.search(line):
            self._attrs.append({})
            return len(self._attrs) - 1
        named = [int(n) for n in _TRIAL_ID.findall(line) if int(n) < len(self._attrs)]
        if named:
            return named[0]
        if b'"study_' in line and b'"trial' not in line:
            return None
        self._unclear = self._unclear or not _GOES_ON.search(line)
        return before


def _readable(header: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a header as it is; raise KeyError, TypeError or ValueError where it is damaged."""
    stored_objectives(header)
    try:
        SearchSpace.from_list(header.get("space", ()))
    except SpaceError as error:
        raise ValueError(str(error)) from error
    return header


def stored_objectives(header: Mapping[str, Any]) -> tuple[Objective, ...]:
    """The objectives in a study's header, the primary one first; earlier versions stored one.

    Raises one of UNREADABLE where the header is damaged.
    """
    stored = header.get("objective") or []
    entries = stored if isinstance(stored, list) else [stored]
    found = tuple(Objective(str(entry["metric"]), entry["goal"]) for entry in entries)
    if unknown := {one.goal for one in found} - set(get_args(Goal)):
        raise ValueError(f"unknown goals {unknown}")
    return found


def _tells_end(number: int, attrs: Mapping[str, Any]) -> bool:
    return "trial" in attrs and load_trial(number, attrs).finished


def salvage(path: Path) -> Salvage:
    """Read a journal's lines, and note those that are damaged.

    An incomplete last line is not damaged: its process was killed, or is still writing.
    """
    found, trial = Salvage(), None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n") and (number > 1 or line.startswith(FIRST[: len(line)])):
                break
            try:
                record = read_record(line)
                if number == 1 and record["op_code"] != CREATE_STUDY:
                    found.damaged[0] = None
                found._read(record)
                trial = record.get("trial_id", trial)
            except UNREADABLE:
                found.damaged[number] = found._about(line, trial)
    return found


def damaged_journal(path: Path) -> ResumeError:
    """Return the error for a damaged journal: the damaged lines, and how many trials are not."""
    found = salvage(path)
    said = f"{path} is damaged ({found.places or 'in the order of its records'})"
    if not found.can_be_repaired:
        return ResumeError(
            f"{said}, and nothing in it can be saved: restore it from a copy, or start anew with "
            "--fresh (in Python with fresh=True)"
        )
    return ResumeError(
        f"{said}; {found.whole} of {counted(len(found.trials), 'trial')} can be saved: run `tuneit "
        f"repair {path.parent}`, which keeps the damaged file too; the next search then runs the "
        "other trials again"
    )
