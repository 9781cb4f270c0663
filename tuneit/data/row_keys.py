"""The group or time of each row, by which rows are split instead of at random."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.finite import is_missing
from tuneit.errors import DataError


def as_groups(values: Any, rows: int) -> tuple[Array, tuple[str, ...]]:
    """Return groups as an array of shape (rows,) that can be sorted, and notes.

    A row whose group is missing (None, NaN) is a group of its own. Raises DataError where there is
    not one group a row.
    """
    groups = _one_a_row(values, rows, "groups")
    listed = groups.tolist()
    missing = [is_missing(value) for value in listed]
    if any(missing):
        alone = zip(listed, missing, strict=True)
        named = [f"row {i}" if gone else f"={value}" for i, (value, gone) in enumerate(alone)]
        said = f"{sum(missing)} rows without a group count as groups of their own"
        return np.array(named), (said,)
    if groups.dtype.kind == "O":
        groups = np.array(listed)
    return groups if groups.dtype.kind != "O" else np.array(list(map(str, listed))), ()


def as_moments(values: Any, rows: int) -> Array:
    """Return the rank of each row's time among all times, from 0: int64 of shape (rows,).

    Times are numbers, dates or times, or texts such as 2024-05-31 or 2024-05-31T12:00 (ISO 8601;
    without a zone they are UTC). Raises DataError where there is not one time a row, where times
    are missing or of another form, and where all are the same.
    """
    times = _one_a_row(values, rows, "times")
    listed = times.tolist() if times.dtype.kind in "OUT" else []
    gone = np.array([is_missing(v) for v in listed]) if listed else np.isnan(_plain(times))
    if gone.any():
        raise DataError(
            f"every row needs a time, but times are missing in {int(gone.sum())} of {rows} rows, "
            f"the first in row {int(np.argmax(gone))}: fill them in, or drop these rows"
        )
    known = _plain(times) if not listed else _read(listed)
    distinct, moments = np.unique(known, return_inverse=True)
    if len(distinct) < 2:
        raise DataError(
            f"rows can be put in order of time where their times differ, but all {rows} have the "
            "same: name other times, or split at random"
        )
    return moments.astype(np.int64)


def _one_a_row(values: Any, rows: int, what: str) -> Array:
    plain = values.to_numpy() if hasattr(values, "to_numpy") else values
    try:
        array = np.asarray(plain)
    except ValueError:  # ragged
        array = np.empty((0, 0))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"{what} must be one value a row, but have the shape {array.shape}")
    if len(array) != rows:
        raise DataError(
            f"{what} must be one a row, but the training split has {rows} rows and there are "
            f"{len(array)} {what}"
        )
    return array


def _plain(times: Array) -> Array:
    if times.dtype.kind not in "biufM":
        raise _no_time(times.dtype)
    return times


def _read(listed: Sequence[Any]) -> Array:
    """Times of one kind, in an array that can be sorted."""
    numbers = all(isinstance(value, (int, float, np.number)) for value in listed)
    return np.array(listed) if numbers else np.array(list(map(_moment, listed)))


def _moment(value: Any) -> Any:
    """A time in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            try:
                return np.datetime64(value.strip(), "us")  # 2024-05
            except ValueError:
                raise _no_time(f"'{value[:40]}'") from None
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[us]")
    if not isinstance(value, date):
        raise _no_time(repr(value)[:40])
    return np.datetime64(value, "us")


def _no_time(got: object) -> DataError:
    return DataError(
        "times must be numbers, or dates such as 2024-05-31 or 2024-05-31T12:00, but are "
        f"{got}: convert them"
    )
