"""`tuneit search`: search, show the progress, write the report."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneit.cli.exits import INTERRUPTED
from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import (
    JsonOption,
    OutputOption,
    SetOption,
    load,
    placed_errors,
    possible_path,
)
from tuneit.errors import InputError
from tuneit.screen.terminal import complain, say

if TYPE_CHECKING:
    from tuneit.search.protocols import View
    from tuneit.study import Study


def command(
    study: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY|DATA",
            help="A study.yaml; or a .csv or a folder of pictures, for which one is written.",
            callback=possible_path,
        ),
    ],
    target: Annotated[str | None, typer.Option(help="The column of a .csv to predict.")] = None,
    trials: Annotated[
        int | None, typer.Option(help="Trials in total, with those of earlier runs.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Time in total, such as 90s, 10m or 1.5h.")
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="grid, random, bayesian, guided, hyperband, one_epoch, optuna or file.py:Class."
        ),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Trials trained at the same time.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Train on a Ray cluster: auto or ray://host:port.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of splits, proposals and training.")
    ] = None,
    overrides: SetOption = None,
    output: OutputOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete earlier trials.")] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Go on although code, data or search space have changed."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Search, or go on with an interrupted search, and write the report."""
    given = {
        "trials": trials,
        "time": time,
        "strategy": strategy,
        "workers": workers,
        "cluster": cluster,
        "seed": seed,
    }
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    changes = [*options, *(overrides or [])]
    study = _study_of(study, target, overrides or [], quiet or as_json)
    loaded = load(study, changes)

    from tuneit.api import run_study

    view = _view(loaded, quiet or as_json)
    with placed_errors(study, changes), stdout_kept(as_json):
        result = run_study(loaded, study.parent, output, fresh=fresh, keep=keep, view=view)
        document = result.summary() if as_json else None
    if as_json:
        print_json(document)
    elif not quiet:
        from tuneit.cli.closing_words import closing_words

        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        say(closing_words(result, columns))
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)
    result.best  # noqa: B018 - raises NoTrialError where no trial completed


def _study_of(path: Path, target: str | None, overrides: list[str], silent: bool) -> Path:
    """The study file; for data it is written into the working directory."""
    from tuneit.workbench.first_study import is_data, write_first_study

    if not is_data(path):
        if target is not None:
            raise InputError(
                "--target names the column of a table (tuneit search rows.csv --target NAME); a "
                "study names its target itself: --set data.target=NAME"
            )
        return path
    study = write_first_study(path, target, Path(), overrides)
    if not silent:
        complain(f"study {study}: it says what is searched, and can be changed")
    return study


def _view(study: Study, silent: bool) -> View:
    from tuneit.cli.live_view import LiveView
    from tuneit.screen.views import PlainView, QuietView

    if silent:
        return QuietView()
    return LiveView(study) if sys.stderr.isatty() else PlainView(study)
