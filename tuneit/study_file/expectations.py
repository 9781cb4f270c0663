"""Words for what a key accepts, derived from the study's JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tuneit.errors import one_of
from tuneit.study import Study
from tuneit.study.part import Path
from tuneit.study_file.document import Document

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def study_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a study.yaml, for editors' completion."""
    return {"$schema": DIALECT, **Study.model_json_schema(mode="validation")}


def schema_at(path: Path, document: Document) -> Schema:
    """Return the schema of the value at `path`; `{}` where every value is accepted."""
    node: Schema = study_schema()
    for depth, step in enumerate(path):
        if "discriminator" in node:
            node = _of_source(node, document.at(path[:depth]))
        node = child_schema(node, step)
    return _of_source(node, document.at(path)) if "discriminator" in node else node


def child_schema(node: Schema, step: str | int) -> Schema:
    """Return the schema of a mapping's key or of a list's item."""
    found: list[Schema] = []
    for member in members(node):
        below: Any = member.get("properties", {}).get(step)
        if below is None and isinstance(step, str):
            below = member.get("additionalProperties")
        elif isinstance(step, int):
            below = member.get("items") or next(iter(member.get("prefixItems", ())), None)
        if isinstance(below, dict):
            found.append(below)
    return {"anyOf": found} if len(found) > 1 else found[0] if found else {}


def _of_source(node: Schema, value: object) -> Schema:
    discriminator = node["discriminator"]
    tag = value.get(discriminator["propertyName"]) if isinstance(value, dict) else None
    reference = discriminator["mapping"].get(tag) if isinstance(tag, str) else None
    return {"$ref": reference} if reference else node


def members(node: Schema) -> Iterator[Schema]:
    """Yield the alternatives of a schema, with references followed."""
    if "$ref" in node:
        yield from members(study_schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    elif choice := node.get("anyOf") or node.get("oneOf"):
        for member in choice:
            yield from members(member)
    else:
        yield node


def keys_of(node: Schema) -> list[str]:
    """Return the keys that a mapping accepts."""
    return list(dict.fromkeys(key for m in members(node) for key in m.get("properties", {})))


def names_of(node: Schema) -> list[str]:
    """Return the names that are accepted, where the schema is a list of names."""
    names: list[str] = []
    for member in members(node):
        names += member.get("enum", [])
        if isinstance(member.get("const"), str):
            names.append(member["const"])
    return names


def takes_numbers(node: Schema) -> bool:
    """Return whether a number is accepted."""
    return any(member.get("type") in ("number", "integer") for member in members(node))


def describe(node: Schema) -> str:
    """Return the rule for a value in words: `a whole number of at least 1`."""
    parts = [_describe_one(member) for member in members(node) if member.get("type") != "null"]
    if any(part.startswith("a number") for part in parts):
        parts = [part for part in parts if not part.startswith("a whole number")]
    if any(part.startswith("a mapping of") for part in parts):
        parts = [part for part in parts if part != "a mapping"]
    # Null is mentioned only where it switches something off.
    optional = any(member.get("type") == "null" for member in members(node))
    if optional and any(part.startswith("a mapping") for part in parts):
        parts.append("null")
    *most, last = dict.fromkeys(parts or ["anything"])
    return f"{', '.join(most)} or {last}" if most else last


def _describe_one(node: Schema) -> str:
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return one_of(node["enum"])
    return _TYPES[node["type"]](node) if "type" in node else "anything"


def _describe_number(node: Schema, noun: str) -> str:
    if noun == "a whole number" and node.get("exclusiveMinimum") == 0:
        node = {**node, "minimum": 1}
        del node["exclusiveMinimum"]
    limits = [
        f"{words} {node[key]:.12g}"
        for key, words in (
            ("minimum", "of at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "of at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in node
    ]
    return " ".join([noun, " and ".join(limits)]) if limits else noun


def _describe_text(node: Schema) -> str:
    if "examples" in node:
        return f"text such as {node['examples'][0]}"
    if node.get("maxLength") == node.get("minLength") == 1:
        return "one character"
    if "maxLength" in node:
        return f"text of at most {node['maxLength']} characters"
    return "text of at least one character" if "minLength" in node else "text"


def _describe_list(node: Schema) -> str:
    if "prefixItems" in node:
        return f"a list of {len(node['prefixItems'])}"
    least = " of at least one value" if node.get("minItems") else ""
    return f"a list{least}"


def _describe_mapping(node: Schema) -> str:
    keys = list(node.get("properties", ()))
    rest = node.get("additionalProperties")
    if isinstance(rest, dict) and rest.get("type") == "number":
        return "a mapping of names to numbers"
    return f"a mapping (of keys such as {keys[0]})" if keys else "a mapping"


_TYPES: dict[str, Callable[[Schema], str]] = {
    "integer": lambda node: _describe_number(node, "a whole number"),
    "number": lambda node: _describe_number(node, "a number"),
    "boolean": lambda node: "true or false",
    "string": _describe_text,
    "array": _describe_list,
    "object": _describe_mapping,
    "null": lambda node: "null",
}
