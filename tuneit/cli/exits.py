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
"""Seconds that threads of the user's code may still run after the command has ended."""

_UsageError: Any = typer.BadParameter.__base__
"""The error that typer raises for an invalid command line; it has no public name."""


def exit_code_of(command: Callable[[], object], debug: bool) -> int:
    """Run a command and return its exit code; print what went wrong.

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
        # The reader of the output (head, less) has ended, so there is nothing to print.
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
    late.daemon = True  # so that Python does not wait for it
    late.start()
    flush()
    sys.exit(code)
