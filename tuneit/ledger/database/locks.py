"""Locks on a study in a database. A lock ends with its process, even if that crashes."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tuneit.ledger.folder_lock import FileLock

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


class StudyLock(Protocol):
    """Keeps other processes, and other searches in this process, from writing to a study."""

    def take(self) -> bool:
        """Take the lock; False where somebody else has it."""

    def keep(self) -> None:
        """Take it again, if a server has lost it with the connection."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody else has it."""

    def release(self) -> None:
        """Give the lock back; without a lock, do nothing."""


@dataclass(frozen=True)
class _Words:
    """The SQL queries that take, test and release a server's lock; `:name` is the study's name.

    The `prepare` statements keep the server from closing an idle connection, as the lock ends with
    its connection.
    """

    prepare: tuple[str, ...]
    take: str
    is_held: str
    release: str


_POSTGRESQL_KEY = "hashtextextended(current_schema() || '/' || :name, 0)"
_MYSQL_KEY = "SHA1(CONCAT(DATABASE(), '/', :name))"

_POSTGRESQL = _Words(
    prepare=(
        "SET tcp_keepalives_idle = 60",
        "SET tcp_keepalives_interval = 10",
        "SET tcp_keepalives_count = 6",
        "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
    ),
    take=f"SELECT pg_try_advisory_lock({_POSTGRESQL_KEY})",
    # pg_locks stores a 64-bit key as two 32-bit numbers.
    is_held=(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 1 "
        "AND ((CAST(classid AS bigint) << 32) | CAST(objid AS bigint)) = " + _POSTGRESQL_KEY
    ),
    release=f"SELECT pg_advisory_unlock({_POSTGRESQL_KEY})",
)

_MYSQL = _Words(
    prepare=("SET SESSION wait_timeout = 31536000",),  # a year, the most there is
    take=f"SELECT GET_LOCK({_MYSQL_KEY}, 0)",
    is_held=f"SELECT IS_USED_LOCK({_MYSQL_KEY}) IS NOT NULL",
    release=f"SELECT RELEASE_LOCK({_MYSQL_KEY})",
)

_SERVERS = {"postgresql": _POSTGRESQL, "mysql": _MYSQL, "mariadb": _MYSQL}


class _ServerLock:
    """A lock that the server holds, and frees when the connection that took it ends."""

    def __init__(self, engine: Engine, name: str, words: _Words) -> None:
        self._engine = engine
        self._name = name
        self._words = words
        self._connection: Connection | None = None

    def take(self) -> bool:
        connection = self._connect()
        for statement in self._words.prepare:
            connection.exec_driver_sql(statement)
        if not self._ask(connection, self._words.take):
            connection.close()
            return False
        self._connection = connection
        return True

    def keep(self) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        if self._connection is None:
            return
        with suppress(SQLAlchemyError):  # a server that is still silent is met by the next write
            try:
                self._connection.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self.release()
                self.take()

    @property
    def is_elsewhere(self) -> bool:
        if self._connection is not None:
            return False
        with self._connect() as connection:
            return bool(self._ask(connection, self._words.is_held))

    def release(self) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        # A lost connection has lost its lock, so there is nothing to release.
        with suppress(SQLAlchemyError), connection:
            self._ask(connection, self._words.release)

    def _connect(self) -> Connection:
        # Without a transaction: servers may end idle transactions.
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def _ask(self, connection: Connection, query: str) -> Any:
        from sqlalchemy import text

        return connection.execute(text(query), {"name": self._name}).scalar()


class _NoLock:
    """For databases without such locks: there, only the writer's number protects the study."""

    is_elsewhere = False

    def take(self) -> bool:
        return True

    def keep(self) -> None:
        pass

    def release(self) -> None:
        pass


def study_lock(engine: Engine, name: str) -> StudyLock:
    """The lock of a study in a database, not yet taken.

    PostgreSQL and MySQL have locks of their own; a SQLite file has a lock file beside it.
    """
    kind = engine.dialect.name
    if kind in _SERVERS:
        return _ServerLock(engine, name, _SERVERS[kind])
    file = _sqlite_file(engine) if kind == "sqlite" else None
    if file is None:
        return _NoLock()
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return FileLock(file.with_name(f"{file.name}.{digest}.lock"))


def _sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite database; None where it is in memory."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA database_list").all()
    path = next((row[2] for row in found if row[1] == "main"), None)
    return Path(path) if path else None
