"""A study's values, each with its file, line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuneit.study.part import Path
from tuneit.study_file.problem import Origin


@dataclass
class Document:
    """Plain values (mappings, lists, scalars) and the origins of their keys and values.

    `whole` is the origin of the document itself, used where no line is known.
    """

    whole: Origin
    values: dict[str, Any]
    keys: dict[Path, Origin] = field(default_factory=dict)
    places: dict[Path, Origin] = field(default_factory=dict)

    def at(self, path: Path) -> Any:
        """Return the value at `path`, or None where there is none."""
        value: Any = self.values
        for step in path:
            if not has_child(value, step):
                return None
            value = value[step]
        return value

    def key_origin(self, path: Path) -> Origin:
        """Return the origin of the key of `path`, or of its closest parent that has one."""
        while path:
            if path in self.keys:
                return self.keys[path]
            path = path[:-1]
        return self.whole

    def origin(self, path: Path) -> Origin:
        """Return where to show a problem with the value at `path`: at a scalar, else at its key."""
        value = self.at(path)
        scalar = value is not None and not isinstance(value, (Mapping, list, tuple))
        if path in self.places and (scalar or path not in self.keys):
            return self.places[path]
        return self.key_origin(path)

    def forget(self, path: Path) -> None:
        """Drop the origins of `path` and of everything below it."""
        for origins in (self.keys, self.places):
            for known in [p for p in origins if p[: len(path)] == path]:
                del origins[known]


def has_child(value: object, step: str | int) -> bool:
    """Tell whether `value[step]` is a value of a mapping or an item of a list."""
    if isinstance(value, Mapping):
        return step in value
    is_list = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    return is_list and isinstance(step, int) and 0 <= step < len(value)  # type: ignore[arg-type]
