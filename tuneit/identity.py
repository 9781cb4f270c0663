"""What makes the trials of a folder one study's: search space, objective, data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuneit.errors import ResumeError
from tuneit.ledger import Ledger
from tuneit.workbench import Workbench

_ORIGIN = "data_from"


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
    }
    origin = _origin(bench)
    before = ledger.header
    if not before or not ledger.trials():
        ledger.set_header({**now, _ORIGIN: origin})
        return
    tell = {
        "objective": lambda: _objective_change(before.get("objective"), now["objective"]),
        "space": lambda: _space_change(before.get("space") or (), now["space"]),
        "data": lambda: _data_change(before.get(_ORIGIN), origin),
    }
    changed = [tell[key]() for key in now if before.get(key) != now[key]]
    if changed:
        raise ResumeError(
            f"{bench.folder.path} holds trials of another study: {'; '.join(changed)}. "
            "Start anew with --fresh, or choose another folder with --output"
        )


def _origin(bench: Workbench) -> dict[str, Any]:
    """Where the data come from, so that their fingerprint's change can be explained."""
    settings = bench.study.data.model_dump(mode="json", fallback=str)
    return {"seed": bench.study.seed, **settings, "rows": bench.dataset.describe()["rows"]}


def _data_change(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    if before is None:  # recorded by a version that kept the fingerprint alone
        return "the data changed (rows, splits, scaling or seed)"
    was, is_ = dict(_leaves(before)), dict(_leaves(now))
    changed = [name for name in {**was, **is_} if was.get(name) != is_.get(name)]
    if not changed:
        return "the data changed: other values, from the same place with the same settings"
    said = (f"{name} from {was.get(name)} to {is_.get(name)}" for name in changed)
    return f"the data changed in {', '.join(said)}"


def _leaves(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _space_change(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    was = {_label(entry): entry for entry in before}
    is_ = {_label(entry): entry for entry in now}
    names = [name for name in {**was, **is_} if was.get(name) != is_.get(name)]
    return f"the search space changed in {', '.join(names) or 'its order'}"


def _objective_change(before: Any, now: Any) -> str:
    return f"the objective changed from {_text(before)} to {_text(now)}"


def _label(entry: Mapping[str, Any]) -> str:
    conditions = [f"{c['parent']}={'|'.join(map(str, c['values']))}" for c in entry["when"]]
    return str(entry["name"]) + (f" (when {', '.join(conditions)})" if conditions else "")


def _text(objective: Any) -> str:
    if isinstance(objective, list):
        return " and ".join(map(_text, objective))
    return f"{objective['goal']} {objective['metric']}" if objective else "none"
