"""The only module that prints. It escapes control characters, which users' texts may contain."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Iterator
from typing import TextIO

from tuneit.errors.harmless import escaped, for_terminal


def say(text: object, stream: TextIO | None = None) -> None:
    """Print a text that people read, on stdout or another stream."""
    _print(for_terminal(str(text)), stream or sys.stdout, 2 if stream else 1)


def complain(text: object) -> None:
    """Print an error or a note on stderr."""
    _print(for_terminal(str(text)), sys.stderr, 2)


def _print(text: str, stream: TextIO | None, descriptor: int) -> None:
    """Print on a stream, or on the file descriptor if the user's code has closed the stream.

    Nothing is printed if the file descriptor is closed too.
    """
    own = sys.__stdout__ if descriptor == 1 else sys.__stderr__
    if stream is None or stream.closed:
        stream = own
    if stream is None:  # the process was started without it, and the descriptor may be another file
        return
    try:
        if stream.closed:
            stream = os.fdopen(descriptor, "w", closefd=False)
        # Some terminals cannot show all characters.
        encoding = stream.encoding or "utf-8"
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        print(shown, file=stream, flush=True)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise


def warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning; replaces `warnings.showwarning`."""
    say(
        warnings.formatwarning(message, category, filename, lineno, line).rstrip(),
        file or sys.stderr,
    )


def say_json(document: str) -> None:
    """Print a JSON text on stdout, with control characters escaped as in JSON."""
    _print(escaped(document), sys.stdout, 1)


def flush() -> None:
    """Flush stdout."""
    with contextlib.suppress(
        AttributeError, ValueError, OSError
    ):  # the user's code may have closed it
        sys.stdout.flush()


@contextlib.contextmanager
def stdout_for_one_document() -> Iterator[None]:
    """Within the block, send what builders and worker processes print on stdout to stderr."""
    flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        flush()
        os.dup2(saved, 1)
        os.close(saved)
