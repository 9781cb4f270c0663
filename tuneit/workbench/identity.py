"""What makes the trials of a folder one study's: search space, objective, data, code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.errors import ResumeError
from tuneit.errors.wording import listing, nouns
from tuneit.ledger import Ledger
from tuneit.workbench import PreparedStudy
from tuneit.workbench.fingerprint import code_change
from tuneit.workbench.record import KEY, StudyRecord

Header = Mapping[str, Any]
"""What a ledger keeps of its study."""

_ORIGIN = "data_from"
_CODE = "code"
_DATA_CODE = "data_code"
_MODEL = "model"
_TRAININGS = "trainings"
_CHANGES = "changes"

_MOST_TOLD = 6
"""Changes of one kind that a message lists."""


@dataclass(frozen=True)
class Change:
    """What changed in a study after `trials` of its trials, and was let pass.

    `again` are the numbers of trials begun before and run again after it.
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
        """As a ledger and `summary.json` hold it."""
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
    if _CODE not in before:
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
    changed = _of_study(before, now)
    if changed:
        raise ResumeError(_refusal(changed, prepared, keep=False))
    edited = _code_changed(before, now)
    since = [Change(len(trials), (edited,))] if edited else []
    return [*changes(ledger), *since]


def changes(ledger: Ledger) -> list[Change]:
    """What changed between trials of this study, and was let pass."""
    return [Change.from_dict(given) for given in ledger.header.get(_CHANGES, ())]


def _header(prepared: PreparedStudy) -> dict[str, Any]:
    told = [{"metric": o.metric, "goal": o.goal} for o in prepared.study.objectives]
    return {
        "objective": told if prepared.others else told[0],
        "space": prepared.space.to_list(),
        "data": prepared.data.fingerprint,
        _ORIGIN: _origin(prepared),
        _CODE: dict(prepared.fingerprint.code),
        _DATA_CODE: dict(prepared.fingerprint.data_code),
    }


def _changed(before: Header, now: Header, prepared: PreparedStudy) -> list[str]:
    """All that differs from what the trials were made with, in sentences."""
    told = _of_study(before, now)
    edited = _code_changed(before, now)
    if edited:
        told.append(edited)
    # Of another space other defaults are built.
    if before.get("space") == now["space"]:
        built = prepared.fingerprint.model_change(before.get(_MODEL))
        if built:
            told.append(f"the model built with default hyperparameters changed in {_few(built)}")
        elif edited and before.get(_MODEL) is not None:
            told[-1] += " (the model built with default hyperparameters is as before)"
    return told


def _of_study(before: Header, now: Header) -> list[str]:
    return [tell(before, now) for key, tell in _TOLD.items() if before.get(key) != now[key]]


def _code_changed(before: Header, now: Header) -> str:
    edited = code_change(before[_CODE], now[_CODE]) if _CODE in before else []
    return f"the code changed: {_few(edited)}" if edited else ""


def _few(told: list[str]) -> str:
    more = len(told) - _MOST_TOLD
    return ", ".join(told[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


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


def record_training(ledger: Ledger, prepared: PreparedStudy) -> str | None:
    """Record how trials are trained from now on; return a note if others were trained otherwise."""
    seen, now = ledger.header.get(_TRAININGS, []), _training(prepared)
    if now not in seen:
        ledger.set_header({**ledger.header, _TRAININGS: [*seen, now]})
    others = [was for was in seen if was != now]
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
    budget = prepared.study.budget
    return {"budget.epochs": budget.epochs, "budget.executions": budget.executions}


def _origin(prepared: PreparedStudy) -> dict[str, Any]:
    """Where the data come from, so that their fingerprint's change can be explained."""
    settings = prepared.study.data.model_dump(mode="json", fallback=str)
    return {"seed": prepared.study.seed, **settings, "rows": prepared.data.description["rows"]}


def _data_change(before: Header, now: Header) -> str:
    if _ORIGIN not in before:  # recorded by a version that kept the fingerprint alone
        return "the data changed (rows, splits, scaling or seed)"
    was, is_ = dict(_leaves(before[_ORIGIN])), dict(_leaves(now[_ORIGIN]))
    changed = [name for name in {**was, **is_} if was.get(name) != is_.get(name)]
    edited = code_change(before[_DATA_CODE], now[_DATA_CODE]) if _DATA_CODE in before else []
    if not changed and edited:
        return f"the data changed: {_few(edited)}"
    if not changed:
        return "the data changed: other values, from the same place with the same settings"
    if "source" in changed:  # each source has settings of its own
        changed = [name for name in changed if name in was and name in is_]
    said = (f"{name} from {_plain(was.get(name))} to {_plain(is_.get(name))}" for name in changed)
    return f"the data changed in {', '.join(said)}"


def _leaves(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _space_change(before: Header, now: Header) -> str:
    was = {_label(entry): entry for entry in before.get("space") or ()}
    is_ = {_label(entry): entry for entry in now["space"]}
    told = [
        _parameter_change(name, was.get(name), is_.get(name))
        for name in {**was, **is_}
        if was.get(name) != is_.get(name)
    ]
    return f"the search space changed in {', '.join(told) or 'its order'}"


def _parameter_change(name: str, was: Header | None, now: Header | None) -> str:
    if was is None or now is None:
        return f"{name} ({'which is new' if was is None else 'which is gone'})"
    keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    told = (f"{key} from {_plain(was.get(key))} to {_plain(now.get(key))}" for key in keys)
    return f"{name} ({', '.join(told)})"


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(str, value))}]"
    return "none" if value is None else str(value)


def _objective_change(before: Header, now: Header) -> str:
    was, is_ = _text(before.get("objective")), _text(now["objective"])
    return f"the objective changed from {was} to {is_}"


def _label(entry: Mapping[str, Any]) -> str:
    conditions = [f"{c['parent']}={'|'.join(map(str, c['values']))}" for c in entry["when"]]
    return str(entry["name"]) + (f" (when {', '.join(conditions)})" if conditions else "")


def _text(objective: Any) -> str:
    if isinstance(objective, list):
        return " and ".join(map(_text, objective))
    return f"{objective['goal']} {objective['metric']}" if objective else "none"


_TOLD = {"objective": _objective_change, "space": _space_change, "data": _data_change}
"""How a change of what makes a study is told."""
