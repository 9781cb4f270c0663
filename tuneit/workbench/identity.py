"""What makes the trials of a folder one study's: search space, objective, data, code.

A search records it in the ledger's header. Trials of another study are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuneit.errors import ResumeError
from tuneit.errors.wording import listing, nouns
from tuneit.ledger import Ledger
from tuneit.study import Study
from tuneit.workbench.differences import (
    CODE,
    DATA_CODE,
    ORIGIN,
    STREAMED,
    Header,
    code_difference,
    first_few,
    study_differences,
)
from tuneit.workbench.prepared import PreparedStudy
from tuneit.workbench.record import KEY, StudyRecord

_MODEL = "model"
_TRAININGS = "trainings"
_CHANGES = "changes"


@dataclass(frozen=True)
class Change:
    """What changed in a study after its first `trials` trials, which the user kept.

    `again` are the numbers of trials begun before the change and run again after it.
    """

    trials: int
    changed: tuple[str, ...]
    again: tuple[int, ...] = ()

    def __str__(self) -> str:
        rerun = (
            f" ({nouns(len(self.again), 'trial')} {listing([str(n) for n in self.again])} "
            "began before and ran again after)"
            if self.again
            else ""
        )
        return f"after trial {self.trials - 1}{rerun} {'; '.join(self.changed)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the form that a ledger and `summary.json` hold."""
        return {
            "after_trial": self.trials - 1,
            "changed": list(self.changed),
            "run_again": list(self.again),
        }

    @classmethod
    def from_dict(cls, given: Header) -> Change:
        """Read back what `to_dict` wrote."""
        return cls(given["after_trial"] + 1, tuple(given["changed"]), tuple(given["run_again"]))


def record_study(ledger: Ledger, prepared: PreparedStudy, *, keep: bool = False) -> list[str]:
    """Record in the ledger what the study is, or refuse to add trials of another study.

    A ledger without trials takes any study. With `keep` a change is recorded and trials go on,
    except with another objective, since scores of two objectives do not compare. Returns notes for
    the user.

    Raises ResumeError naming what changed: the search space, the objective, the data, or the code
    of builder and callbacks and the model that it builds.
    """
    before, now, trials = ledger.header, _header(prepared), ledger.trials()
    now |= {_MODEL: prepared.fingerprint.model, KEY: StudyRecord.of(prepared).to_dict()}
    if not before or not trials:
        ledger.set_header(now)
        return []
    changed = _changed(before, now, prepared)
    if changed and (not keep or before.get("objective") != now["objective"]):
        raise ResumeError(_refusal(changed, prepared, keep=keep))
    if changed:
        again = tuple(trial.number for trial in trials if not trial.finished)
        passed = [*before.get(_CHANGES, ()), Change(len(trials), tuple(changed), again).to_dict()]
        ledger.set_header({**before, **now, _CHANGES: passed})
        return [f"going on although {'; '.join(changed)}; the report says so"]
    if CODE not in before:
        ledger.set_header({**before, **now})
        return [
            "the trials so far were made by a version that did not keep what the builder's code "
            "was: it is taken to be the present one"
        ]
    if before.get(KEY) != now[KEY]:
        ledger.set_header({**before, KEY: now[KEY]})
    return []


def changes_to_report(ledger: Ledger, prepared: PreparedStudy) -> list[Change]:
    """The changes that a study went through, and what changed in its code since its last trial.

    Raises ResumeError where the search space, the objective or the data are not those of the
    trials.
    """
    before, now, trials = ledger.header, _header(prepared), ledger.trials()
    if not before or not trials:
        return []
    changed = study_differences(before, now)
    if changed:
        raise ResumeError(_refusal(changed, prepared, keep=False))
    edited = code_difference(before, now)
    since = [Change(len(trials), (edited,))] if edited else []
    return [*changes(ledger), *since]


