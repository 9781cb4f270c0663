"""`tuneit repair`: save the readable part of a damaged ledger.journal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuneit.screen.terminal import say


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that a search wrote.")],
) -> None:
    """Save the readable part of a damaged ledger.journal; the damaged file is kept."""
    from tuneit.ledger.repair import repair

    say(repair(folder))
