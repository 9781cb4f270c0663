"""What a reader finds in a log: columns under the log's own names."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.logs.cells import Columns


@dataclass(frozen=True)
class Table:
    """The columns of one or more runs, as the log has them.

    `name` tells tables of one log apart. `notes` says what of the log was left out or amended.
    """

    name: str
    columns: Columns
    notes: tuple[str, ...] = ()
