"""Turns errors of the system about writing (no room, no permission) into errors for the user."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuneit.errors import NoRoomError, TuneitError, UnwritableError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room: on the disk, in the user's quota, below the system's limit of a file's size."""

_PASSING = (*_FULL, errno.EIO, errno.ESTALE)
"""Errors that may go away without another path: no room, a disk or network that fails."""

_TOLD = re.compile(r"\berrno = (\d+)|\[Errno (\d+)\]")
"""How HDF5 and Python write the system's error number in a longer text."""

_SAID = {os.strerror(number).lower(): number for number in (errno.ENOSPC, errno.EDQUOT)}
"""TensorFlow's texts for a full disk, which have no number."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Run a block that writes at `path`; errors of the system become errors for the user.

    Raises NoRoomError where there is no room or the disk fails, UnwritableError where the place
    cannot be written at all.
    """
    try:
        yield
    except TuneitError:
        raise
    except Exception as error:
        number = _full(error) or _number(error)
        if number is None:
            raise
        said = f"{path} cannot be written ({os.strerror(number)})"
        if number in _PASSING:
            raise NoRoomError(f"{said}: {_GOES_ON}") from error
        raise UnwritableError(
            f"{said}: make it writable, or choose another place with --output (in Python output=…)"
        ) from error


@contextmanager
def full_disk_as_error() -> Iterator[None]:
    """Run a block that may write anywhere. Raises NoRoomError where a disk is full."""
    try:
        yield
    except TuneitError:
        raise
    except Exception as error:
        refuse_full_disk(error)
        raise


def refuse_full_disk(error: BaseException) -> None:
    """Raise NoRoomError where the error, or one of its causes, is that of a full disk.

    Used for errors of the user's code: with a full disk a trial must not count as failed.
    """
    if not isinstance(error, NoRoomError) and _full(error) is not None:
        raise NoRoomError(f"there is no room to write ({error}): {_GOES_ON}") from error


_GOES_ON = "make room, and the same command goes on; what was recorded is kept"


def _full(error: BaseException | None) -> int | None:
    """The error number for a full disk, of the error or one of its causes; else None."""
    while error is not None:
        if (number := _number(error)) in _FULL:
            return number
        error = error.__cause__ or error.__context__
    return None


def _number(error: BaseException) -> int | None:
    """The system's error number, also where a library wrote it into a text; else None."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    text = str(error)
    if (told := _TOLD.search(text)) is not None:
        return int(told[1] or told[2])
    return next((number for words, number in _SAID.items() if words in text.lower()), None)
