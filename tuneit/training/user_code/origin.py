"""Where functions and objects come from, and what a class sets without being given anything."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from types import FunctionType
from typing import Any

from tuneit.training.user_code.definitions import made_within
from tuneit.training.user_code.ownership import is_own_function
from tuneit.training.user_code.source_digest import source_nodes

MAKING = ("__init__", "__post_init__", "__new__")
GENERATED = "<string>"
"""The file of methods that dataclasses and named tuples write from a class's fields."""


def scope_of(value: Any) -> dict[str, Any]:
    """The names of the module that a function, a partial's function or an object's class is of."""
    while isinstance(value, partial):
        value = value.func
    if isinstance(value, FunctionType):
        return value.__globals__
    return vars(sys.modules.get(type(value).__module__, object))


def file_of(found: type[Any], scope: Mapping[str, Any]) -> str:
    """A class's file: its module's, or the notebook's cell that its methods are of."""
    files = (m.__code__.co_filename for m in vars(found).values() if isinstance(m, FunctionType))
    return scope.get("__file__") or next((file for file in files if file != GENERATED), "")


def made_by(kind: type[Any]) -> frozenset[str]:
    """Attributes that `__init__` and the like of a class set from nothing that they are given."""
    made: set[str] = set()
    for owner in kind.__mro__:
        for name in MAKING:
            maker = vars(owner).get(name)
            if isinstance(maker, FunctionType) and is_own_function(maker):
                for node in source_nodes(maker.__code__):
                    made |= made_within(node)
    return frozenset(made)


def is_sunder(name: str) -> bool:
    """Whether it is one of the names that `enum` keeps for itself, such as `_member_map_`."""
    return name.startswith("_") and name.endswith("_")
