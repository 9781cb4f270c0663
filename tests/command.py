"""The command line in the process of the tests, which has loaded TensorFlow already.

Whatever depends on a process (signals, a resumed search, what is imported) starts one of its own.
"""

from __future__ import annotations

import io
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

from tuneit.cli.app import app
from tuneit.cli.exits import exit_code_of


def tuneit(folder: Path, *arguments: str) -> CompletedProcess[str]:
    """Run `tuneit ARGUMENTS` in a folder; return its exit code and what it printed."""
    command = partial(app, list(arguments), prog_name="tuneit", standalone_mode=False)
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = exit_code_of(command, debug=False)
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
