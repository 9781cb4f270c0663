"""`tuneit refit`: train the best configuration anew on more rows."""

from __future__ import annotations

from typing import Annotated

import typer

from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import JsonOption, OutputOption, SearchedArgument
from tuneit.cli.searched import find_searched
from tuneit.screen.terminal import say


def command(
    study: SearchedArgument,
    on: Annotated[
        str,
        typer.Option(metavar="ROWS", help="train+validation, or all with the test rows too."),
    ] = "train+validation",
    seeds: Annotated[int, typer.Option(help="Models to train and average.", min=1)] = 1,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train the best configuration anew on more rows, and save it as refit.keras."""
    searched = find_searched(study, output)

    from tuneit.study.paths import nearby

    with searched.placed_errors(), stdout_kept(as_json):
        found = searched.result().refit(on, seeds)
    if as_json:
        print_json(found.to_dict())
    else:
        say(found)
        say(f"model {nearby(found.path)}")
