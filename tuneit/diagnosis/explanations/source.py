"""The rule of a finding, read from the package's own source: its words and its numbers.

The rule is the docstring of the function that yields the finding; the numbers are the constants
that this function and those it calls use, each with its docstring. The source is parsed, not
imported, since some of these modules load Keras.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

_PACKAGE = "tuneit"


@dataclass(frozen=True, slots=True)
class Number:
    """A constant of a rule: its name in the source, its value, and what it stands for.

    `value` is a number, a tuple of numbers, or a `Limit` or `RatioLimit` of
    `tuneit.diagnosis.check`. `words` is empty where the source says nothing.
    """

    name: str
    value: Any
    words: str

    @property
    def is_limit(self) -> bool:
        """Whether the value is a `Limit` or `RatioLimit`."""
        return hasattr(self.value, "at")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form; a limit has its threshold `at` and its width or factor."""
        value = asdict(self.value) if self.is_limit else self.value
        return {"name": self.name, "value": value, "meaning": self.words}

    @property
    def shown(self) -> str:
        """The value as text: `3 ± 0.5` for a limit, `0.12 × 1.2` for one on a logarithmic axis."""
        value = self.value
        if hasattr(value, "width"):
            return f"{value.at:g} ± {value.width:g}"
        if hasattr(value, "factor"):
            return f"{value.at:g} × {value.factor:g}"
        if isinstance(value, tuple):
            return ", ".join(f"{part:g}" for part in value)
        return f"{value:g}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words, its numbers (limits first), and the file where it stands."""

    words: str
    numbers: tuple[Number, ...]
    file: str


@dataclass(slots=True)
class _Module:
    """What a file of the package defines and imports."""

    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constants: dict[str, tuple[ast.expr, str]] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)


@cache
def rule_of(reference: str) -> Rule:
    """Return the rule of a function, named as `diagnosis.checks.bias:underfitting`."""
    module, _, name = reference.partition(":")
    words = ast.get_docstring(_read(module).functions[name]) or ""
    found = dict.fromkeys(_reached(module, name, set()))
    numbers = [number for place in found if (number := _number(*place)) is not None]
    numbers.sort(key=lambda number: not number.is_limit)
    return Rule(inspect.cleandoc(words), tuple(numbers), f"{_PACKAGE}/{_path(module)}")


def _path(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if (files(_PACKAGE) / path).is_dir() else f"{path}.py"


@cache
def _read(name: str) -> _Module:
    module = _Module()
    body = ast.parse((files(_PACKAGE) / _path(name)).read_text("utf-8")).body
    for index, node in enumerate(body):
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{_PACKAGE}."):
            home = str(node.module).removeprefix(f"{_PACKAGE}.")
            module.imported |= {alias.name: home for alias in node.names}
        elif isinstance(node, ast.Assign):
            words = _words_after(body[index + 1 :])
            module.constants |= {
                target: (value, words) for target, value in _assigned(node.targets[0], node.value)
            }
    return module


def _words_after(rest: list[ast.stmt]) -> str:
    """The docstring after an assignment; one after several assignments belongs to all of them."""
    for node in rest:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return " ".join(str(node.value.value).split())
        if not isinstance(node, ast.Assign):
            break
    return ""


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, given in zip(target.elts, value.elts, strict=True):
            yield from _assigned(part, given)


def _reached(module: str, function: str, seen: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The constants, as module and name, that a function uses; then those of what it calls."""
    seen.add((module, function))
    nodes = ast.walk(_read(module).functions[function])
    names = [node for node in nodes if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    used = dict.fromkeys(node.id for node in names)
    places = [(_read(module).imported.get(name, module), name) for name in used]
    room = module.partition(".")[0]
    own = [place for place in places if place[0].partition(".")[0] == room]
    yield from (place for place in own if place[1] in _read(place[0]).constants)
    for place in own:
        if place[1] in _read(place[0]).functions and place not in seen:
            yield from _reached(*place, seen)


def _number(module: str, name: str) -> Number | None:
    """The constant as a number; None where it is a text, a table or a set."""
    node, words = _read(module).constants[name]
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = _computed(module, name, node)
    parts = value if isinstance(value, tuple) else (value,)
    if all(hasattr(part, "at") or type(part) in (int, float) for part in parts):
        return Number(name, value, words)
    return None


def _computed(module: str, name: str, node: ast.expr) -> Any:
    """The value of a constant that is computed, from its module where that loads nothing heavy."""
    room = module.partition(".")[0]
    light = room in ("diagnosis", "evaluation")
    return getattr(import_module(f"{_PACKAGE}.{module}"), name) if light else None
