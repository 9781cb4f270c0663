"""A lock on a study's folder, so that one process at a time writes into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from tuneit.errors import InputError
from tuneit.errors.writing import writing

try:
    import fcntl
except ImportError:  # Windows: nothing keeps two searches out of one folder there.
    fcntl = None  # type: ignore[assignment]


class FileLock:
    """A lock that the operating system releases when its process ends, even by a crash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Take the lock, making its folder; False where somebody else has it.

        Raises OSError where the folder cannot be written.
        """
        while True:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("ab+", buffering=0)
            if not _locked(file):
                file.close()
                return False
            # Its last holder may have removed the file after this process opened it.
            if self._path.exists() and os.fstat(file.fileno()).st_ino == self._path.stat().st_ino:
                break
            file.close()
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()}".encode())
        except OSError:
            file.close()
            raise
        self._file = file
        return True

    def keep(self) -> None:
        """Do nothing: the operating system does not lose a lock."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether another process, or another lock in this process, has it."""
        if self._file is not None or not self._path.exists():
            return False
        with self._path.open("rb") as file:
            return not _locked(file)

    def release(self) -> None:
        """Give the lock back; without a lock, do nothing."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


class FolderLock(FileLock):
    """The lock of a study's folder."""

    def acquire(self) -> None:
        """Take the lock, making its folder.

        Raises InputError, which names the process, if another one has it; the errors of `writing`
        if the folder cannot be made.
        """
        folder = self._path.parent
        with writing(folder):
            taken = self.take()
        if not taken:
            raise InputError(
                f"{folder} is in use by {self._holder()}: wait until it has ended, or give another "
                "--output"
            )

    def _holder(self) -> str:
        try:
            return self._path.read_text(encoding="ascii").strip() or "another process"
        except OSError:  # the holder has ended just now and removed its file
            return "another process"


def _locked(file: IO[bytes]) -> bool:
    """Lock a file for as long as it is open; False where somebody else has locked it."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
