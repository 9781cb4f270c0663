"""Functions and classes in a source text: their syntax trees, and the names in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

Definition = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@lru_cache(maxsize=1024)
def definition(text: str, qualname: str) -> Definition | None:
    """The function or class of a qualified name, "" being the module.

    None where the source holds none, or several that a condition chooses from.
    """
    try:
        found: list[Definition] = [ast.parse(text)]
    except (SyntaxError, ValueError):
        return None
    for part in qualname.split(".") if qualname else ():
        if part != "<locals>":
            found = [inner for node in found for inner in _within(node) if inner.name == part]
    return found[0] if len(found) == 1 else None


def enclosing(text: str, qualname: str) -> Definition | None:
    """The function in which the function of a qualified name is defined."""
    outer, local, _ = qualname.rpartition(".<locals>.")
    return definition(text, outer) if local else None


def expressions(node: ast.AST, *, decorators: bool = True) -> list[ast.expr]:
    """What is computed where a function or class is defined: its defaults in the order of the
    arguments, a class's bases and keywords, and its decorators."""
    found: list[ast.expr] = []
    if isinstance(node, _FUNCTION):
        found += [*node.args.defaults, *(one for one in node.args.kw_defaults if one)]
    if isinstance(node, ast.ClassDef):
        found += [*node.bases, *(keyword.value for keyword in node.keywords)]
    return [*found, *(getattr(node, "decorator_list", ()) if decorators else ())]


def variables_in(node: ast.AST) -> frozenset[str]:
    """Variables that an expression or a function reads or sets."""
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def names_in(node: ast.AST) -> frozenset[str]:
    """Variables and attributes that an expression or a function reads or sets."""
    attributes = (part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute))
    return variables_in(node).union(attributes)


def names_set_without_arguments(function: ast.AST) -> frozenset[str]:
    """Variables and attributes that a function sets without using its arguments: from the clock,
    for instance, or as an empty list.

    `self` does not count as an argument. What a loop or a `with` sets counts as an argument.
    """
    arguments = getattr(function, "args", None)
    if not isinstance(arguments, ast.arguments):
        return frozenset()
    given = {part.arg for part in ast.walk(arguments) if isinstance(part, ast.arg)} - {"self"}
    set_: list[tuple[str, ast.expr]] = []
    for node in _own(function):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            set_ += [(name, node.value) for target in targets for name in _set(target)]
        elif isinstance(node, (ast.For, ast.AugAssign, ast.NamedExpr, ast.comprehension)):
            given |= names_in(node.target)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            given |= names_in(node.optional_vars)
    for _ in set_:
        given |= {name for name, value in set_ if names_in(value) & given}
    return frozenset(name for name, _ in set_) - given


def _set(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Attribute):
        yield target.attr
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from _set(part)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions and classes within it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (*_FUNCTION, ast.ClassDef)):
            yield node
            yield from _own(node)


def _within(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield inner
        else:
            yield from _within(inner)
