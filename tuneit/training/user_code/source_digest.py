"""A function's code as a short text that comments, docstrings and formatting do not change."""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from types import CodeType
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_UNTOLD = ("ctx", "kind", "type_comment", "annotation", "returns", "type_params")
"""Fields of a syntax tree that change nothing of what a function does."""

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


def digest(value: object) -> str:
    """`#` and twelve hexadecimal digits of a value's `repr`."""
    return f"#{sha256(repr(value).encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def code_digest(code: CodeType) -> str:
    """A digest of a function's syntax tree, or of its bytecode where its source is not known.

    The source is not known for code from `exec` or the Python prompt, nor for a file that was
    edited after Python had loaded it: then the source is not what runs. Bytecode differs between
    versions of Python, so such a digest names the version (`#py3.11 …`). Digests are cached in this
    process: loaded code does not change when its file is edited.
    """
    return _code_digest(id(code), code)


@lru_cache(maxsize=4096)
def _code_digest(identity: int, code: CodeType) -> str:
    # By identity too: code objects are equal even where defaults or decorators differ.
    nodes = source_nodes(code)
    if nodes:
        return digest([plain_tree(node) for node in nodes])
    version = "{}.{}".format(*sys.version_info)
    return f"#py{version} {digest(_plain_code(code))}"


def source_nodes(code: CodeType) -> tuple[Function, ...]:
    """A function's syntax tree, where its source is what runs; several where lambdas share a line.

    Empty where the source is not known.
    """
    return _source_nodes(id(code), code)


@lru_cache(maxsize=4096)
def _source_nodes(identity: int, code: CodeType) -> tuple[Function, ...]:
    text = source_text(code.co_filename)
    if not text:
        return ()
    whole, nodes = _compiled(text, code.co_flags & _FUTURES)
    running = _plain_code(code)
    for inner in _within(whole) if whole is not None else ():
        if inner.co_qualname == code.co_qualname and _plain_code(inner) == running:
            return nodes.get((inner.co_firstlineno, inner.co_name), ())
    return ()


def source_text(file: str) -> str:
    """A file's text, or a notebook cell's; empty where there is none."""
    linecache.checkcache(file)
    return "".join(linecache.getlines(file))


def plain_tree(node: ast.AST) -> Any:
    """A syntax tree as nested tuples, the same in all versions of Python."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        node = ast.Assign(targets=[node.target], value=node.value)
    fields = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, _DEFINITIONS):
            value = _without_docstring(value)
        if name not in _UNTOLD and value is not None and value != []:
            fields.append((name, _plain_field(value)))
    return type(node).__name__, *fields


def _plain_field(value: Any) -> Any:
    if isinstance(value, ast.AST):
        return plain_tree(value)
    if isinstance(value, list):
        return tuple(_plain_field(item) for item in value if not _says_nothing(item))
    return repr(value)


def _says_nothing(item: Any) -> bool:
    return isinstance(item, ast.Pass) or (isinstance(item, ast.AnnAssign) and item.value is None)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_one = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_one and isinstance(first.value.value, str) else body  # type: ignore


@lru_cache(maxsize=256)
def _compiled(
    text: str, futures: int
) -> tuple[CodeType | None, dict[tuple[int, str], tuple[Function, ...]]]:
    """A file's code, and its functions by their first line and name."""
    try:
        tree = ast.parse(text)
        whole = compile(text, "<source>", "exec", flags=futures, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None, {}
    nodes: dict[tuple[int, str], tuple[Function, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, Function):
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            line = min(part.lineno for part in (node, *decorators))
            nodes[line, name] = (*nodes.get((line, name), ()), node)
    return whole, nodes


def _within(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _within(constant)


def _plain_code(code: CodeType) -> Any:
    """What a function does, without its place in a file."""
    return (
        code.co_code.hex(),
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        tuple(map(_plain_constant, code.co_consts)),
    )


def _plain_constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _plain_code(value)
    if isinstance(value, tuple):
        return tuple(map(_plain_constant, value))
    if isinstance(value, frozenset):  # whose order is another in each process
        return sorted(map(repr, value))
    return repr(value)
