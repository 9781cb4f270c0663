"""Where functions and objects are defined, and what a class sets without using its arguments."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from types import FunctionType
from typing import Any

from tuneit.training.user_code.definitions import names_set_without_arguments
from tuneit.training.user_code.ownership import is_own_function
from tuneit.training.user_code.source_digest import source_nodes

MAKING = ("__init__", "__post_init__", "__new__")
GENERATED = "<string>"
"""The file of methods that dataclasses and named tuples write from a class's fields."""


def scope_of(value: Any) -> dict[str, Any]:
    """The global names of the module in which a function, or an object's class, is defined."""
    while isinstance(value, partial):
        value = value.func
    if isinstance(value, FunctionType):
        return value.__globals__
    return vars(sys.modules.get(type(value).__module__, object))


def file_of(found: type[Any], scope: Mapping[str, Any]) -> str:
    """The file that defines a class: its module's, or the notebook cell of its methods."""
    files = (m.__code__.co_filename for m in vars(found).values() if isinstance(m, FunctionType))
    return scope.get("__file__") or next((file for file in files if file != GENERATED), "")


def attributes_set_without_arguments(kind: type[Any]) -> frozenset[str]:
    """Attributes that `__init__` and the like set without using their arguments."""
    made: set[str] = set()
    for owner in kind.__mro__:
        for name in MAKING:
            maker = vars(owner).get(name)
            if isinstance(maker, FunctionType) and is_own_function(maker):
                for node in source_nodes(maker.__code__):
                    made |= names_set_without_arguments(node)
    return frozenset(made)


def is_sunder(name: str) -> bool:
    """Whether it is one of the names that `enum` keeps for itself, such as `_member_map_`."""
    return name.startswith("_") and name.endswith("_")