def changes(ledger: Ledger) -> list[Change]:
    """The changes that the user kept the trials of this study through, in order."""
    return [Change.from_dict(given) for given in ledger.header.get(_CHANGES, ())]


def _header(prepared: PreparedStudy) -> dict[str, Any]:
    told = [{"metric": o.metric, "goal": o.goal} for o in prepared.study.objectives]
    return {
        "objective": told if prepared.others else told[0],
        "space": prepared.space.to_list(),
        "data": prepared.data.fingerprint,
        ORIGIN: _data_settings(prepared),
        CODE: dict(prepared.fingerprint.code),
        DATA_CODE: dict(prepared.fingerprint.data_code),
    }


def _changed(before: Header, now: Header, prepared: PreparedStudy) -> list[str]:
    """Say in sentences all that differs from what the trials were made with."""
    told = study_differences(before, now)
    edited = code_difference(before, now)
    if edited:
        told.append(edited)
    # With another space, other default values build another model.
    if before.get("space") == now["space"]:
        built = prepared.fingerprint.model_change(before.get(_MODEL))
        if built:
            told.append(
                f"the model built with default hyperparameters changed in {first_few(built)}"
            )
        elif edited and before.get(_MODEL) is not None:
            told[-1] += " (the model built with default hyperparameters is as before)"
    return told


def _refusal(changed: list[str], prepared: PreparedStudy, *, keep: bool) -> str:
    how = (
        "Start anew with --fresh, go on all the same with --keep, or choose another folder with "
        "--output (in Python with fresh=True, keep=True or output=…)"
    )
    if keep:
        how = (
            "--keep does not go on with another objective, since scores of two do not compare. "
            "Start anew with --fresh, or choose another folder with --output (in Python with "
            "fresh=True or output=…)"
        )
    return f"{prepared.folder.path} holds trials of another study: {'; '.join(changed)}. {how}"


_DEFAULTS = {name: Study.model_fields[name].default for name in ("batch_size", "steps_per_epoch")}


def trains_as_last(ledger: Ledger, prepared: PreparedStudy) -> bool:
    """Whether trials are trained as they were in the last run, but for the number of executions."""
    seen = ledger.header.get(_TRAININGS, [])
    free = {"budget.executions": None}
    return not seen or {**_DEFAULTS, **seen[-1], **free} == {**_training(prepared), **free}


def record_training(ledger: Ledger, prepared: PreparedStudy) -> str | None:
    """Record how trials are trained from now on; return a note if others were trained otherwise."""
    now = _training(prepared)
    # Earlier versions recorded fewer of these, and trained as is still the default.
    seen = [{**_DEFAULTS, **was} for was in ledger.header.get(_TRAININGS, [])]
    others = [was for was in seen if was != now]
    if seen != [*others, now]:  # the last one is what the next run compares itself with
        ledger.set_header({**ledger.header, _TRAININGS: [*others, now]})
    if not others or not ledger.trials():
        return None
    told = [
        f"{name} {', '.join(str(was[name]) for was in others)} (now {now[name]})"
        for name in now
        if any(was[name] != now[name] for was in others)
    ]
    return (
        f"trials before were trained with {' and '.join(told)}; their scores are ranked together "
        "with those to come, unless you start anew with --fresh"
    )


def _training(prepared: PreparedStudy) -> dict[str, Any]:
    study = prepared.study
    return {
        "budget.epochs": study.budget.epochs,
        "budget.executions": study.budget.executions,
        "batch_size": study.batch_size,
        "steps_per_epoch": study.steps_per_epoch,
    }


def _data_settings(prepared: PreparedStudy) -> dict[str, Any]:
    """Where the data come from; it explains why a fingerprint is another one."""
    settings = prepared.study.data.model_dump(mode="json", fallback=str)
    description = prepared.data.description
    told = {key: description[key] for key in ("rows", STREAMED) if key in description}
    return {"seed": prepared.study.seed, **settings, **told}
