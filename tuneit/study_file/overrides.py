"""`--set key.path=value`: values from the command line that replace those of the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuneit.study_file.document import Document
from tuneit.study_file.problem import Override, Problem, shown
from tuneit.study_file.syntax import compose
from tuneit.study_file.yaml_values import read_values

LONGEST = 10_000
"""The most characters of an override; one a hundred times as long takes minutes to parse."""

OPTIONS = {
    "--trials": "budget.trials",
    "--time": "budget.time",
    "--strategy": "strategy",
    "--workers": "workers",
    "--cluster": "cluster",
    "--seed": "seed",
}
"""Options of `tuneit search`, and the key that each sets."""

SHORTHANDS = {"strategy": "name", "pruning": "name", "objective": "metric", "cluster": "address"}
"""Keys whose value may be a name alone, and the key below them that this name sets."""


def apply_overrides(document: Document, overrides: Sequence[str]) -> list[Problem]:
    """Set each `key.path=value` in the document; return the problems."""
    problems: list[Problem] = []
    for index, text in enumerate(overrides):
        problems += _apply(document, Override(text, index))
    return problems


def _apply(document: Document, override: Override) -> list[Problem]:
    keys, equals, value_text = override.text.partition("=")
    path = tuple(key.strip() for key in OPTIONS.get(keys, keys).split("."))
    if len(override.text) > LONGEST:
        message = f"it has at most {LONGEST:,} characters: write longer values into the study file"
        return [Problem(override, message)]
    if not equals or not all(path):
        return [Problem(override, "write key.path=value, such as budget.trials=30")]
    value, problems = _value(value_text, override)
    if problems:
        return problems
    target: Any = document.values
    for depth, key in enumerate(path[:-1], start=1):
        inner = target.get(key)
        if inner is None:
            inner = {}
            document.keys[path[:depth]] = override
        elif isinstance(inner, str) and path[:depth] == (key,) and key in SHORTHANDS:
            inner = {SHORTHANDS[key]: inner}
        elif not isinstance(inner, dict):
            where = ".".join(path[:depth])
            return [Problem(override, f"'{where}' is {shown(inner)} and has no keys below it")]
        # A copy, because a YAML alias may use the same mapping in another place.
        target[key] = target = dict(inner)
    target[path[-1]] = value
    document.forget(path)
    document.keys[path] = document.places[path] = override
    return []


def _value(text: str, override: Override) -> tuple[Any, list[Problem]]:
    node = compose(text, "")
    if node is None:
        return None, []
    if isinstance(node, Problem):
        return None, [Problem(override, node.message)]
    # Positions inside the value are not needed: messages show the whole override.
    value, problems = read_values(node, "", Document(None, {}))
    return value, [Problem(override, problem.message) for problem in problems]
