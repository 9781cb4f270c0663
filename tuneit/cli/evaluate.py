"""`tuneit evaluate`: evaluate a model on other data than the study's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import JsonOption, OutputOption, possible_path
from tuneit.cli.predict import ModelArgument, model_or_result
from tuneit.screen.terminal import say


def command(
    study: ModelArgument,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Rows with their targets: a .csv, an .npz or a folder of pictures.",
            callback=possible_path,
        ),
    ],
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate the best model, or a saved one, on other data."""
    from tuneit.result.predictor import Predictor

    with stdout_kept(as_json):
        model = model_or_result(study, output)
        found = model.evaluate(data) if isinstance(model, Predictor) else model.evaluate_on(data)
    if as_json:
        print_json({"model": str(study), "data": str(data), "evaluation": found.to_dict()})
    else:
        say(found)
