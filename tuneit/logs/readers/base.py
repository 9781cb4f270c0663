"""What a reader is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tuneit.logs.files import LogFile
from tuneit.logs.table import Table


class Reader(NamedTuple):
    """One kind of log.

    `recognises` tells by name and content whether a file is of the kind; `read` gives its tables,
    at least one, and raises LogError, one sentence, where there is none.
    """

    recognises: Callable[[LogFile], bool]
    read: Callable[[LogFile], list[Table]]
