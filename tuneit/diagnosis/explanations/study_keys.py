"""The keys of study.yaml, with what each means and may be, from the study's own JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tuneit.study import Study

Schema = Mapping[str, Any]

NAME = "NAME"
"""Stands for a name that the user chooses, as in `parameters.NAME.min`."""

_BOUNDS = {
    "minimum": "≥",
    "exclusiveMinimum": ">",
    "maximum": "≤",
    "exclusiveMaximum": "<",
}


@dataclass(frozen=True, slots=True)
class StudyKey:
    """A key by its dotted `path`: what it `means`, what it `takes`, and its default.

    `default` is "required" where there is none.
    """

    path: str
    means: str
    takes: str
    default: str


@cache
def study_keys() -> Mapping[str, StudyKey]:
    """All keys, by path, in the order of the study's fields."""
    schema = Study.model_json_schema(mode="validation")
    found: dict[str, list[tuple[Schema, Schema]]] = {}
    for path, owner, node in _properties(schema, schema, ""):
        found.setdefault(path, []).append((owner, node))
    return {path: _key(path, uses, schema) for path, uses in found.items()}


def _members(node: Schema, whole: Schema) -> Iterator[Schema]:
    """The schemas that a value may follow: references resolved, alternatives apart."""
    if "$ref" in node:
        yield from _members(whole["$defs"][node["$ref"].rpartition("/")[2]], whole)
    elif alternatives := node.get("anyOf") or node.get("oneOf"):
        for alternative in alternatives:
            yield from _members(alternative, whole)
    else:
        yield node


def _properties(node: Schema, whole: Schema, path: str) -> Iterator[tuple[str, Schema, Schema]]:
    for member in _members(node, whole):
        for name, below in member.get("properties", {}).items():
            at = f"{path}.{name}" if path else name
            yield at, member, below
            yield from _properties(below, whole, at)
        if isinstance(below := member.get("items"), dict):
            yield from _properties(below, whole, path)
        if isinstance(below := member.get("additionalProperties"), dict):
            yield from _properties(below, whole, f"{path}.{NAME}")


def _key(path: str, uses: list[tuple[Schema, Schema]], whole: Schema) -> StudyKey:
    name = path.rpartition(".")[2]
    meanings: dict[str, list[str]] = {}
    for owner, node in uses:
        words = node.get("description") or _of_owner(owner, node)
        source = owner.get("properties", {}).get("source", {}).get("const", "")
        meanings.setdefault(words, []).append(source)
    means = " ".join(
        f"{', '.join(sources)}: {words}" if len(meanings) > 1 and all(sources) else words
        for words, sources in meanings.items()
    )
    takes = dict.fromkeys(
        text for _, node in uses for member in _members(node, whole) if (text := _type(member))
    )
    owner, node = uses[0]
    default = "required" if name in owner.get("required", ()) else _shown(node.get("default"))
    return StudyKey(path, " ".join(means.split()), " | ".join(takes), default)


def _of_owner(owner: Schema, node: Schema) -> str:
    """The words of the part that a key chooses (`data.source`)."""
    return str(owner.get("description", "")) if "const" in node else ""


def _type(node: Schema) -> str:
    if "const" in node:
        return _shown(node["const"])
    if "enum" in node:
        return " | ".join(map(_shown, node["enum"]))
    kind = {"object": "a mapping", "array": "a list", "null": "null"}.get(node.get("type", ""))
    bounds = [f"{sign} {node[key]:g}" for key, sign in _BOUNDS.items() if key in node]
    return " ".join([kind or node.get("type", ""), *bounds]).strip()


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str({None: "null", True: "true", False: "false"}[value])
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
