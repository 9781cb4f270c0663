"""What makes the trials of a folder one study's: search space, objective, data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuneit.errors import ResumeError
from tuneit.ledger import Ledger
from tuneit.workbench import Workbench

Header = Mapping[str, Any]
"""What a ledger keeps of its study."""

_ORIGIN = "data_from"
_TRAININGS = "trainings"


def agree(ledger: Ledger, bench: Workbench) -> None:
    """Let the ledger know its study, or refuse to mix trials of two different ones.

    Without trials there is nothing to mix: the study may be another one, say a corrected one.

    Raises ResumeError naming what changed: the search space, the objective or the data.
    """
    told = [{"metric": o.metric, "goal": o.goal} for o in bench.study.objectives]
    now: dict[str, Any] = {
        "objective": told if bench.others else told[0],
        "space": bench.space.to_list(),
        "data": bench.dataset.fingerprint(),
        _ORIGIN: _origin(bench),
    }
    before = ledger.header
    if not before or not ledger.trials():
        ledger.set_header(now)
        return
    changed = [tell(before, now) for key, tell in _CHANGES.items() if before.get(key) != now[key]]
    if changed:
        raise ResumeError(
            f"{bench.folder.path} holds trials of another study: {'; '.join(changed)}. "
            "Start anew with --fresh, or choose another folder with --output (in Python with "
            "fresh=True or output=…)"
        )


def note_training(ledger: Ledger, bench: Workbench) -> str | None:
    """Note how trials are trained from now on; say so where others were trained otherwise."""
    seen, now = ledger.header.get(_TRAININGS, []), _training(bench)
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


def _training(bench: Workbench) -> dict[str, Any]:
    budget = bench.study.budget
    return {"budget.epochs": budget.epochs, "budget.executions": budget.executions}


def _origin(bench: Workbench) -> dict[str, Any]:
    """Where the data come from, so that their fingerprint's change can be explained."""
    settings = bench.study.data.model_dump(mode="json", fallback=str)
    return {"seed": bench.study.seed, **settings, "rows": bench.dataset.describe()["rows"]}


def _data_change(before: Header, now: Header) -> str:
    if _ORIGIN not in before:  # recorded by a version that kept the fingerprint alone
        return "the data changed (rows, splits, scaling or seed)"
    was, is_ = dict(_leaves(before[_ORIGIN])), dict(_leaves(now[_ORIGIN]))
    changed = [name for name in {**was, **is_} if was.get(name) != is_.get(name)]
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


_CHANGES = {"objective": _objective_change, "space": _space_change, "data": _data_change}
"""How a change of what makes a study is told."""
