"""The user's own code behind a builder: functions, classes and constants, each with a digest."""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from tuneit.training.module_names import assigned, written
from tuneit.training.own_code import (
    imported_module,
    is_own_class,
    is_own_file,
    is_own_function,
    is_own_module,
)
from tuneit.training.source_digest import code_digest, digest, source_nodes, source_text

_GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_LITERALS = (bool, int, float, complex, str, bytes, type(None))
_IMMUTABLE = (*_LITERALS, tuple, frozenset)
_CLOSED = (staticmethod, classmethod)
_INTERNAL = ("__", "_abc_")
_GENERATED = "<string>"
"""The file of methods that dataclasses and named tuples write from a class's fields."""

_SHOWN = 60
"""Characters up to which a constant is kept as it is, so that a change can be told in full."""

Scope = dict[str, Any]
"""The names of a module, as its functions see them."""


def user_code(roots: Iterable[Any], folder: Path | None = None) -> dict[str, str]:
    """A text for each piece of the user's own code that `roots` lead to, by `name in file`.

    Roots are functions, classes, instances of these, `functools.partial`s. Followed are functions
    and methods that they call, base classes, modules imported (within a function, too), default
    values, closures, and constants at the top of a module. Files below site-packages, the standard
    library and tuneit are not the user's own. The text is a digest that comments, docstrings and
    formatting do not change, or a constant's value. What the code itself writes to (counters,
    caches) is no constant. `folder` is what files' names are relative to.
    """
    walk = _Walk(folder)
    for root in roots:
        walk.visit(root, "")
    code = {label: _together(texts) for label, texts in walk.code.items()}
    kept = {label: text for label, (name, text) in walk.constants.items() if name not in walk.state}
    return {**code, **kept}


@dataclass
class _Walk:
    folder: Path | None
    code: dict[str, set[str]] = field(default_factory=dict)
    constants: dict[str, tuple[str, str]] = field(default_factory=dict)
    state: set[str] = field(default_factory=set)
    seen: dict[Any, Any] = field(default_factory=dict)  # which also keeps what it has seen alive

    def visit(self, value: Any, label: str) -> None:
        """Take in whatever of the user's own a value is, or holds."""
        if isinstance(value, _LITERALS) or id(value) in self.seen:
            return
        self.seen[id(value)] = value
        if isinstance(value, _CLOSED):
            self.visit(value.__func__, label)
        elif isinstance(value, property):
            for part in (value.fget, value.fset, value.fdel):
                self.visit(part, label)
        elif isinstance(value, cached_property):
            self.visit(value.func, label)
        elif isinstance(value, partial):
            self.visit(value.func, label)
            for name, given in (*enumerate(value.args), *value.keywords.items()):
                self.constant(str(name), given, f"argument {name} of {label or 'the builder'}")
        elif isinstance(value, MethodType):
            self.visit(value.__func__, label)
            self.visit(value.__self__, label)
        elif isinstance(value, FunctionType):
            self._function(value)
        elif inspect.isclass(value):
            self._class(value)
        elif not isinstance(value, ModuleType):
            # Such as a tf.function or what functools.lru_cache returns.
            self.visit(inspect.getattr_static(value, "__wrapped__", None), label)
            self._instance(value, label)

    def constant(self, name: str, value: Any, label: str) -> None:
        """Take in a value that the code reads, if it is plain."""
        text = plain_text(value)
        if text is not None:
            self.constants[label] = (name, text if len(text) <= _SHOWN else digest(text))
        elif isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                self.visit(item, label)
        elif isinstance(value, Mapping):
            for item in value.values():
                self.visit(item, label)
        else:
            self.visit(value, label)

    def _function(self, function: FunctionType) -> None:
        if not is_own_function(function):
            self.visit(function.__dict__.get("__wrapped__"), "")
            return
        code, scope = function.__code__, function.__globals__
        place = self._place(code.co_filename)
        name = _short(code.co_qualname)  # which functools.wraps leaves alone
        self._note(f"{name}{place}", code_digest(code))
        for node in source_nodes(code):
            if function.__name__ not in ("__init__", "__post_init__", "__new__"):
                self.state |= written(node, code.co_varnames)
        self.visit(function.__dict__.get("__wrapped__"), "")
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        for argument, value in {**given, **(function.__kwdefaults__ or {})}.items():
            self.constant("", value, f"the default of {argument} in {name}{place}")
        for cell_name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            if cell_name != "__class__":
                self._closed_over(cell_name, cell, f"{cell_name}, which {name} reads{place}")
        attributes = frozenset(_attributes(code))
        for global_name in _names_read(code):
            self._global(scope, global_name, attributes)
        for module in _imported_within(code, scope):
            for attribute in sorted(attributes):
                self._global(vars(module), attribute, attributes)

    def _closed_over(self, name: str, cell: Any, label: str) -> None:
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet
            return
        self.constant(name, value, label)

    def _class(self, found: type[Any]) -> None:
        if not is_own_class(found):
            return
        scope = vars(sys.modules.get(found.__module__, object))
        place = self._place(scope.get("__file__", ""))
        name = _short(found.__qualname__)
        bases = ", ".join(base.__qualname__ for base in found.__bases__)
        self._note(f"{name}{place}", digest(bases))
        for base in found.__bases__:
            self.visit(base, "")
        for member_name, member in list(vars(found).items()):
            if isinstance(member, FunctionType):
                if member.__code__.co_filename != _GENERATED:
                    self.visit(member, "")
            elif not member_name.startswith(_INTERNAL):
                self.constant(member_name, member, f"{name}.{member_name}{place}")

    def _instance(self, value: Any, label: str) -> None:
        kind = type(value)
        if not is_own_class(kind):
            return
        self.visit(kind, "")
        told = label or _short(kind.__qualname__)
        for name, attribute in sorted(getattr(value, "__dict__", {}).items()):
            if not name.startswith(_INTERNAL):
                self.constant(name, attribute, f"{told}.{name}")

    # ------------------------------------------------------------------ names of modules

    def _global(self, scope: Scope, name: str, attributes: frozenset[str]) -> None:
        """Take in what a name at the top of a module stands for."""
        key = (id(scope), name)
        if name not in scope or key in self.seen:
            return
        self.seen[key] = scope
        value = scope[name]
        if isinstance(value, ModuleType):
            if is_own_module(value):
                for attribute in sorted(attributes):
                    self._global(vars(value), attribute, attributes)
        elif isinstance(value, FunctionType) or inspect.isclass(value):
            self.visit(value, name)
        elif is_own_file(scope.get("__file__")):
            self._assigned(scope, name, value)
        elif scope.get("__name__") == "__main__":  # a notebook or prompt, without a file
            self.constant(name, value, f"{name}{self._place('')}")

    def _assigned(self, scope: Scope, name: str, value: Any) -> None:
        """A name by the statements that assign it: its value may be of this run alone.

        Think of the time, or of a list that trials append to.
        """
        label = f"{name}{self._place(scope['__file__'])}"
        found = assigned(source_text(scope["__file__"]), name)
        if found is None:
            self.constant(name, value, label)
            return
        self.visit(value, label)
        if found.imported is not None:
            other = imported_module(found.imported[0], found.imported[1], scope)
            if other is not None and is_own_module(other):
                self._global(vars(other), found.imported[2], frozenset())
            return
        text = found.text
        if found.is_literal and isinstance(value, _IMMUTABLE):
            text = plain_text(value) or text
        self.constants[label] = (name, text if len(text) <= _SHOWN else digest(text))
        for other_name in found.reads:
            self._global(scope, other_name, found.attributes)

    # ------------------------------------------------------------------ labels

    def _note(self, label: str, text: str) -> None:
        self.code.setdefault(label, set()).add(text)

    def _place(self, file: str) -> str:
        path = Path(file)
        if not file or not path.is_file():
            return ""
        path = path.resolve()
        if self.folder is not None and self.folder.resolve() in path.parents:
            return f" in {path.relative_to(self.folder.resolve()).as_posix()}"
        return f" in {path.name}"


