"""Which statements of a file assign a name, and which names a function changes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tuneit.training.user_code.definitions import definition
from tuneit.training.user_code.source_digest import plain_tree

_CHANGING = frozenset(
    {
        *("append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem"),
        *("remove", "discard", "clear", "sort", "reverse", "appendleft", "popleft", "__setitem__"),
    }
)
"""Methods of lists, sets, dicts and deques that change them."""


@dataclass(frozen=True)
class Assigned:
    """The statements at the top of a module, or in a class, that assign a name or change it.

    `text` is the assigned expression, or a text for several statements; `is_literal` tells that
    it is a plain value. `reads` and `attributes` are the names in it. `imported` is (level, module,
    name) where the name comes from another module.
    """

    text: str
    is_literal: bool = False
    reads: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()
    imported: tuple[int, str, str] | None = None


@lru_cache(maxsize=4096)
def assigned(text: str, name: str, within: str = "") -> Assigned | None:
    """How a module's source assigns a name at its top level, or in the class `within`.

    None where no statement assigns it.
    """
    statements: list[ast.stmt] = []
    for statement in _top(text, within):
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    source = (statement.level, statement.module or "", alias.name)
                    return Assigned("", imported=source)
        elif name in _targets(statement):
            statements.append(statement)
    if not statements:
        return None
    nodes = [node for statement in statements for node in ast.walk(statement)]
    reads = sorted({n.id for n in nodes if isinstance(n, ast.Name) and n.id != name})
    attributes = frozenset(n.attr for n in nodes if isinstance(n, ast.Attribute))
    value = getattr(statements[0], "value", None)
    if len(statements) > 1 or value is None:
        several = repr([plain_tree(statement) for statement in statements])
        return Assigned(several, False, tuple(reads), attributes)
    return Assigned(ast.unparse(value), _is_literal(value), tuple(reads), attributes)


def all_assigned(text: str, within: str) -> set[str]:
    """The names that a class body assigns, also those that a decorator removes from the class."""
    return {name for statement in _top(text, within) for name in _targets(statement)}


@lru_cache(maxsize=64)
def _top(text: str, within: str) -> tuple[ast.stmt, ...]:
    found = definition(text, within)
    return tuple(_statements(found.body)) if found is not None else ()


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module, including those inside `if`, `for`, `with` and `try`."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body)


def _targets(statement: ast.stmt) -> set[str]:
    """Names that a simple statement, or the head of a `for` or `with`, assigns or changes."""
    heads: list[ast.AST] = []
    if isinstance(statement, ast.Assign):
        heads = [*statement.targets]
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign, ast.For)):
        heads = [statement.target]
    elif isinstance(statement, ast.With):
        heads = [item.optional_vars for item in statement.items if item.optional_vars]
    elif isinstance(statement, ast.Expr):
        heads = [changed] if (changed := _changed_in_place(statement.value)) else []
    return {n.id for head in heads for n in ast.walk(head) if isinstance(n, ast.Name)}


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return False
    return True


def written(function: ast.AST, own: Collection[str]) -> set[str]:
    """Names outside of a function, and attributes, that it assigns to or changes in place.

    `own` are the function's own variables.
    """
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            names |= set(node.names)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            names.add(node.attr)
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            names |= _last_name(node.value, own)
        elif changed := _changed_in_place(node):
            names |= _last_name(changed, own)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            names |= {str(part.value) for part in node.args[1:2] if isinstance(part, ast.Constant)}
    return names


def _changed_in_place(node: ast.AST) -> ast.expr | None:
    """What a call such as `seen.append(…)` changes."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    return node.func.value if node.func.attr in _CHANGING else None


def _last_name(node: ast.AST, own: Collection[str]) -> set[str]:
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        return {node.id} - {*own}
    return {node.attr} if isinstance(node, ast.Attribute) else set()
