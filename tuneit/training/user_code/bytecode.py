"""What a function's bytecode reads: names at the top of its module, attributes, modules."""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

from tuneit.training.user_code.ownership import imported_module, is_own_module

_GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    """The instructions of a function, and of the functions and comprehensions within it."""
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)


def names_read(code: CodeType) -> list[str]:
    """Names at the top of its module that a function reads, in alphabetical order."""
    return sorted({str(i.argval) for i in _instructions(code) if i.opname in _GLOBALS})


def attributes_read(code: CodeType) -> Iterator[str]:
    """Names that a function uses, and texts that may be names, as in `getattr(nets, "wide")`."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from attributes_read(constant)
        elif isinstance(constant, (str, tuple)):
            parts = (constant,) if isinstance(constant, str) else constant
            yield from (part for part in parts if isinstance(part, str) and part.isidentifier())


def imported_within(code: CodeType, scope: Mapping[str, Any]) -> Iterator[ModuleType]:
    """The user's own modules that a function's body imports, whether it has run or not."""
    loaded: list[Any] = [None, None]
    for step in _instructions(code):
        if step.opname == "IMPORT_NAME":
            # The level was loaded before, and then what is imported from there.
            level = loaded[0] if isinstance(loaded[0], int) else 0
            module = imported_module(level, str(step.argval), scope)
            if module is not None and is_own_module(module):
                yield module
        loaded = [loaded[1], step.argval]
