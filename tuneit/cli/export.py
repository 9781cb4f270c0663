"""`tuneit export`: copy one result of a searched study to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.cli.options import OutputOption, StudyArgument, load_searched, possible_path
from tuneit.screen.terminal import say


def command(
    study: StudyArgument,
    target: Annotated[
        Path,
        typer.Argument(
            help=".json or .yaml: the best hyperparameters; .csv or .parquet: the trials; "
            ".keras: the best model; .html: the report.",
            callback=possible_path,
        ),
    ],
    output: OutputOption = None,
) -> None:
    """Copy one result of a searched study to a file; its ending says which."""
    from tuneit.cli.exporters import export_result

    say(export_result(load_searched(study), study.parent, output, target))
