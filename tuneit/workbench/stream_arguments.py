"""Read the streams that Python code gives as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuneit.data.stream_sources import is_stream, source_of
from tuneit.errors import InputError

if TYPE_CHECKING:
    from tuneit.data.raw import SplitName
    from tuneit.data.stream_splits import Sources


def given_sources(data: Any, given: Mapping[str, Any]) -> Sources:
    """Read `data` (or `x`) and `validation_data` if they are streams; return {} if they are not.

    `data` is a stream, or (train, validation) or (train, validation, test) of streams. The
    validation and test data may be arrays (x, y). Raises InputError for arguments that go only
    with arrays.
    """
    data = given.get("x", data) if data is None else data
    parts = data if isinstance(data, (tuple, list)) else (data,)
    names: tuple[SplitName, ...] = ("train", "validation", "test")
    held = given.get("validation_data")
    if not parts or not is_stream(parts[0]) or len(parts) > len(names):
        if is_stream(held):
            raise InputError(
                "validation_data is a stream, but data are arrays: give validation_data as (x, y)"
            )
        return {}
    for name in ("y", "sample_weight", "groups", "times", "missing"):
        if name in given:
            raise InputError(
                f"`{name}` goes with arrays, but data is a stream, whose batches are (x, y) or "
                f"(x, y, sample_weight): leave out {name}"
            )
    by_split = dict(zip(names, parts, strict=False))
    if held is not None:
        if "validation" in by_split:
            raise InputError("data has a stream for validation already: leave out validation_data")
        by_split["validation"] = held
    return {name: source_of(part, name) for name, part in by_split.items()}
