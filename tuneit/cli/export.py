"""`tuneit export`: copy one result of a searched study to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.cli.json_output import stdout_kept
from tuneit.cli.options import (
    OutputOption,
    SearchedArgument,
    possible_path,
)
from tuneit.cli.searched import Searched, find_searched
from tuneit.screen.terminal import say


def command(
    study: SearchedArgument,
    target: Annotated[
        Path,
        typer.Argument(
            help=".json or .yaml: the best hyperparameters; .csv or .parquet: the trials; "
            ".keras: the best model; .html: the report; a folder: the model as Keras, SavedModel, "
            "TFLite and ONNX, each measured.",
            callback=possible_path,
        ),
    ],
    output: OutputOption = None,
) -> None:
    """Copy one result of a searched study to a file; its ending says which."""
    from tuneit.cli.exporters import export_result

    searched = find_searched(study, output)
    if not target.suffix:
        say(_formats(searched, target))
        return
    say(export_result(searched, target))


def _formats(searched: Searched, folder: Path) -> object:
    """Write the model in all formats; return their table."""
    from tuneit.result.exporting import export_formats

    with searched.placed_errors(), stdout_kept(True):  # converters print
        return export_formats(searched.result(), folder)
