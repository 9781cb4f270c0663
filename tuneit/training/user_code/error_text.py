"""An exception as one line, and the line of the user's code that raised it."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CALLING = re.compile(r"^Exception encountered when calling [^\n]*\n\s*")

_OF_GRAPH = re.compile(r"^Graph execution error:.*?\n[ \t]*(\S[^\n]*)\n\s*\[\[\{\{node", re.DOTALL)
"""TensorFlow's errors in graphs: after a stack that Keras's own code fills stands the reason."""

_MOST = 10_000
"""Characters that are read at either end of a message."""


def user_frame(error: BaseException, folder: Path | None) -> str:
    """Return ` (digits.py:12)` for the innermost line of the user's own code in a traceback."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        inside = folder is not None and folder in path.parents
        if inside and "site-packages" not in path.parts:
            return f" ({path.name}:{frame.lineno})"
    return ""


def describe(error: BaseException) -> str:
    """Return `TypeError: message`, on one line and without Keras's long tails."""
    text = _COLOURS.sub("", _message(error)).strip()
    # Keras puts the layer that was called before the reason, as a paragraph of its own.
    text = _CALLING.sub("", text) or text
    if (of_graph := _OF_GRAPH.match(text)) is not None:
        text = of_graph[1]
    head = re.split(r"\n\s*\n|\n(?=Arguments received)", text)[0]
    line = " ".join(head.split())
    short = line if len(line) <= 300 else line[:297] + "..."
    return f"{type(error).__name__}: {short}" if short else type(error).__name__


def _message(error: BaseException) -> str:
    """The message, a long one without its middle; empty where the error's own `__str__` fails."""
    try:
        text = str(error)
    except Exception:
        return ""
    return text if len(text) <= 2 * _MOST else f"{text[:_MOST]}\n{text[-_MOST:]}"
