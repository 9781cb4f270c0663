"""`tuneit dashboard`: show a study's ledger in Optuna's dashboard, if it is installed."""

from __future__ import annotations

import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneit.cli.options import OutputOption, SearchedArgument, StorageOption
from tuneit.cli.searched import find_searched
from tuneit.errors import InputError, MissingExtraError
from tuneit.screen.terminal import complain

if TYPE_CHECKING:
    from tuneit.study import Study


def command(
    study: SearchedArgument,
    output: OutputOption = None,
    storage: StorageOption = None,
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65535)] = 8080,
) -> None:
    """Show a study's trials in optuna-dashboard, until Ctrl-C."""
    searched = find_searched(study, output, storage=storage)
    serve_dashboard(searched.study, searched.folder, port)


def require_dashboard() -> None:
    """Raise MissingExtraError if optuna-dashboard is not installed."""
    if find_spec("optuna_dashboard") is None:
        raise MissingExtraError(
            "the dashboard is not installed: `pip install 'tuneit-keras[dashboard]'`"
        )


def dashboard_storage(study: Study, output: Path | None = None) -> Any:
    """The Optuna storage that holds a study's trials.

    Raises InputError where the study has not been searched yet.
    """
    if study.storage is not None:
        from tuneit.ledger.database import open_database

        return open_database(study.storage)
    from tuneit.ledger import JOURNAL
    from tuneit.ledger.journal import whole_journal
    from tuneit.ledger.study_folder import StudyFolder

    path = StudyFolder.of(study, output).path / JOURNAL
    if not path.exists():
        raise InputError(f"there is no ledger at {path}: run `tuneit search` first")
    return whole_journal(path)


def serve_dashboard(study: Study, output: Path | None = None, port: int = 8080) -> None:
    """Serve a study at http://localhost:<port> until Ctrl-C, and print this address.

    Raises InputError if the port is taken or there is no ledger.
    """
    require_dashboard()
    storage = dashboard_storage(study, output)
    _refuse_taken(port)
    from optuna_dashboard import run_server

    complain(f"http://localhost:{port} shows {study.name}; Ctrl-C ends it")
    run_server(storage, host="localhost", port=port)


def _refuse_taken(port: int) -> None:
    """Raise InputError if the port is taken, before the address is printed."""
    try:
        socket.create_server(("localhost", port)).close()
    except OSError as error:
        raise InputError(
            f"port {port} cannot be used ({error.strerror}): give another one with --port"
        ) from None
