"""Read a Python file's definitions and imports without running it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Parameter, Signature
from pathlib import Path

from tuneit.errors import Location
from tuneit.study_file.problem import Problem


@dataclass(frozen=True)
class Source:
    """The names that a file defines at its top level, each with the last node that defines it.

    `complete` is False if the file may define more names (`import *`). `needs` are the imports that
    always run.
    """

    names: dict[str, ast.stmt]
    complete: bool
    needs: tuple[ast.Import | ast.ImportFrom, ...] = ()


def read_source(path: Path, shown_as: str) -> Source | Problem:
    """Parse a Python file; a syntax error is a problem with a place in that file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # such as invalid escapes, which importing the file reports
            tree = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        place = Location(shown_as, error.lineno or 1, error.offset or 1)
        return Problem(place, f"this is not valid Python: {error.msg}")
    except (ValueError, OSError, RecursionError, MemoryError) as error:
        return Problem(Location(shown_as, 1, 1), f"the file cannot be read: {error}")
    names: dict[str, ast.stmt] = {}
    complete = True
    for statement in _at_the_top(tree.body):
        for name in _defined_by(statement):
            names[name] = statement
        complete = complete and "*" not in names and "__getattr__" not in names
    needs = tuple(s for s in tree.body if isinstance(s, (ast.Import, ast.ImportFrom)))
    return Source(names, complete, needs)


def _at_the_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those inside if, try, with and loops included."""
    for statement in body:
        yield statement
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(statement, part, None)
            if inner and not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if isinstance(statement, ast.ClassDef):
                    continue
                for block in inner:
                    nested = [block] if isinstance(block, ast.stmt) else block.body
                    yield from _at_the_top(nested)


def _defined_by(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield (alias.asname or alias.name).partition(".")[0]
    elif isinstance(statement, ast.stmt):
        for node in _own_expressions(statement):
            for name in ast.walk(node):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id


def _own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield child


def signature_of(function: ast.FunctionDef) -> Signature:
    """Return a function's parameters as `inspect.signature` would, defaults as nodes."""
    given = function.args
    parameters: list[Parameter] = []
    positional = [*given.posonlyargs, *given.args]
    first_default = len(positional) - len(given.defaults)
    for index, arg in enumerate(positional):
        only = index < len(given.posonlyargs)
        kind = Parameter.POSITIONAL_ONLY if only else Parameter.POSITIONAL_OR_KEYWORD
        default = (
            Parameter.empty if index < first_default else given.defaults[index - first_default]
        )
        parameters.append(Parameter(arg.arg, kind, default=default))
    if given.vararg:
        parameters.append(Parameter(given.vararg.arg, Parameter.VAR_POSITIONAL))
    for arg, value in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        default = Parameter.empty if value is None else value
        parameters.append(Parameter(arg.arg, Parameter.KEYWORD_ONLY, default=default))
    if given.kwarg:
        parameters.append(Parameter(given.kwarg.arg, Parameter.VAR_KEYWORD))
    return Signature(parameters)
