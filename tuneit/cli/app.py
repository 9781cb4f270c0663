"""The command line: registers one module for each command, runs it, and ends the process."""

from __future__ import annotations

import sys
import warnings
from functools import partial
from typing import Annotated, NoReturn

import typer

from tuneit.cli import (
    check,
    dashboard,
    diagnose,
    evaluate,
    explain,
    export,
    import_tuner,
    init,
    predict,
    refit,
    repair,
    report,
    schema,
    search,
    treat,
    trials,
)
from tuneit.cli.exits import INTERRUPTED, exit_code_of, leave
from tuneit.screen.interrupts import Interrupts
from tuneit.screen.terminal import complain, say, warn

COMMANDS = {
    "search": search,
    "diagnose": diagnose,
    "treat": treat,
    "explain": explain,
    "report": report,
    "trials": trials,
    "predict": predict,
    "evaluate": evaluate,
    "refit": refit,
    "export": export,
    "import-tuner": import_tuner,
    "repair": repair,
    "dashboard": dashboard,
    "check": check,
    "init": init,
    "schema": schema,
}
"""The module of each command, in the order of `tuneit --help`.

Its function `command` parses the arguments, calls the function that does the work, and prints.
Modules that load slowly are imported only inside it, so that `--help` answers at once.
"""

app = typer.Typer(
    name="tuneit",
    help="Search hyperparameters of Keras models, and say what limits the best one.",
    epilog="Every command takes --debug, which shows the traceback of an error.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for _name, _module in COMMANDS.items():
    app.command(_name)(_module.command)


def _version(value: bool) -> None:
    if value:
        from tuneit import __version__

        say(f"tuneit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Search hyperparameters of Keras models, and say what limits the best one."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    warnings.showwarning = warn
    with Interrupts() as interrupts:
        run = partial(app, arguments, prog_name="tuneit", standalone_mode=False)
        code = exit_code_of(run, debug)
    if interrupts.seen:  # inside a search, the search's own Interrupts end it
        complain("interrupted")
        code = INTERRUPTED
    leave(code)
