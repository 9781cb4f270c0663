"""`tuneit import-tuner`: read a keras-tuner project's trials into a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.cli.options import OutputOption, SetOption, StudyArgument, load, possible_path
from tuneit.screen.terminal import say


def command(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="A keras-tuner project: it has an oracle.json.",
            callback=possible_path,
        ),
    ],
    study: StudyArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
) -> None:
    """Read a keras-tuner project's trials into a study; a search goes on from them."""
    from tuneit.workbench.tuner_import import import_tuner

    say(import_tuner(folder, load(study, overrides), study.parent, output))
