"""`tuneit refit`: train the best configuration anew on more rows."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import JsonOption, OutputOption, StudyArgument, load_searched, placed_errors
from tuneit.screen.terminal import say


def command(
    study: StudyArgument,
    on: Annotated[
        str,
        typer.Option(metavar="ROWS", help="train+validation, or all with the test rows too."),
    ] = "train+validation",
    seeds: Annotated[int, typer.Option(help="Models to train and average.", min=1)] = 1,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train the best configuration anew on more rows, and save it as refit.keras."""
    loaded = load_searched(study)

    from tuneit.api import load_result
    from tuneit.study.paths import nearby

    with placed_errors(study), stdout_kept(as_json):
        found = load_result(loaded, study.parent, output).refit(on, seeds)
    if as_json:
        print_json(found.to_dict())
    else:
        say(found)
        say(f"model {nearby(found.path)}")
