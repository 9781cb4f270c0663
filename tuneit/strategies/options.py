"""Check options of strategies, samplers and pruners against the classes that take them."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from tuneit.errors import InputError, PruningError, StrategyError, did_you_mean

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "dict": "a mapping",
    "Callable": "a function",
    "None": "null",
}
"""Types of options as annotations spell them, and in words."""

_PART: Mapping[type[InputError], str] = {StrategyError: "strategy", PruningError: "pruning"}
"""The study's key whose options an error is about."""


def class_of(implementation: str) -> Any:
    """Import the class that the catalogue names as `module:Class`."""
    module, _, name = implementation.partition(":")
    return getattr(import_module(module), name)


def with_options(
    cls: Any,
    what: str,
    options: dict[str, Any],
    given: Mapping[str, Any] = MappingProxyType({}),
    *,
    error: type[InputError],
) -> Any:
    """Make a dataclass from options, and refuse options that are not among its fields.

    Fields in `given` are set as they are and cannot be options. Raises `error` for an option that
    does not exist, or whose type or value the field does not accept.
    """
    known = {field.name for field in dataclasses.fields(cls) if field.init} - set(given)
    for option in options:
        if option not in known:
            allowed = f"its options are {', '.join(sorted(known))}" if known else "it has none"
            raise error(
                f"{what} has no option '{option}'{did_you_mean(option, known)} ({allowed})",
                at=(_PART[error], "options", option),
            )
    refuse_types(what, options, cls, error)
    try:
        return cls(**given, **options)
    except (TypeError, ValueError, AssertionError) as raised:
        raise error(
            f"{what}: {raised or type(raised).__name__}", at=(_PART[error], "options")
        ) from None


def refuse_types(
    what: str, options: Mapping[str, Any], taker: type[Any], error: type[InputError]
) -> None:
    """Raise `error` for the first option whose value has not the type that `taker` annotates.

    A whole number is a number; true and false are not. Only numbers, text, booleans, mappings,
    functions and null are checked; other annotations accept everything.
    """
    parameters = inspect.signature(taker).parameters
    for option, value in options.items():
        if option not in parameters:
            continue
        annotation = parameters[option].annotation
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        # Annotations are read as text: evaluating them may need imports for type checkers only.
        kinds = [kind.strip().partition("[")[0] for kind in text.split("|")]
        if all(kind in _WORDS for kind in kinds) and not _is_one_of(value, kinds):
            words = " or ".join(_WORDS[kind] for kind in kinds)
            raise error(
                f"{what}: option '{option}' must be {words}, but is {_shown(value)}",
                at=(_PART[error], "options", option),
            )


def _is_one_of(value: Any, kinds: list[str]) -> bool:
    name = "None" if value is None else type(value).__name__
    return (
        name in kinds
        or (name == "int" and "float" in kinds)
        or (callable(value) and "Callable" in kinds)
    )


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    return str(value).lower() if isinstance(value, bool) else repr(value)
