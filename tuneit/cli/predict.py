"""`tuneit predict`: predict raw rows with a searched study's best model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import JsonOption, possible_path
from tuneit.cli.searched import find_searched
from tuneit.errors import InputError
from tuneit.screen.terminal import complain, say

if TYPE_CHECKING:
    from tuneit.result import SearchResult
    from tuneit.result.predictor import Predictor

OTHER_FORMATS = (".h5", ".onnx", ".pb", ".tflite")
"""Endings of models whose rows are not prepared by a pipeline."""

ModelArgument = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY|MODEL.keras",
        help="A searched study, the folder of its results, or a saved model with its "
        ".pipeline.json.",
        callback=possible_path,
    ),
]


def command(
    study: ModelArgument,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Rows to predict: a .csv, an .npz or a folder of pictures.",
            callback=possible_path,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The file to write, .csv or .npz. [default: CSV on the screen]",
            callback=possible_path,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="The study's folder. [default: reports/<name>]", callback=possible_path),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Predict raw rows with the best model: classes by name, with their probabilities."""
    from tuneit.result.predictions import require_ending
    from tuneit.study.paths import nearby

    if output is not None:
        require_ending(output)  # before rows are predicted, which may take long
    with stdout_kept(True):  # what a builder prints is no prediction
        predictions = model_or_result(study, folder).predict(data)
        if output is not None:
            predictions.write(output)
    for note in predictions.notes:
        complain(note)
    if as_json:
        print_json(predictions.to_dict())
    elif output is None:
        say(predictions.to_csv().rstrip("\n"))
    else:
        say(nearby(output.absolute()))


def model_or_result(study: Path, folder: Path | None) -> Predictor | SearchResult:
    """The model of a .keras file with its pipeline, or the result of a searched study.

    Raises InputError where there is none.
    """
    if study.suffix in OTHER_FORMATS:
        raise InputError(
            f"{study.name} takes a network's own inputs, not raw rows: give the study, the folder "
            "of its results, or the .keras file with its .pipeline.json"
        )
    if study.suffix == ".keras":
        from tuneit.result.predictor import Predictor

        return Predictor.of_file(study)
    searched = find_searched(study, folder)
    with searched.placed_errors():
        return searched.result()
