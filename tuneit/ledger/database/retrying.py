"""Writing to a database that does not answer for a while, as when its server restarts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tuneit.ledger.database.connection import reason_of

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

WAITS = (0.5, 1.0, 2.0, 4.0, *(8.0,) * 7)
"""Seconds between tries, about a minute in all; then the search ends, and resumes when run again.
"""


def retried(
    write: Callable[[bool], object], storage: BaseStorage, note: Callable[[str], None]
) -> None:
    """Write; where the server's connection is lost, write again after a while.

    `write` is told whether a try went before it. It must find out what that one has written, since
    a connection may be lost after the server has stored everything. `note` gets a sentence when the
    waiting begins and when it ends. Raises the last error where the server stays silent.
    """
    again = False
    for wait in (*WAITS, None):
        try:
            write(again)
        except Exception as error:
            if wait is None or not _is_lost(error, storage):
                raise
            if not again:
                note(
                    f"the database does not answer ({reason_of(error, storage)}): the search waits "
                    f"for it, {sum(WAITS):.0f} s at most, and goes on; nothing is lost"
                )
        else:
            if again:
                note("the database answers again: the search goes on")
            return
        time.sleep(wait)
        again = True


def _is_lost(error: Exception, storage: BaseStorage) -> bool:
    """Whether the error says that a server's connection is lost; a file has none."""
    engine = getattr(storage, "engine", None)
    if engine is None or engine.dialect.name == "sqlite":
        return False
    from sqlalchemy.exc import InterfaceError, OperationalError

    return isinstance(error, (InterfaceError, OperationalError)) or isinstance(
        error.__cause__, (InterfaceError, OperationalError)
    )
