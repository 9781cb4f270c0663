"""A study in a database has one driver: the process whose search writes its trials."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError, TuneitError, WorkError
from tuneit.ledger.database.locks import study_lock

if TYPE_CHECKING:
    from optuna.storages import RDBStorage
    from sqlalchemy import Connection, Table

KEY = "tuneit:driver"
"""The study's user attribute that says who drives it: number, host, process, since."""


class Driver:
    """Keeps a study for one search, by a lock and by a number.

    The lock keeps others away while the driver lives; it is free as soon as the driver's process
    has ended, however it ended. A lock is also lost with its connection, while the process goes
    on. Therefore each driver has a number, one higher than the driver before it, and each of its
    transactions first updates the row with this number: nobody can take over until the
    transaction has ended, and where the row has another number it fails and writes nothing.
    """

    def __init__(self, storage: RDBStorage, name: str) -> None:
        self._engine = storage.engine
        self._name = name
        self._lock = study_lock(storage.engine, name)
        self._study_id: int | None = None
        self._record = ""

    def take_lock(self) -> None:
        """Keep others away. Raises InputError that names the driver which the study has."""
        if not self._lock.take():
            raise self._held()

    def take_over(self, study_id: int) -> None:
        """Become the study's driver: from now on nobody else can write.

        Raises InputError where another one becomes it at this moment.
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

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody else drives the study now."""
        return self._lock.is_elsewhere

    def release(self) -> None:
        """Let others drive the study."""
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
            f"study '{self._name}' is now being searched by {_who(record)}, which took over when "
            "this search had lost its connection: this search stops. All that it recorded is "
            "kept, and the trials that it was training are trained by the other"
        )


def _record(number: int) -> str:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    return json.dumps(
        {"number": number, "host": socket.gethostname(), "process": os.getpid(), "since": since}
    )


def _who(record: str | None) -> str:
    if record is None:
        return "another process"
    driver = json.loads(record)
    since = driver["since"].partition(".")[0]
    return f"process {driver['process']} on {driver['host']} (since {since} UTC)"


def _table() -> Table:
    from optuna.storages._rdb.models import StudyUserAttributeModel

    return StudyUserAttributeModel.__table__  # type: ignore[no-any-return]


def _read(connection: Connection, study_id: int) -> str | None:
    from sqlalchemy import select

    columns = _table().c
    query = select(columns.value_json).where(columns.study_id == study_id, columns.key == KEY)
    return connection.execute(query).scalar()


def _swap(connection: Connection, study_id: int, before: str, after: str) -> bool:
    """Write a driver's record over another's; False where the row has a different one."""
    from sqlalchemy import update

    columns = _table().c
    row = (columns.study_id == study_id, columns.key == KEY, columns.value_json == before)
    return connection.execute(update(_table()).where(*row).values(value_json=after)).rowcount == 1
