"""Arguments and options that several commands share, and reading the study file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneit.errors import InputError

if TYPE_CHECKING:
    from tuneit.study import Study


def possible_path(given: Any) -> Any:
    """Return a path, or a list of them, as it is.

    Raises typer.BadParameter for a path that no file system could hold.
    """
    from tuneit.study.paths import can_be_a_path

    try:
        for path in given if isinstance(given, list) else [given]:
            can_be_a_path(str(path))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return given


def no_password(given: list[str] | None) -> list[str] | None:
    """Return overrides as they are. Raises InputError where `storage` shows a password."""
    for text in given or ():
        key, _, value = text.partition("=")
        if key.strip() == "storage":
            from tuneit.workbench.stored import refuse_password

            refuse_password(value)
    return given


StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A study.yaml.", callback=possible_path)
]
SearchedArgument = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY",
        help="A study.yaml, or the folder of its results (reports/<name>).",
        callback=possible_path,
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="The study's folder. [default: reports/<name>]",
        callback=possible_path,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a key, as in budget.epochs=5.",
        callback=no_password,
    ),
]
StorageOption = Annotated[
    str | None,
    typer.Option(
        "--storage",
        metavar="URL",
        help="The database that holds the study: env:VARIABLE, or a URL without a password. "
        "STUDY may then be its name.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def load(path: Path, overrides: Sequence[str] | None = None) -> Study:
    """Read the study file; the values of `--set` replace its own.

    Raises StudyFileError, with line and column, if it is not a valid study; InputError for the
    folder of a search's results, which only commands that read a search take.
    """
    from tuneit.ledger import JOURNAL
    from tuneit.study_file import load_study

    if (path / JOURNAL).is_file():
        raise InputError(
            f"{path} is the folder of a search's results: give the study.yaml that was searched"
        )

    return load_study(path, overrides or ())


@contextlib.contextmanager
def placed_errors(path: Path, overrides: Sequence[str] | None = None) -> Iterator[None]:
    """Add line and column of the study file to errors that data, model or training raise."""
    try:
        yield
    except InputError as error:
        if not path.is_file():  # a study of a database or of a result folder, which has no lines
            raise
        from tuneit.study_file import placed

        raise placed(error, path, overrides or ()) from error
