"""`tuneit init`: write a first study and its builder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.cli.options import possible_path
from tuneit.screen.terminal import say


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write.", callback=possible_path)
    ] = Path(),
) -> None:
    """Write a commented study.yaml with a builder that runs at once."""
    from tuneit.study_file import init_study

    for path in init_study(folder):
        say(path)
