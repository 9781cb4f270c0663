"""The user's own code that a builder uses: functions, classes and constants, each with a digest."""

from __future__ import annotations

import ast
import builtins
import contextlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from tuneit.training.user_code.assignments import Assigned, all_assigned, assigned, written
from tuneit.training.user_code.bytecode import attributes_read, imported_within, names_read
from tuneit.training.user_code.definitions import (
    definition,
    enclosing,
    expressions,
    names_in,
    names_set_without_arguments,
    variables_in,
)
from tuneit.training.user_code.literals import LITERALS, plain_text
from tuneit.training.user_code.origin import (
    GENERATED,
    MAKING,
    attributes_set_without_arguments,
    file_of,
    is_sunder,
    scope_of,
)
from tuneit.training.user_code.ownership import (
    imported_module,
    is_own_class,
    is_own_file,
    is_own_function,
    is_own_module,
)
from tuneit.training.user_code.source_digest import (
    code_digest,
    digest,
    plain_tree,
    source_nodes,
    source_text,
)

_IMMUTABLE = (*LITERALS, tuple, frozenset)
_CLOSED = (staticmethod, classmethod)
_INTERNAL = ("__", "_abc_")

_SHOWN = 60
"""Characters up to which a constant is kept as it is, so that a change can be shown in full."""

Scope = dict[str, Any]
"""The names of a module, as its functions see them."""


def user_code(roots: Iterable[Any], folder: Path | None = None) -> dict[str, str]:
    """Collect a text for each piece of the user's own code that `roots` use, by `name in file`.

    Roots are functions, classes, instances of these, and `functools.partial` objects. From a root
    the functions and methods that it calls are followed, as are base classes, imported modules
    (imports within a function, too), default values, closures, and constants at the top of a
    module. Files below site-packages, of the standard library and of tuneit are not the user's own.

    The text of a function or class is a digest that comments, docstrings and formatting do not
    change; that of a constant its value. Names that the code changes (counters, caches) are no
    constants, nor are values that it makes without using its arguments (the time, a temporary
    folder): these differ in each run, and the digest of the code covers how they are made.
    File names are relative to `folder`.
    """
    walk = _Walk(folder)
    for root in roots:
        walk.root(root)
    code = {label: _together(texts) for label, texts in walk.code.items()}
    kept = {label: text for label, (name, text) in walk.constants.items() if name not in walk.state}
    return {**code, **kept}


