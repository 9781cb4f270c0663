"""Whether a study is the one that a ledger's trials are of: search space, objective, data, code.

A search records these in the ledger's header. Trials of another study are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuneit.errors import ResumeError
from tuneit.errors.wording import listing, nouns
from tuneit.ledger import Ledger
from tuneit.study import Study
from tuneit.trials import Trial
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
    """What changed in a study after its first `trials` trials, which were kept.

    `again` are the numbers of trials that began before the change and run again after it.
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


def record_study(
    header: dict[str, Any], trials: Sequence[Trial], prepared: PreparedStudy, *, keep: bool = False
) -> list[str]:
    """Record in a ledger's header what the study is, or refuse to add trials of another study.

    A ledger without trials takes any study. With `keep` a change is recorded and trials go on,
    except with another objective, since scores of two objectives do not compare. Returns notes for
    the user.

    Raises ResumeError naming what changed: the search space, the objective, the data, or the code
    of builder and callbacks and the model that it builds.
    """
    before, now = dict(header), _header(prepared)
    now |= {_MODEL: prepared.fingerprint.model, KEY: StudyRecord.of(prepared).to_dict()}
    if not before or not trials:
        header.clear()
        header.update(now)
        return []
    changed = _changed(before, now, prepared)
    if changed and (not keep or before.get("objective") != now["objective"]):
        raise ResumeError(_refusal(changed, prepared, keep=keep))
    if changed:
        again = tuple(trial.number for trial in trials if not trial.finished)
        change = Change(len(trials), tuple(changed), again)
        header.update(now, **{_CHANGES: [*before.get(_CHANGES, ()), change.to_dict()]})
        return [f"the search goes on although {'; '.join(changed)}; the report says so"]
    if CODE not in before:
        header.update(now)
        return [
            "the trials so far were made by a version that did not record the builder's code: it "
            "is assumed to be unchanged"
        ]
    header[KEY] = now[KEY]
    return []


def changes_to_report(ledger: Ledger, prepared: PreparedStudy) -> list[Change]:
    """The recorded changes of a study, and the change of its code since its last trial.

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
    return [*changes(before), *since]


def changes(header: Header) -> list[Change]:
    """The recorded changes of a study, in order."""
    return [Change.from_dict(given) for given in header.get(_CHANGES, ())]


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
    """Return a sentence for each change since the trials were made."""
    told = study_differences(before, now)
    edited = code_difference(before, now)
    if edited:
        told.append(edited)
    # In another space the default values, and so the model, differ anyway.
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
            "--keep does not go on with another objective, since scores of different objectives do "
            "not compare. Start anew with --fresh, or choose another folder with --output (in "
            "Python with fresh=True or output=…)"
        )
    return f"{prepared.folder.path} holds trials of another study: {'; '.join(changed)}. {how}"


_DEFAULTS = {name: Study.model_fields[name].default for name in ("batch_size", "steps_per_epoch")}


def trains_as_last(header: Header, prepared: PreparedStudy) -> bool:
    """Whether trials are trained as they were in the last run, but for the number of executions."""
    seen = header.get(_TRAININGS, [])
    free = {"budget.executions": None}
    return not seen or {**_DEFAULTS, **seen[-1], **free} == {**_training(prepared), **free}


def record_training(
    header: dict[str, Any], trials: Sequence[Trial], prepared: PreparedStudy
) -> str | None:
    """Record how trials are trained from now on; return a note if others were trained otherwise."""
    now = _training(prepared)
    # Earlier versions recorded fewer settings; they trained with what is the default now.
    seen = [{**_DEFAULTS, **was} for was in header.get(_TRAININGS, [])]
    others = [was for was in seen if was != now]
    if seen != [*others, now]:  # the last one is what the next run compares itself with
        header[_TRAININGS] = [*others, now]
    if not others or not trials:
        return None
    told = [
        f"{name} {', '.join(str(was[name]) for was in others)} (now {now[name]})"
        for name in now
        if any(was[name] != now[name] for was in others)
    ]
    return (
        f"earlier trials were trained with {' and '.join(told)}; their scores are ranked together "
        "with new ones, unless you start anew with --fresh"
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
    """The settings of the data; they explain why a fingerprint has changed."""
    settings = prepared.study.data.model_dump(mode="json", fallback=str)
    description = prepared.data.description
    told = {key: description[key] for key in ("rows", STREAMED) if key in description}
    return {"seed": prepared.study.seed, **settings, **told}
