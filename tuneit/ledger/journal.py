"""The ledger's default file: Optuna's journal, written in batches and repaired after a crash."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from tuneit.errors import WorkError
from tuneit.errors.writing import writing
from tuneit.ledger.journal_record import FIRST, read_record, write_record
from tuneit.ledger.salvage import UNREADABLE, damaged_journal, salvage


class _FolderIsLocked(JournalFileOpenLock):
    """Optuna's file lock, switched off: `FolderLock` keeps other searches away."""

    def acquire(self) -> bool:
        """Return True without a lock."""
        return True

    def release(self) -> None:
        """Do nothing."""


class BatchedJournal(JournalFileBackend):
    """A journal that writes all records of a trial at once, with one sync to disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), lock_obj=_FolderIsLocked(str(path)))
        self._batch: list[dict[str, Any]] | None = None
        self._number, self._offset = 0, 0

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append records, or hold them back while a batch is open.

        Records outside of a batch, such as the beginning of a trial, are not synced to disk: a
        killed process loses none of them, and what a power failure takes is trained again.
        """
        if self._batch is None:
            self._append(logs, sync=False)
        else:
            self._batch.extend(logs)

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Read the records from this number on; none while a batch is open.

        Most records of a journal are intermediate values. Only Optuna's tools need them, since
        tuneit stores whole curves; here they are skipped without being parsed. Raises ValueError
        for a damaged record that is not the last one, WorkError where the file is gone.
        """
        if self._batch is not None:
            return
        if log_number_from != self._number:
            self._number, self._offset = 0, 0
        with _gone_as_error(Path(self._file_path)), Path(self._file_path).open("rb") as file:
            file.seek(self._offset)
            damage: ValueError | None = None
            for line in file:
                if damage is not None:
                    raise damage
                try:
                    record = read_record(line, intermediate=False)
                except ValueError as error:  # an error only if it is not the last line
                    damage = error
                    continue
                self._number, self._offset = self._number + 1, self._offset + len(line)
                if self._number > log_number_from:
                    yield record
            if damage is not None and line.endswith(b"\n"):
                raise damage

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Collect records until the block ends, then write them; drop them if it raises."""
        self._batch = []
        try:
            yield
            logs = self._batch
        finally:
            self._batch = None
        if logs:
            self._append(logs, sync=True)

    def _append(self, logs: list[dict[str, Any]], *, sync: bool) -> None:
        """Append records with their checksums: all of them or, if the disk is full, none."""
        path = Path(self._file_path)
        with _gone_as_error(path):
            before = path.stat().st_size
        with writing(path):
            try:
                with path.open("ab") as file:
                    file.write(b"".join(map(write_record, logs)))
                    file.flush()
                    if sync:
                        os.fsync(file.fileno())
            except OSError:
                os.truncate(path, before)
                raise


@contextmanager
def _gone_as_error(path: Path) -> Iterator[None]:
    """Raise WorkError where an open journal is not at its place any more."""
    try:
        yield
    except FileNotFoundError:
        raise WorkError(
            f"{path} is gone: the study's folder was moved or deleted while it was searched, so "
            "this search stops. Trials that had ended are in the folder; where it was moved, "
            "search again with its new place as --output (in Python output=…)"
        ) from None


def open_journal(path: Path) -> tuple[JournalStorage, BatchedJournal]:
    """Open a journal; begin one where there is none.

    Raises ResumeError naming the lines where a journal is damaged.
    """
    try:
        backend = BatchedJournal(path)
        storage = JournalStorage(backend)
    except UNREADABLE:
        raise damaged_journal(path) from None
    if not storage.get_all_studies() and salvage(path).places:  # its beginning is lost
        raise damaged_journal(path)
    return storage, backend


def whole_journal(path: Path) -> JournalStorage:
    """Open a journal with its intermediate values, which Optuna's tools show."""
    return JournalStorage(JournalFileBackend(str(path), lock_obj=_FolderIsLocked(str(path))))


def mend(path: Path) -> None:
    """Cut off an incomplete last record, which a killed process or a full disk leaves behind.

    Other damaged records stay as they are, and so does a file that is no journal.
    """
    if not path.exists():
        return
    with writing(path), path.open("rb+") as file:
        content = file.read()
        end = content.rfind(b"\n") + 1
        if end < len(content) and content.startswith(FIRST[: len(content)]):
            file.truncate(end)