@dataclass
class _Walk:
    folder: Path | None
    code: dict[str, set[str]] = field(default_factory=dict)
    constants: dict[str, tuple[str, str]] = field(default_factory=dict)
    state: set[str] = field(default_factory=set)
    seen: dict[Any, Any] = field(default_factory=dict)  # also keeps ids in it from being reused

    def root(self, value: Any) -> None:
        """Visit what a study names, and the statement that assigns it where there is one."""
        scope = scope_of(value)
        for name, held in list(scope.items()):
            known = held is value and not name.startswith("__")
            if known and assigned(source_text(scope.get("__file__") or ""), name):
                self._global(scope, name, frozenset())
        self.visit(value, "")

    def visit(self, value: Any, label: str | None) -> None:
        """Collect the user's own code that a value is, or holds.

        `label` names plain values in it; without a label plain values are not collected.
        """
        if isinstance(value, LITERALS) or id(value) in self.seen:
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
                label_text = f"argument {name} of {label or 'the builder'}"
                self.constant("", given, label_text if label is not None else None)
        elif isinstance(value, MethodType):
            self.visit(value.__func__, label)
            self.visit(value.__self__, label)
        elif isinstance(value, FunctionType):
            self._function(value, label)
        elif inspect.isclass(value):
            self._class(value)
        elif label is None and isinstance(value, (Mapping, list, tuple, set, frozenset)):
            self.constant("", value, None)
        elif not isinstance(value, ModuleType):
            # Such as a tf.function or what functools.lru_cache returns.
            self.visit(inspect.getattr_static(value, "__wrapped__", None), label)
            self._instance(value, label)

    def constant(self, name: str, value: Any, label: str | None) -> None:
        """Collect a value that the code reads, if it is plain; else the code that it holds."""
        text = plain_text(value)
        if text is not None:
            self._note_constant(name, text, label)
        elif isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                self.visit(item, label)
        elif isinstance(value, Mapping):
            for item in list(value.values()):
                self.visit(item, label)
        else:
            self.visit(value, label)

    def _function(self, function: FunctionType, label: str | None) -> None:
        inner = function.__dict__.get("__wrapped__")
        if not is_own_function(function):
            self.visit(inner, "")
            self.visit(dict(getattr(function, "registry", {})), None)  # functools.singledispatch
            return
        code, scope = function.__code__, function.__globals__
        place = self._place(code.co_filename)
        name = _short(code.co_qualname)  # functools.wraps does not change this one
        self._note(f"{name}{place}", code_digest(code))
        nodes = source_nodes(code)
        attributes = frozenset(attributes_read(code))
        for node in nodes:
            if function.__name__ not in MAKING:
                self.state |= written(node, code.co_varnames)
            for given in expressions(node):
                self._names(scope, names_in(given), attributes | names_in(given))
        self.visit(inner, "")
        self._defaults(function, f"{name}{place}", len(nodes) == 1)
        self._closure(function, f"{name} reads{place}", label)
        for global_name in names_read(code):
            self._global(scope, global_name, attributes)
        if "globals" in attributes:  # globals()["name"] finds a name by a text
            self._names(scope, attributes, attributes)
        for module in imported_within(code, scope):
            for attribute in sorted(attributes):
                self._global(vars(module), attribute, attributes)

    def _defaults(self, function: FunctionType, label_text: str, has_source: bool) -> None:
        """Collect default values; the digest of the source covers one that is computed."""
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = function.__defaults__ or ()
        given = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        given |= function.__kwdefaults__ or {}
        nodes = source_nodes(function.__code__) if has_source else ()
        sources = [part for node in nodes for part in expressions(node, decorators=False)]
        known = {*function.__globals__, *vars(builtins)}
        for index, (argument, value) in enumerate(given.items()):
            source = sources[index] if index < len(sources) else ast.Constant(None)
            around = variables_in(source) - known  # variables of the function around it
            kept = isinstance(source, ast.Constant) or around
            label = f"the default of {argument} in {label_text}"
            self.constant("", value, label if kept else None)

    def _closure(self, function: FunctionType, label_text: str, label: str | None) -> None:
        """Collect what a function reads of the function around it, and that function's code."""
        code = function.__code__
        around = enclosing(source_text(code.co_filename), code.co_qualname)
        known = around is not None and bool(source_nodes(code))
        made = names_set_without_arguments(around) if known and around is not None else frozenset()
        if known and around is not None and code.co_freevars:
            outer = _short(code.co_qualname.rpartition(".<locals>")[0])
            self._note(f"{outer}{self._place(code.co_filename)}", digest([plain_tree(around)]))
            self._names(function.__globals__, names_in(around), names_in(around))
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # not assigned yet
                hidden = label is None or name in made
                if name != "__class__":
                    value = cell.cell_contents
                    self.constant(name, value, None if hidden else f"{name}, which {label_text}")

    def _class(self, found: type[Any]) -> None:
        if not is_own_class(found):
            return
        scope = vars(sys.modules.get(found.__module__, object))
        file = file_of(found, scope)
        place, text = self._place(file), source_text(file)
        name = _short(found.__qualname__)
        node = definition(text, found.__qualname__)
        bases = ", ".join(base.__qualname__ for base in found.__bases__)
        self._note(f"{name}{place}", digest(bases))
        for around in expressions(node) if node is not None else ():
            self._names(scope, names_in(around), names_in(around))
        for base in (*found.__bases__, type(found)):
            self.visit(base, "")
        members = {**dict.fromkeys(all_assigned(text, found.__qualname__)), **vars(found)}
        for member_name, member in sorted(members.items()):
            if isinstance(member, FunctionType):
                if inspect.unwrap(member).__code__.co_filename != GENERATED:
                    self.visit(member, "")
            elif not member_name.startswith(_INTERNAL) and not is_sunder(member_name):
                source = assigned(text, member_name, found.__qualname__)
                label = f"{name}.{member_name}{place}"
                if source is None:
                    self.constant(member_name, member, label)
                else:
                    self._by_source(scope, member_name, member, source, label)

    def _instance(self, value: Any, label: str | None) -> None:
        kind = type(value)
        if not is_own_class(kind):
            return
        self.visit(kind, "")
        label_text = label or _short(kind.__qualname__)
        made = attributes_set_without_arguments(kind)
        for name, attribute in sorted(getattr(value, "__dict__", {}).items()):
            if not name.startswith(_INTERNAL):
                hidden = label is None or name in made
                self.constant(name, attribute, None if hidden else f"{label_text}.{name}")

    # ------------------------------------------------------------------ names of modules

    def _global(self, scope: Scope, name: str, attributes: frozenset[str]) -> None:
        """Collect what a name at the top of a module stands for."""
        if name not in scope or name.startswith("__"):
            return
        value = scope[name]
        # Two functions may read different attributes of one module.
        read = attributes if isinstance(value, ModuleType) else frozenset()
        key = (id(scope), name, read)
        if key in self.seen:
            return
        self.seen[key] = scope
        if isinstance(value, ModuleType):
            if is_own_module(value):
                for attribute in sorted(attributes):
                    self._global(vars(value), attribute, attributes)
        elif is_own_file(scope.get("__file__")):
            self._assigned(scope, name, value)
        elif isinstance(value, FunctionType) or inspect.isclass(value):
            self.visit(value, name)
        elif scope.get("__name__") == "__main__":  # a notebook or prompt, without a file
            self.constant(name, value, f"{name}{self._place('')}")

    def _names(self, scope: Scope, names: Iterable[str], attributes: frozenset[str]) -> None:
        for name in sorted(names):
            self._global(scope, name, attributes)

    def _assigned(self, scope: Scope, name: str, value: Any) -> None:
        """Collect a name by the statements that assign it: its value may differ in each run.

        Such are the time, and a list that trials append to.
        """
        label = f"{name}{self._place(scope['__file__'])}"
        found = assigned(source_text(scope["__file__"]), name)
        defined = isinstance(value, FunctionType) or inspect.isclass(value)
        if found is None and not defined:
            self.constant(name, value, label)
        elif found is None:
            self.visit(value, name)
        elif found.imported is None:
            self._by_source(scope, name, value, found, label)
        else:
            self.visit(value, name if defined else None)
            other = imported_module(found.imported[0], found.imported[1], scope)
            if other is not None and is_own_module(other):
                self._global(vars(other), found.imported[2], frozenset())

    def _by_source(self, scope: Scope, name: str, value: Any, found: Assigned, label: str) -> None:
        """Collect what statements assign: a plain constant by its value, else by their text."""
        self.visit(value, None)
        text = found.text
        if found.is_literal and isinstance(value, _IMMUTABLE):
            text = plain_text(value) or text
        self._note_constant(name, text, label)
        self._names(scope, found.reads, found.attributes)

    # ------------------------------------------------------------------ labels

    def _note(self, label: str, text: str) -> None:
        self.code.setdefault(label, set()).add(text)

    def _note_constant(self, name: str, text: str, label: str | None) -> None:
        if label is not None:
            self.constants[label] = (name, text if len(text) <= _SHOWN else digest(text))

    def _place(self, file: str) -> str:
        path = Path(file)
        if not file or not path.is_file():
            return ""
        path = path.resolve()
        if self.folder is not None and self.folder.resolve() in path.parents:
            return f" in {path.relative_to(self.folder.resolve()).as_posix()}"
        return f" in {path.name}"


def _together(texts: set[str]) -> str:
    """One text for several functions of the same name in one file."""
    return next(iter(texts)) if len(texts) == 1 else digest(sorted(texts))


def _short(qualname: str) -> str:
    return qualname.replace("<locals>.", "").replace("<lambda>", "a lambda")
