"""A study in a database has one writer: the process whose search stores its trials."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError, TuneitError, WorkError
from tuneit.ledger.database.connection import close_database, open_database
from tuneit.ledger.database.locks import study_lock

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy import Connection, Table

KEY = "tuneit:driver"
"""The user attribute of the study that names its writer: number, host, process, since."""


class StudyWriter:
    """Makes sure that only one search writes to a study, by a lock and a number.

    The lock keeps other searches away while this process runs. It is released when the process
    ends, even by a crash. A broken connection releases it too, although the process goes on:
    then another search can become the writer. So each writer has a number, one higher than the
    writer before it, which is stored in a row of the database. Each transaction of a writer first
    updates that row. Until the transaction ends nobody else can become the writer. If the row
    holds another number, the transaction fails and writes nothing.
    """

    def __init__(self, storage: RDBStorage, name: str) -> None:
        self._engine = storage.engine
        self._name = name
        self._lock = study_lock(storage.engine, name)
        self._study_id: int | None = None
        self._record = ""

    def take_lock(self) -> None:
        """Lock the study. Raises InputError, which names the writer, if another search has it."""
        if not self._lock.take():
            raise self._held()

    def take_over(self, study_id: int) -> None:
        """Become the study's writer: from now on nobody else can write.

        Raises InputError if another search became the writer at the same moment.
        """
        from sqlalchemy import event, insert
        from sqlalchemy.exc import IntegrityError

        with self._engine.begin() as connection:
            before = _read(connection, study_id)
            number = 1 + (json.loads(before)["number"] if before is not None else 0)
            record = _record(number)
            if before is None:
                row = {"study_id": study_id, "key": KEY, "value_json": record}
                try:
                    connection.execute(insert(_table()).values(row))
                except IntegrityError:
                    raise self._held() from None
            elif not _swap(connection, study_id, before, record):
                raise self._held()
        self._study_id, self._record = study_id, record
        event.listen(self._engine, "before_cursor_execute", self._before_statement)

    def keep_lock(self) -> None:
        """Take the lock again, if the server has lost it with its connection.

        Where another search has it by now, the next write of this one fails.
        """
        self._lock.keep()

    @property
    def is_elsewhere(self) -> bool:
        """Whether another search writes to the study now."""
        return self._lock.is_elsewhere

    def release(self) -> None:
        """Let other searches write to the study."""
        self._lock.release()

    def _before_statement(
        self, connection: Connection, cursor: Any, statement: str, *_: object
    ) -> None:
        transaction = connection.get_transaction()
        is_locks_own = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        if is_locks_own or connection.info.get(KEY) is transaction:
            return
        connection.info[KEY] = transaction
        assert self._study_id is not None
        if not _swap(connection, self._study_id, self._record, self._record):
            raise self._replaced(_read(connection, self._study_id))

    def _held(self) -> TuneitError:
        from optuna.storages._rdb.models import StudyModel
        from sqlalchemy import select

        named = select(StudyModel.study_id).where(StudyModel.study_name == self._name)
        with self._engine.connect() as connection:
            study_id = connection.execute(named).scalar()
            record = None if study_id is None else _read(connection, study_id)
        return InputError(
            f"study '{self._name}' is being searched by {_who(record)}: wait until that search "
            "has ended, or give this study another name or another storage"
        )

    def _replaced(self, record: str | None) -> TuneitError:
        if record is None:
            return WorkError(
                f"study '{self._name}' was erased from its database while it was searched: this "
                "search stops"
            )
        return WorkError(
            f"study '{self._name}' is now being searched by {_who(record)}, which took over after "
            "this search had lost its connection: this search stops. The trials that it recorded "
            "are kept; the other search trains those that were running"
        )


def erase_study(url: str, name: str) -> None:
    """Delete the trials of the study of this name. Raises InputError where it is searched now."""
    store = open_database(url)
    writer = StudyWriter(store, name)
    try:
        writer.take_lock()
        for study in store.get_all_studies():
            if study.study_name == name:
                store.delete_study(study._study_id)
    finally:
        writer.release()
        close_database(store)


def _record(number: int) -> str:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    return json.dumps(
        {"number": number, "host": socket.gethostname(), "process": os.getpid(), "since": since}
    )


def _who(record: str | None) -> str:
    if record is None:
        return "another process"
    writer = json.loads(record)
    since = writer["since"].partition(".")[0]
    return f"process {writer['process']} on {writer['host']} (since {since} UTC)"


def _table() -> Table:
    from optuna.storages._rdb.models import StudyUserAttributeModel

    return StudyUserAttributeModel.__table__  # type: ignore[no-any-return]


def _read(connection: Connection, study_id: int) -> str | None:
    from sqlalchemy import select

    columns = _table().c
    query = select(columns.value_json).where(columns.study_id == study_id, columns.key == KEY)
    return connection.execute(query).scalar()


def _swap(connection: Connection, study_id: int, before: str, after: str) -> bool:
    """Replace the writer's record `before`; False where the row holds another one."""
    from sqlalchemy import update

    columns = _table().c
    row = (columns.study_id == study_id, columns.key == KEY, columns.value_json == before)
    return connection.execute(update(_table()).where(*row).values(value_json=after)).rowcount == 1
