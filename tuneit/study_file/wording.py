"""Turn pydantic's errors into sentences: the rule, the value received, the next step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from tuneit.errors import did_you_mean, one_of
from tuneit.study import RuleError
from tuneit.study.part import Path
from tuneit.study_file.document import Document, has_child
from tuneit.study_file.expectations import (
    Schema,
    child_schema,
    describe,
    keys_of,
    names_of,
    schema_at,
    takes_numbers,
)
from tuneit.study_file.problem import Problem, shown

_LABELS: dict[Path, str] = {
    ("strategy",): "strategy",
    ("strategy", "name"): "strategy",
    ("pruning",): "pruner",
    ("pruning", "name"): "pruner",
    ("data", "source"): "data source",
    ("objective", "goal"): "goal",
}

_ANY_SOURCE = Document(None, {})
"""A document that names no data source."""

_NEXT_STEPS: dict[Path, str] = {
    ("model",): "name the builder, such as `model: model.py:build_model`",
    ("data",): "say where the data come from, such as `data: {source: sklearn, name: digits}`",
    ("objective",): "name the metric to optimise, such as `objective: val_accuracy`",
    ("budget",): "say when the search ends, such as `budget: {trials: 30}`",
}


def problems_of(error: ValidationError, document: Document) -> list[tuple[Path, Problem]]:
    """Return the path and the problem of every error, one for each path and kind of error."""
    found: dict[tuple[Path, str], tuple[Path, Problem]] = {}
    unknown: list[Path] = [
        tuple(e["loc"]) for e in error.errors() if e["type"] == "extra_forbidden"
    ]
    for entry in error.errors(include_url=False):
        kind = entry["type"]
        steps = tuple(entry["loc"])
        if kind == "missing":
            path = (*_path(steps[:-1], document), steps[-1])
            if not _is_misspelt(path, unknown, document):
                found[path, kind] = (path, _missing(path, document))
        elif kind == "extra_forbidden":
            path = _path(steps, document)
            found[path, kind] = (path, _unknown_key(path, document))
        elif kind == "value_error":
            path = _path(steps, document)
            for below, sentence in _broken_rules(entry["ctx"]["error"]):
                whole = (*path, *below)
                found[whole, sentence] = (whole, _rule(path, whole, sentence, document))
        else:
            path = _path(steps, document)
            if kind.startswith("union_tag") and path == ("data",):
                path = (*path, "source")
            found.setdefault((path, "value"), (path, _wrong_value(path, document)))
    return list(found.values())


def _path(steps: Iterable[Any], document: Document) -> Path:
    """Return pydantic's location without names that are not keys: union members, validators."""
    path: list[str | int] = []
    value: Any = document.values
    for step in steps:
        # Here the step names a member of the union of data sources, not a key.
        is_member = path == ["data"] and step == value.get("source")
        if not is_member and has_child(value, step):
            path.append(step)
            value = value[step]
    return tuple(path)


def _text(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _unknown_key(path: Path, document: Document) -> Problem:
    key, known = str(path[-1]), keys_of(schema_at(path[:-1], document))
    # A key of another data source is spelled right, so no similar key is suggested.
    elsewhere = path[:-1] == ("data",) and key in keys_of(schema_at(("data",), _ANY_SOURCE))
    hint = "" if elsewhere else did_you_mean(key, known)
    if not hint:
        where = f"'{_text(path[:-1])}' takes" if len(path) > 1 else "a study takes"
        hint = f"; {where} {one_of(known)}"
    return Problem(document.key_origin(path), f"unknown key '{key}'{hint}")


def _is_misspelt(path: Path, unknown: Iterable[Path], document: Document) -> bool:
    """Tell whether an unknown key beside a missing one is the missing one, misspelled."""
    known = keys_of(schema_at(path[:-1], document))
    return any(
        did_you_mean(str(other[-1]), known).endswith(f"'{path[-1]}'?")
        for other in unknown
        if _path(other, document)[:-1] == path[:-1]
    )


def _missing(path: Path, document: Document) -> Problem:
    node = child_schema(schema_at(path[:-1], document), path[-1])
    step = _NEXT_STEPS.get(path) or f"it must be {describe(node)}"
    return Problem(document.key_origin(path[:-1]), f"'{_text(path)}' is missing: {step}")


def _broken_rules(error: Exception) -> Iterable[tuple[Path, str]]:
    return error.problems if isinstance(error, RuleError) else [((), str(error))]


def _rule(path: Path, whole: Path, sentence: str, document: Document) -> Problem:
    # A rule about the whole study, or one that names the value itself, needs no subject.
    subject = f"{_text(path)}: " if path and path == whole else ""
    return Problem(document.origin(whole), subject + sentence)


def _wrong_value(path: Path, document: Document) -> Problem:
    value, node = document.at(path), schema_at(path, document)
    label = _LABELS.get(path, _text(path))
    names = names_of(node)
    if path and not has_child(document.at(path[:-1]), path[-1]):
        message = f"'{_text(path)}' is missing: choose from {one_of(names)}"
    elif isinstance(value, str) and (hint := _hint(value, names, node)):
        message = f"unknown {label} {value!r}{hint}"
    else:
        expected = describe(node)
        if isinstance(value, Mapping) and not expected.startswith("a mapping"):
            received = "a mapping"
        else:
            received = shown(value)
        message = f"{label or 'a study'} must be {expected}, but is {received}"
    return Problem(document.origin(path), message)


def _hint(value: str, names: Sequence[str], node: Schema) -> str:
    """The closest name, or all names; "" where no name is close and a number may be meant."""
    closest = did_you_mean(value, names)
    if closest or not names or takes_numbers(node):
        return closest
    return f"; choose from {one_of(names)}"
