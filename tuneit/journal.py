"""The ledger's default file: Optuna's journal, written in batches and mended after a crash."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from tuneit.errors import ResumeError
from tuneit.writing import writing

_INTERMEDIATE = b'{"op_code":7,'
"""How records of intermediate values begin, as Optuna writes them."""

_OF_NO_TRIAL: dict[str, Any] = {"op_code": 7, "worker_id": "", "trial_id": -1}
"""A record that Optuna passes over: another process's, of a trial that does not exist."""


class _FolderIsLocked(JournalFileOpenLock):
    """No lock of its own: `FolderLock` keeps other searches away, and needs no clearing up."""

    def acquire(self) -> bool:
        """Take nothing."""
        return True

    def release(self) -> None:
        """Give nothing back."""


class BatchedJournal(JournalFileBackend):
    """Appends what belongs together at once: one write and one sync to disk for a whole trial."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), lock_obj=_FolderIsLocked(str(path)))
        self._batch: list[dict[str, Any]] | None = None
        self._number, self._offset = 0, 0

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append records, or hold them back while a batch is open."""
        if self._batch is None:
            self._append(logs)
        else:
            self._batch.extend(logs)

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Read records from a number on; nothing is new while a batch is open.

        Intermediate values, most of a journal's records, are for those who look with Optuna's
        tools: tuneit has the whole curves, and passes over them unread. Raises ValueError for a
        damaged record that is not the last.
        """
        if self._batch is not None:
            return
        if log_number_from != self._number:
            self._number, self._offset = 0, 0
        with Path(self._file_path).open("rb") as file:
            file.seek(self._offset)
            damage: ValueError | None = None
            for line in file:
                if damage is not None:
                    raise damage
                try:
                    record = _record(line)
                except ValueError as error:  # perhaps being written just now
                    damage = error
                    continue
                self._number, self._offset = self._number + 1, self._offset + len(line)
                if self._number > log_number_from:
                    yield record

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Hold records back until the block ends; drop them where it raises."""
        self._batch = []
        try:
            yield
            logs = self._batch
        finally:
            self._batch = None
        if logs:
            self._append(logs)

    def _append(self, logs: list[dict[str, Any]]) -> None:
        """Append records, all of them or, where there is no room, none."""
        path = Path(self._file_path)
        before = path.stat().st_size
        with writing(path):
            try:
                super().append_logs(logs)
            except OSError:
                os.truncate(path, before)
                raise


def _record(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"}\n"):
        raise ValueError("the record is not whole")
    if line.startswith(_INTERMEDIATE):
        return _OF_NO_TRIAL
    return json.loads(line.decode())  # type: ignore[no-any-return]


def open_journal(path: Path) -> tuple[JournalStorage, BatchedJournal]:
    """Open a journal, or begin one.

    Raises ResumeError naming the line where a journal is damaged elsewhere than at its end.
    """
    backend = BatchedJournal(path)
    try:
        return JournalStorage(backend), backend
    except (ValueError, KeyError, AssertionError):
        raise ResumeError(
            f"{path} is damaged at line {_first_bad_line(path)}: restore it from a copy, "
            "or start anew with --fresh"
        ) from None


def whole_journal(path: Path) -> JournalStorage:
    """A journal with all that is in it, for Optuna's tools to look at."""
    return JournalStorage(JournalFileBackend(str(path), lock_obj=_FolderIsLocked(str(path))))


def mend(path: Path) -> None:
    """Cut off the torn last record that a killed process or a full disk leaves behind."""
    if not path.exists():
        return
    with writing(path), path.open("rb+") as file:
        content = file.read()
        end = len(content)
        while end and not _is_whole(content[content.rfind(b"\n", 0, end - 1) + 1 : end]):
            end = content.rfind(b"\n", 0, end - 1) + 1
        if end < len(content):
            file.truncate(end)


def _is_whole(line: bytes) -> bool:
    if not line.endswith(b"\n"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _first_bad_line(path: Path) -> int:
    with path.open("rb") as file:
        return next((n for n, line in enumerate(file, start=1) if not _is_whole(line)), 1)
