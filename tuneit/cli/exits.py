"""How a command ends: an error is printed as a sentence and becomes the exit code."""

from __future__ import annotations

import io
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import typer

from tuneit.errors import InputError, TuneitError
from tuneit.errors.writing import full_disk_as_error
from tuneit.screen.terminal import complain, flush

INTERRUPTED = 130

LEFT_BEHIND = 3.0
"""Seconds that threads of the user's code may run on after the command has ended."""

_UsageError: Any = typer.BadParameter.__base__
"""What typer raises where a command line makes no sense; it has no public name of its own."""


def exit_code_of(command: Callable[[], object], debug: bool) -> int:
    """Run a command that returns its exit code, or None; say what went wrong.

    `debug` shows the traceback of an error.
    """
    try:
        with full_disk_as_error():
            code = command()
    except SystemExit as leaving:
        code = leaving.code
    except _UsageError as error:
        complain(_usage(error))
        return int(error.exit_code)
    except TuneitError as error:
        complain(traceback.format_exc() if debug else error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except PermissionError as error:
        place = "something" if error.filename is None else error.filename
        sentence = f"{place} may not be opened: make it readable, or choose another place"
        complain(traceback.format_exc() if debug else sentence)
        return InputError.exit_code
    except Exception as error:
        sentence = (
            f"unexpected {type(error).__name__}: {error}; --debug shows where. "
            "Nothing that was recorded is lost"
        )
        complain(traceback.format_exc() if debug else sentence)
        return 1
    return code if isinstance(code, int) else 0


def _usage(error: Any) -> str:
    text = io.StringIO()
    error.show(text)
    return text.getvalue().rstrip()


def leave(code: int) -> NoReturn:
    """End the process, even if the user's code has started a thread that never ends."""
    late = threading.Timer(LEFT_BEHIND, os._exit, [code])
    late.daemon = True  # it waits for the others only as long as Python does
    late.start()
    flush()
    sys.exit(code)
