"""What the system says where something cannot be written, as an error for the user."""

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
"""What may pass while the place stays the same: no room, and a disk or network that fails."""

_TOLD = re.compile(r"\berrno = (\d+)|\[Errno (\d+)\]")
"""How HDF5 and Python name the system's reason within a longer text."""

_SAID = {os.strerror(number).lower(): number for number in (errno.ENOSPC, errno.EDQUOT)}
"""How TensorFlow tells of a full disk: in words alone."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Write something of tuneit's own at `path`; what the system refuses becomes a sentence.

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
def full_disks_told() -> Iterator[None]:
    """Do what may write anywhere; raises NoRoomError where the disk is full there."""
    try:
        yield
    except TuneitError:
        raise
    except Exception as error:
        refuse_full_disk(error)
        raise


def refuse_full_disk(error: BaseException) -> None:
    """Raise NoRoomError where the error, or one that it came from, tells of a full disk.

    For what code of the user's raises: a full disk is no fault of a configuration.
    """
    if not isinstance(error, NoRoomError) and _full(error) is not None:
        raise NoRoomError(f"there is no room to write ({error}): {_GOES_ON}") from error


_GOES_ON = "make room, and the same command goes on; what was recorded is kept"


def _full(error: BaseException | None) -> int | None:
    """The number by which the system says that there is no room, however deep in the error."""
    while error is not None:
        if (number := _number(error)) in _FULL:
            return number
        error = error.__cause__ or error.__context__
    return None


def _number(error: BaseException) -> int | None:
    """The system's number of what went wrong, also where a library has wrapped it in words."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    text = str(error)
    if (told := _TOLD.search(text)) is not None:
        return int(told[1] or told[2])
    return next((number for words, number in _SAID.items() if words in text.lower()), None)
