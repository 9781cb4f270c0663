"""Sentences that say how a study has changed since a ledger's trials were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuneit.workbench.fingerprint import code_change

Header = Mapping[str, Any]
"""What a ledger stores about its study; see `tuneit.workbench.identity`."""

ORIGIN = "data_from"
CODE = "code"
DATA_CODE = "data_code"
STREAMED = "streamed"

_MOST_NAMED = 6
"""The most changes of one kind that a message lists."""


def study_differences(before: Header, now: Header) -> list[str]:
    """Return a sentence for each of objective, search space and data that has changed."""
    return [say(before, now) for key, say in _SENTENCES.items() if before.get(key) != now[key]]


def code_difference(before: Header, now: Header) -> str:
    """Say which code of the builder and the callbacks was edited; "" if none was."""
    edited = code_change(before[CODE], now[CODE]) if CODE in before else []
    return f"the code changed: {first_few(edited)}" if edited else ""


def first_few(changes: list[str]) -> str:
    """The first changes on one line, and how many more there are."""
    more = len(changes) - _MOST_NAMED
    return ", ".join(changes[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _objective(before: Header, now: Header) -> str:
    was, is_ = _objective_text(before.get("objective")), _objective_text(now["objective"])
    return f"the objective changed from {was} to {is_}"


def _objective_text(objective: Any) -> str:
    if isinstance(objective, list):
        return " and ".join(map(_objective_text, objective))
    return f"{objective['goal']} {objective['metric']}" if objective else "none"


def _space(before: Header, now: Header) -> str:
    was = {_label(entry): entry for entry in before.get("space") or ()}
    is_ = {_label(entry): entry for entry in now["space"]}
    changed = [
        _parameter(name, was.get(name), is_.get(name))
        for name in {**was, **is_}
        if was.get(name) != is_.get(name)
    ]
    return f"the search space changed in {', '.join(changed) or 'its order'}"


def _label(entry: Header) -> str:
    conditions = [f"{c['parent']}={'|'.join(map(str, c['values']))}" for c in entry["when"]]
    return str(entry["name"]) + (f" (when {', '.join(conditions)})" if conditions else "")


def _parameter(name: str, was: Header | None, now: Header | None) -> str:
    if was is None or now is None:
        return f"{name} ({'which is new' if was is None else 'which is gone'})"
    keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    changed = (f"{key} from {_value(was.get(key))} to {_value(now.get(key))}" for key in keys)
    return f"{name} ({', '.join(changed)})"


def _data(before: Header, now: Header) -> str:
    if ORIGIN not in before:  # recorded by a version that stored only the fingerprint
        return "the data changed (rows, splits, scaling or seed)"
    was, is_ = dict(_leaves(before[ORIGIN])), dict(_leaves(now[ORIGIN]))
    if is_.get(STREAMED) and not was.get(STREAMED):
        return (
            "the data are streamed now, but were read into memory before: batches are drawn again "
            "in every epoch, and splits consist of whole batches"
        )
    changed = [name for name in {**was, **is_} if was.get(name) != is_.get(name)]
    edited = code_change(before[DATA_CODE], now[DATA_CODE]) if DATA_CODE in before else []
    if not changed and edited:
        return f"the data changed: {first_few(edited)}"
    if not changed:
        return "the data changed: the same source with the same settings gives other values"
    if "source" in changed:  # sources have different settings
        changed = [name for name in changed if name in was and name in is_]
    settings = (
        f"{name} from {_value(was.get(name))} to {_value(is_.get(name))}" for name in changed
    )
    return f"the data changed in {', '.join(settings)}"


def _leaves(settings: Header, above: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by dotted name: `split.test`."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(str, value))}]"
    return "none" if value is None else str(value)


_SENTENCES = {"objective": _objective, "space": _space, "data": _data}
"""Keys of a header, and the function that describes a change of each."""
