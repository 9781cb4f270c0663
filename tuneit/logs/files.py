"""A log on disk: its path, and its text where it is one."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path

from tuneit.errors import LogError

MAX_BYTES = 64 * 1024 * 1024
"""No log of epochs is larger; one that is logs steps, or is something else."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What colours and moves a terminal's text."""


class LogFile:
    """A file that may be a log. `source` is its path as given, for messages.

    `wanted` are columns that the user named: they are series, whatever their names say.
    """

    def __init__(self, path: Path, wanted: Collection[str] = ()) -> None:
        self.path = path
        self.wanted = wanted
        self.source = str(path)

    @property
    def suffix(self) -> str:
        """The end of the file's name, in lower case: `.csv`."""
        return self.path.suffix.lower()

    @cached_property
    def text(self) -> str:
        """The whole text. Raises LogError where the file cannot be read, is empty or is no text."""
        path = self.path
        try:
            size = path.stat().st_size
            if size > MAX_BYTES:
                raise LogError(
                    f"{path}: {size // 2**20} MiB are too much for a log of epochs (at most "
                    f"{MAX_BYTES // 2**20}): keep one row for each epoch"
                )
            data = path.read_bytes()
        except OSError as error:
            raise LogError(f"{path}: cannot be read ({error.strerror})") from None
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            encoding = "utf-16"
        elif b"\0" in data:
            raise LogError(
                f"{path}: a binary file, not a training log: give a CSV, JSON or event file"
            )
        else:
            encoding = "utf-8-sig"
        try:
            text = _COLOURS.sub("", data.decode(encoding))
        except UnicodeDecodeError as error:
            raise LogError(
                f"{path}: the text must be UTF-8, but byte {error.start} is not: save it as UTF-8"
            ) from None
        if not text.strip():
            raise LogError(
                f"{path}: the file is empty: a log has a header and a row for each epoch"
            )
        return text

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines that are not blank."""
        return [line for line in self.text.splitlines() if line.strip()]
