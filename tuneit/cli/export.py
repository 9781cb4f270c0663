"""`tuneit export`: copy one result of a searched study to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.cli.json_output import stdout_kept
from tuneit.cli.options import (
    OutputOption,
    StudyArgument,
    load_searched,
    placed_errors,
    possible_path,
)
from tuneit.screen.terminal import say


def command(
    study: StudyArgument,
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

    if not target.suffix:
        say(_formats(study, output, target))
        return
    say(export_result(load_searched(study), study.parent, output, target))


def _formats(study: Path, output: Path | None, folder: Path) -> object:
    """Write the model in all formats; return their table."""
    from tuneit.api import load_result
    from tuneit.result.exporting import export_formats

    loaded = load_searched(study)
    with placed_errors(study), stdout_kept(True):  # converters print
        return export_formats(load_result(loaded, study.parent, output), folder)
