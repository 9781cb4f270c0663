"""Printed Python: `print(history.history)`, or one dict a line as Hugging Face's Trainer prints."""

from __future__ import annotations

import ast
import math
import re
import warnings
from typing import Any

from tuneit.errors import LogError
from tuneit.logs.documents import name_of_document, tables_in
from tuneit.logs.files import LogFile
from tuneit.logs.table import Table

MAX_CHARACTERS = 4 * 1024 * 1024
"""Python's parser needs some hundred bytes a character."""

_DICT_LINE = re.compile(r"\{\s*'[^']+'\s*:.*\}")
_NAMES = {"nan": math.nan, "NaN": math.nan, "inf": math.inf, "Infinity": math.inf}


def literal(text: str) -> Any:
    """The data of a printed dict or list, arrays as lists; None where the text is none.

    Nothing is executed: the syntax tree is read.
    """
    text = text.strip()
    if not text.startswith(("{", "[", "defaultdict(", "OrderedDict(")):
        return None
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        with warnings.catch_warnings():
            # Of a text that is no program, Python's doubts about its style are no news.
            warnings.simplefilter("ignore", SyntaxWarning)
            return _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Dict):
        keys = [_value(key) if key is not None else "" for key in node.keys]
        values = map(_value, node.values)
        return {str(key): value for key, value in zip(keys, values, strict=True)}
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand)
        return -inner if isinstance(inner, (int, float)) else None
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _NAMES.get(node.id if isinstance(node, ast.Name) else node.attr)
    if isinstance(node, ast.Call) and node.args:
        # array([…]), np.float32(0.5), tensor(0.5), defaultdict(<list>, {…}): the data come last.
        return _value(node.args[-1])
    return None


def _dicts(file: LogFile) -> list[Any]:
    """The dicts that are printed one a line, whatever else a line holds."""
    found = (_DICT_LINE.search(line) for line in file.lines if "{'" in line)
    return [row for match in found if match and (row := literal(match[0])) is not None]


def recognises(file: LogFile) -> bool:
    """Whether a text is a printed dict, or has lines that are."""
    if file.suffix in (".csv", ".tsv"):
        return False
    return _DICT_LINE.search(file.text) is not None or literal(file.text) is not None


def read(file: LogFile) -> list[Table]:
    """Read the runs of printed dicts."""
    name = name_of_document(file.path)
    whole = literal(file.text)
    tables = tables_in(_dicts(file) if whole is None else whole, name, file.wanted)
    if not tables:
        raise LogError(
            f"{file.source}: neither JSON nor a printed Python dict with a series such as loss or "
            "val_loss: a log is {'loss': […], 'val_loss': […]} or one dict a line"
        )
    return tables
