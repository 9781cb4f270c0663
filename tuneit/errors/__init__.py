"""Every error that a user can meet.

TuneitError                 has an exit code; its text is one sentence for the user
├── InputError              exit code 2: what was given can be mended
│   ├── StudyFileError      a study.yaml, with file:line:column
│   ├── SpaceError          a search space that contradicts itself
│   ├── BuilderError        a model builder that does not import, call or compile
│   ├── DataError           data that cannot be read, split or trained on
│   ├── ObjectiveError      an objective that the model does not report
│   ├── CallbackError       one of the study's functions that makes no Keras callback
│   ├── StrategyError       a strategy or sampler, or an option, that there is not
│   ├── PruningError        a pruner, or an option, that there is not
│   ├── LogError            a training log that cannot be read
│   ├── ResumeError         a study's folder that holds another study
│   ├── UnwritableError     a file or folder that cannot be written
│   └── MissingExtraError   an optional dependency that is not installed
└── WorkError               exit code 1: the work was tried and failed
    ├── NoRoomError         a disk that is full, or fails; the unfinished trial is run again
    ├── FatalTrialError     the user's code ended the search, as keras-tuner lets it
    └── NoTrialError        no trial of a search succeeded
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class TuneitError(Exception):
    """Base of all errors meant for a user; `str(error)` is one clear sentence."""

    exit_code = 1


class InputError(TuneitError):
    """What was given is wrong; nothing was trained and nothing was lost.

    `at` is the path of the study's key that the error is about, such as `("data", "target")`; an
    item of a list stands in it as itself. It is empty where no key, or only the part of the study
    that the error's class names, is known.
    """

    exit_code = 2

    def __init__(self, *message: object, at: tuple[str, ...] = ()) -> None:
        super().__init__(*message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class StudyFileError(InputError):
    """One or more problems in a study file, each a line `file:line:column: message`."""


class SpaceError(InputError):
    """The search space contradicts itself, or a value lies outside it."""


class BuilderError(InputError):
    """The model builder cannot be imported, called or compiled."""


class DataError(InputError):
    """The data cannot be read, split or trained on."""


class ObjectiveError(InputError):
    """The objective's metric is not one that the model reports, or its goal is unknown."""


class CallbackError(InputError):
    """A function that the study names in `callbacks` raises, or returns no Keras callback."""


class StrategyError(InputError):
    """A strategy or sampler does not exist, or does not take its options."""


class PruningError(InputError):
    """A pruner does not exist, or does not take its options."""


class LogError(InputError):
    """A training log cannot be read."""


class ResumeError(InputError):
    """The study's folder holds trials of a study that differs from this one."""


class UnwritableError(InputError):
    """A file or folder that tuneit is to write cannot be written."""


class MissingExtraError(InputError):
    """A feature needs an optional dependency that is not installed."""


class WorkError(TuneitError):
    """The work was tried and failed."""


class NoRoomError(WorkError):
    """The disk is full or fails; the trial that it interrupted is run again under its number."""


class FatalTrialError(WorkError):
    """A builder, a `fit` or a callback raised keras_tuner.errors.FatalError: the search ends."""


class NoTrialError(WorkError):
    """No trial of the search succeeded."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` - did you mean 'strategy'?` for the closest known name, else an empty string."""
    matches = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f" - did you mean '{matches[0]}'?" if matches else ""


def one_of(names: Iterable[str]) -> str:
    """Return the names as a sentence's list: `a, b or c`."""
    *most, last = sorted(names)
    return f"{', '.join(most)} or {last}" if most else last
