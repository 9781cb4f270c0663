"""Inputs for the fuzzing: values over the schema of study.yaml, and real files with damage."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tuneit.study_file import study_schema, to_yaml

STUDIES = Path(__file__).resolve().parents[2]

_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["auto", "1e999", "10m", "../x", "a.py:b", "env:X", "0x", "\0", "é" * 300]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["min", "max", "name", "values", "when", "x"]), inner)
    ),
    max_leaves=6,
)


def study_texts() -> st.SearchStrategy[str]:
    """Texts of study files: values over the schema, with wrong ones between, and damaged files."""
    real = [path.read_text(encoding="utf-8") for path in sorted(STUDIES.glob("*.yaml"))]
    written = _of({"$ref": "#/$defs/Study"}).map(_as_yaml)
    return written | damaged([text.encode() for text in real]).map(
        lambda data: data.decode("utf-8", "surrogateescape")
    )


def _as_yaml(values: Any) -> str:
    try:
        return to_yaml(values)
    except Exception:  # what no YAML can hold, such as a half character
        return json.dumps(values, default=str)


@cache
def _definition(name: str) -> Any:
    schema = study_schema()
    return schema if name == "Study" else schema["$defs"][name]


@cache
def _named(name: str) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: _of(_definition(name)))


def _of(node: Any) -> st.SearchStrategy[Any]:
    """Values that a part of the schema accepts and, one in eight, any other."""
    right = _right(node)
    return st.integers(0, 7).flatmap(lambda turn: _ANYTHING if turn == 0 else right)


def _right(node: Any) -> st.SearchStrategy[Any]:
    if "$ref" in node:
        return _named(node["$ref"].rsplit("/", 1)[-1])
    if choices := node.get("anyOf") or node.get("oneOf"):
        return st.one_of([_of(choice) for choice in choices])
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    kind = node.get("type")
    if kind == "object":
        return _mapping(node)
    if kind == "array":
        return st.lists(_of(node.get("items", {})), max_size=4)
    if kind == "string":
        names = ["digits", "val_accuracy", "model.py:build_model", "10m", "4GB", "rows.csv"]
        return st.sampled_from([*node.get("examples", ()), *names]) | st.text(max_size=9)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-2, 300),
        "number": st.floats(-1, 300) | st.integers(-1, 300),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return simple.get(str(kind), _ANYTHING)


def _mapping(node: Any) -> st.SearchStrategy[Any]:
    properties = node.get("properties", {})
    needed = set(node.get("required", ()))
    fixed = {name: _of(below) for name, below in properties.items() if name in needed}
    free = {name: _of(below) for name, below in properties.items() if name not in needed}
    few = st.lists(st.sampled_from(sorted(free)), max_size=4, unique=True) if free else st.just([])
    more = node.get("additionalProperties")
    inner = _of(more) if isinstance(more, dict) else _ANYTHING
    others = st.dictionaries(st.sampled_from(["units", "rate", "x y", ""]), inner, max_size=2)
    with_few = few.flatmap(lambda names: st.fixed_dictionaries({n: free[n] for n in names}))
    parts = st.tuples(st.fixed_dictionaries(fixed), with_few, others if more else st.just({}))
    return parts.map(lambda found: {**found[0], **found[1], **found[2]})


_PIECES = [b"\0", b"\n", b",", b'"', b"nan", b"-1", b"1e999", b"{", b"}", b"[", b": ", b"\xff\xfe"]


@st.composite
def damaged(draw: st.DrawFn, real: list[bytes]) -> bytes:
    """A real file in which bytes were flipped, cut, doubled, moved or put in."""
    data = draw(st.sampled_from(real))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([1, 1, 2, 8, 40, 400])))
        piece = data[start:end]
        how = draw(st.sampled_from(["flip", "cut", "double", "move", "put", "end"]))
        if how == "flip" and piece:
            data = (
                data[:start]
                + bytes([piece[0] ^ (1 << draw(st.integers(0, 7)))])
                + data[start + 1 :]
            )
        elif how == "cut":
            data = data[:start] + data[end:]
        elif how == "double":
            data = data[:end] + data[start:]
        elif how == "move":
            rest = data[:start] + data[end:]
            place = draw(st.integers(0, len(rest)))
            data = rest[:place] + piece + rest[place:]
        elif how == "put":
            data = data[:start] + draw(st.sampled_from(_PIECES)) + data[start:]
        elif how == "end":
            data = data[:start]
    return data


_CELLS = st.one_of(
    st.floats().map(str),
    st.sampled_from(["", "nan", "inf", "NA", "x", "1e999", "5%", "true", '"', "a\nb", "\0", "é"]),
    st.text(max_size=4),
)


def tables(header: list[str]) -> st.SearchStrategy[bytes]:
    """Tables with these columns, more or fewer, and any cells."""
    rows = st.lists(st.lists(_CELLS, min_size=1, max_size=len(header) + 1), max_size=12)
    names = st.lists(st.sampled_from(header), min_size=1, max_size=len(header))
    between = st.sampled_from([",", ";", "\t", "|"])
    return st.tuples(names, rows, between).map(
        lambda found: "\n".join(found[2].join(row) for row in [found[0], *found[1]]).encode(
            "utf-8", "replace"
        )
    )
