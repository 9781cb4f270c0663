"""Turn YAML nodes into plain values, and note the line and column of each.

ruamel.yaml's own constructor does not serve: it stops at the first problem, makes dates and sets,
which no key of a study takes, and does not keep positions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tuneit.errors import Location
from tuneit.study.part import Path
from tuneit.study_file.document import Document
from tuneit.study_file.problem import Problem, shown

MOST_VALUES = 100_000
"""The most values of a study, counted with its aliases written out."""

_TAG = "tag:yaml.org,2002:"
_BASES = {"0o": 8, "0x": 16, "0b": 2}
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    number = sign * int(digits, _BASES.get(digits[:2], 10))
    if not abs(number) < 2**63:
        raise ValueError("a whole number must fit into 64 bits")
    return number


def _real(text: str) -> float:
    # YAML spells infinity and not-a-number with a dot.
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


_HALF = "this text has half of a surrogate pair (\\ud800 to \\udfff): write the character itself"

# A date is text: no key of a study takes one. The same goes for `=` and `<<`.
_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "timestamp": str,
    "value": str,
    "merge": str,
    "int": _integer,
    "float": _real,
    "bool": lambda text: _BOOLEANS[text.lower()],
    "null": lambda text: None,
}


class _Reader:
    """Reads one tree of nodes; it collects problems and reads on."""

    def __init__(self, file: str, document: Document) -> None:
        self.file = file
        self.document = document
        self.problems: list[Problem] = []
        self.open: set[int] = set()
        self.count = 0

    def place(self, node: Node) -> Location:
        mark = node.start_mark
        return Location(self.file, mark.line + 1, mark.column + 1)

    def complain(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self.place(node), message))

    def read(self, node: Node, path: Path) -> Any:
        self.count += 1
        if self.count > MOST_VALUES:
            if self.count == MOST_VALUES + 1:
                self.complain(node, f"aliases make this more than {MOST_VALUES} values: write less")
            return None
        if id(node) in self.open:
            self.complain(node, "this anchor contains itself: remove the alias inside it")
            return None
        self.open.add(id(node))
        self.document.places[path] = self.place(node)
        value = self._value(node, path)
        self.open.remove(id(node))
        return value

    def _value(self, node: Node, path: Path) -> Any:
        tag = str(node.tag)
        if isinstance(node, MappingNode) and tag == _TAG + "map":
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and tag == _TAG + "seq":
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        kind = tag.removeprefix(_TAG)
        if not isinstance(node, ScalarNode) or kind not in _SCALARS:
            name = tag.replace(_TAG, "!!")
            self.complain(node, f"a study file has no tags: remove '{name}'")
            return None
        try:
            return _SCALARS[kind](_whole(node.value))
        except UnicodeError:
            self.complain(node, _HALF)
            return None
        except (ValueError, KeyError) as error:
            reason = error if kind == "int" and "64 bits" in str(error) else f"this is no {kind}"
            self.complain(node, f"{reason}: {shown(node.value)}")
            return None

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in first:
                line = first[key].start_mark.line + 1
                self.complain(key_node, f"'{key}' stands twice, first in line {line}: remove one")
                continue
            first[key] = key_node
            self.document.keys[(*path, key)] = self.place(key_node)
            values[key] = self.read(value_node, (*path, key))
        return values

    def _key(self, node: Node) -> str | None:
        if not isinstance(node, ScalarNode):
            self.complain(node, "a key must be text, but this is a list or mapping")
            return None
        if str(node.tag).removeprefix(_TAG) not in ("str", "timestamp", "value", "merge"):
            self.complain(node, f"a key must be text: put quotes around {node.value or 'null'}")
            return None
        try:
            return _whole(node.value)
        except UnicodeError:
            self.complain(node, _HALF)
            return None


def _whole(text: str) -> str:
    """Join surrogate pairs, which JSON and double-quoted YAML write as two escapes.

    Raises UnicodeError for half of a pair alone, which cannot be encoded.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def read_values(node: Node, file: str, document: Document) -> tuple[Any, list[Problem]]:
    """Return the plain value of a tree and its problems; store the origins in `document`."""
    reader = _Reader(file, document)
    try:
        return reader.read(node, ()), reader.problems
    except RecursionError:
        return None, [
            Problem(Location(file, 1, 1), "aliases are nested too deeply: write their values out")
        ]
