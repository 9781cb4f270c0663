"""The ledger's default file: Optuna's journal, written in batches and repaired after a crash."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from tuneit.errors.writing import writing
from tuneit.ledger.journal_record import FIRST, read_record, write_record
from tuneit.ledger.salvage import damaged_journal, salvage


class _FolderIsLocked(JournalFileOpenLock):
    """Does not lock: `FolderLock` keeps other searches away, and the system releases it."""

    def acquire(self) -> bool:
        """Return True without a lock."""
        return True

    def release(self) -> None:
        """Do nothing."""


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

        Intermediate values are most of a journal's records. Only Optuna's tools need them, as
        tuneit stores whole curves; they are skipped without being parsed. Raises ValueError for a
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
                    record = read_record(line, intermediate=False)
                except ValueError as error:  # perhaps being written just now
                    damage = error
                    continue
                self._number, self._offset = self._number + 1, self._offset + len(line)
                if self._number > log_number_from:
                    yield record
            if damage is not None and line.endswith(b"\n"):
                raise damage

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
        """Append records with their checksums: all of them or, where there is no room, none."""
        path = Path(self._file_path)
        before = path.stat().st_size
        with writing(path):
            try:
                with path.open("ab") as file:
                    file.write(b"".join(map(write_record, logs)))
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                os.truncate(path, before)
                raise


def open_journal(path: Path) -> tuple[JournalStorage, BatchedJournal]:
    """Open a journal, or begin one.

    Raises ResumeError naming the lines where a journal is damaged.
    """
    try:
        backend = BatchedJournal(path)
        storage = JournalStorage(backend)
    except (ValueError, KeyError, TypeError, AssertionError):
        raise damaged_journal(path) from None
    if not storage.get_all_studies() and salvage(path).places:  # its beginning is lost
        raise damaged_journal(path)
    return storage, backend


def whole_journal(path: Path) -> JournalStorage:
    """Open a journal with its intermediate values, for Optuna's tools."""
    return JournalStorage(JournalFileBackend(str(path), lock_obj=_FolderIsLocked(str(path))))


def mend(path: Path) -> None:
    """Cut off an incomplete last record, which a killed process or a full disk leaves behind.

    Nothing else is changed: neither other records that cannot be read, nor a file that does not
    begin as a journal does.
    """
    if not path.exists():
        return
    with writing(path), path.open("rb+") as file:
        content = file.read()
        end = content.rfind(b"\n") + 1
        if end < len(content) and content.startswith(FIRST[: len(content)]):
            file.truncate(end)
