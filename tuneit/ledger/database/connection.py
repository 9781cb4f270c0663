"""Open a database, close it, and explain why it does not answer, without showing its password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError, MissingExtraError
from tuneit.errors.harmless import without_passwords, without_secrets_of

if TYPE_CHECKING:
    from optuna.storages import BaseStorage, RDBStorage

_PACKAGES = {"psycopg": "'psycopg[binary]'"}


def anchored(url: str | None) -> str | None:
    """The storage's URL; a relative path to a SQLite file is made absolute."""
    found = re.fullmatch(r"(sqlite\b[^:]*:///(?:file:(?=.*\buri=true))?+)([^/:?].*)", url or "")
    return f"{found[1]}{Path(found[2]).absolute()}" if found else url


def from_environment(url: str) -> str:
    """The URL that `env:VARIABLE` stands for, so that no file has to hold its password.

    Other URLs are returned as they are. Raises InputError where the variable is not set.
    """
    name = url.removeprefix("env:")
    if name == url:
        return url
    if not os.environ.get(name):
        raise InputError(
            f"storage env:{name} stands for the URL in the environment variable {name}, which is "
            f"not set: export {name}=postgresql+psycopg://user:password@host/name, for example"
        )
    return os.environ[name]


def open_database(url: str) -> RDBStorage:
    """Connect to a database, by its URL or `env:VARIABLE`. Messages never show the password.

    Raises InputError for a URL that makes no sense or a database that does not answer,
    MissingExtraError where its driver is not installed.
    """
    from optuna.storages import RDBStorage
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    url = from_environment(url)
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise InputError(
            "storage must be a database's URL such as sqlite:///trials.db or "
            "postgresql+psycopg://user@host/name, or null for a file in the study's folder"
        ) from None
    hidden = without_passwords(url)
    try:
        return RDBStorage(url, engine_kwargs=_pool(address.get_backend_name()))
    except NoSuchModuleError:
        raise InputError(
            f"storage {hidden}: no such kind of database as '{address.drivername}'; "
            "sqlite and postgresql+psycopg are known to work"
        ) from None
    except ImportError:
        driver = address.get_driver_name()
        raise MissingExtraError(
            f"storage {hidden} needs the driver {driver}, which is not installed: "
            f"`pip install {_PACKAGES.get(driver, driver)}`"
        ) from None
    except (SQLAlchemyError, OSError, RuntimeError) as error:
        reason = without_secrets_of(url, str(error).splitlines()[0])
        raise InputError(f"storage {hidden} cannot be opened: {reason}") from None


def _pool(kind: str) -> dict[str, Any]:
    """Options of the pool of connections: few, each checked before use; a file needs no pool."""
    if kind == "sqlite":
        return {}
    return {"pool_pre_ping": True, "pool_size": 2, "max_overflow": 3}


def close_database(storage: BaseStorage) -> None:
    """Close a database's connections; a journal file has none."""
    storage.remove_session()
    engine = getattr(storage, "engine", None)
    if engine is not None:  # SQLAlchemy keeps a pool of connections open after a session ends
        engine.dispose()


def why_silent(error: BaseException, storage: BaseStorage) -> str | None:
    """The message for a database that stopped answering; None where the error is another one."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    if not isinstance(error, (StorageInternalError, SQLAlchemyError)):
        return None
    return (
        f"the database that keeps the trials did not answer ({reason_of(error, storage)}): nothing "
        "that was recorded is lost; run the same command again once the database answers"
    )


def reason_of(error: BaseException, storage: BaseStorage) -> str:
    """What a database's driver says about an error, as one line without the password."""
    from sqlalchemy.exc import DBAPIError

    cause = error.__cause__ or error
    said = cause.orig if isinstance(cause, DBAPIError) else cause
    reason = next(iter(str(said).splitlines()), type(said).__name__)
    return without_secrets_of(getattr(storage, "url", ""), reason)