def plain_text(value: Any) -> str | None:
    """A plain value as it is written, the same in all processes; None for one that is not plain."""
    if isinstance(value, _LITERALS):
        return repr(value) if type(value) in _LITERALS else None
    if isinstance(value, (set, frozenset)):
        items = [plain_text(item) for item in value]
        return None if None in items else f"{{{', '.join(sorted(map(str, items)))}}}"
    if type(value) in (list, tuple):
        items = [plain_text(item) for item in value]
        ends = "[]" if isinstance(value, list) else "()"
        return None if None in items else f"{ends[0]}{', '.join(map(str, items))}{ends[1]}"
    if type(value) is dict:
        pairs = [(plain_text(key), plain_text(item)) for key, item in value.items()]
        if any(None in pair for pair in pairs):
            return None
        return f"{{{', '.join(f'{key}: {item}' for key, item in pairs)}}}"
    return None


def _together(texts: set[str]) -> str:
    """One text for functions of one name in one file."""
    return next(iter(texts)) if len(texts) == 1 else digest(sorted(texts))


def _short(qualname: str) -> str:
    return qualname.replace("<locals>.", "").replace("<lambda>", "a lambda")


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    """Those of a function, and of the functions and comprehensions within it."""
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)


def _names_read(code: CodeType) -> list[str]:
    return sorted({str(i.argval) for i in _instructions(code) if i.opname in _GLOBALS})


def _attributes(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _attributes(constant)


def _imported_within(code: CodeType, scope: Scope) -> Iterator[ModuleType]:
    """The user's own modules that a function imports itself, whether it has run or not."""
    loaded: list[Any] = [None, None]
    for step in _instructions(code):
        if step.opname == "IMPORT_NAME":
            # The level was loaded before, and then what is imported from there.
            level = loaded[0] if isinstance(loaded[0], int) else 0
            module = imported_module(level, str(step.argval), scope)
            if module is not None and is_own_module(module):
                yield module
        loaded = [loaded[1], step.argval]
