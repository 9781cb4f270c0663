"""What the system says where something cannot be written, as an error for the user."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuneit.errors import InputError, TuneitError, WorkError

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

    Raises WorkError where there is no room or the disk fails: the same command can go on later.
    Raises InputError where the place cannot be written at all.
    """
    try:
        yield
    except TuneitError:
        raise
    except Exception as error:
        number = _number(error)
        if number is None:
            raise
        raise _refusal(path, number) from error


def refuse_full_disk(error: BaseException, path: Path) -> None:
    """Raise WorkError where the error, or one that it came from, tells of a full disk.

    For what the user's code raises: a full disk there is no fault of a configuration. `path` is
    where the study's files are.
    """
    number = _number(error)
    if number in _FULL:
        raise _refusal(path, number) from error


def _refusal(path: Path, number: int) -> TuneitError:
    said = f"{path} cannot be written ({os.strerror(number)})"
    if number in _PASSING:
        return WorkError(
            f"{said}: what was recorded is kept, and the same command goes on from there once "
            "there is room"
        )
    return InputError(f"{said}: make it writable, or choose another place")


def _number(error: BaseException | None) -> int | None:
    """The system's number of what went wrong, also where a library has wrapped it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        text = str(error)
        if (told := _TOLD.search(text)) is not None:
            return int(told[1] or told[2])
        for words, number in _SAID.items():
            if words in text.lower():
                return number
        error = error.__cause__ or error.__context__
    return None
