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


StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A study.yaml.", callback=possible_path)
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
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in budget.epochs=5."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def load(path: Path, overrides: Sequence[str] | None = None) -> Study:
    """Read the study file; the values of `--set` replace its own.

    Raises StudyFileError, with line and column, if it is not a valid study.
    """
    from tuneit.study_file import load_study

    return load_study(path, overrides or ())


def load_searched(path: Path, overrides: Sequence[str] | None = None) -> Study:
    """Read the file of a study that was searched; the files that it names may be gone.

    Raises StudyFileError as `load` does.
    """
    from tuneit.study_file import load_searched_study

    return load_searched_study(path, overrides or ())


@contextlib.contextmanager
def placed_errors(path: Path, overrides: Sequence[str] | None = None) -> Iterator[None]:
    """Add line and column of the study file to errors that data, model or training raise."""
    try:
        yield
    except InputError as error:
        from tuneit.study_file import placed

        raise placed(error, path, overrides or ()) from error
