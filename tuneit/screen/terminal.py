"""The only place that prints: what it is given may hold the texts of files, models and data."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import TextIO

from tuneit.errors.harmless import escaped, for_terminal


def say(text: object, stream: TextIO | None = None) -> None:
    """Print a text that people read, on stdout or another stream."""
    print(for_terminal(str(text)), file=stream or sys.stdout, flush=True)


def complain(text: object) -> None:
    """Print an error or a note on stderr."""
    say(text, sys.stderr)


def warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning, in the place of `warnings.showwarning`."""
    say(
        warnings.formatwarning(message, category, filename, lineno, line).rstrip(),
        file or sys.stderr,
    )


def say_json(document: str) -> None:
    """Print a JSON text on stdout; it stays the same document."""
    print(escaped(document), flush=True)


@contextlib.contextmanager
def stdout_for_one_document() -> Iterator[None]:
    """Send what others print meanwhile, a builder or worker processes, to stderr."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(saved, 1)
        os.close(saved)
