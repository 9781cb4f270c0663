"""The command line: parse → api → print."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from tuneit.cli.exits import INTERRUPTED, exit_code_of, leave
from tuneit.errors import InputError
from tuneit.screen.interrupts import Interrupts
from tuneit.screen.terminal import complain, say, say_json, stdout_for_one_document, warn
from tuneit.study.paths import can_be_a_path, nearby

if TYPE_CHECKING:
    from tuneit.search.protocols import View
    from tuneit.study import Study

app = typer.Typer(
    name="tuneit",
    help="Search hyperparameters of Keras models, and say what limits the best one.",
    epilog="Every command takes --debug, which shows the traceback of an error.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _possible(given: Any) -> Any:
    """Return paths as they are; one that no file system could hold is a mistake of usage."""
    try:
        for path in given if isinstance(given, list) else [given]:
            can_be_a_path(str(path))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return given


StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A study.yaml.", callback=_possible)
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="The study's folder. [default: reports/<name>]",
        callback=_possible,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in budget.epochs=5."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


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


@app.command()
def search(
    study: StudyArgument,
    trials: Annotated[
        int | None, typer.Option(help="Trials in all, earlier runs included.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="Time in all, such as 90s, 10m or 1.5h.")] = None,
    strategy: Annotated[
        str | None,
        typer.Option(help="grid, random, bayesian, hyperband, one_epoch, optuna or file.py:Class."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Trials trained at the same time.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of splits, proposals and training.")
    ] = None,
    overrides: SetOption = None,
    output: OutputOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget earlier trials.")] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Go on although code, data or search space have changed."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Search, or go on with an interrupted search, and write the report."""
    given = {
        "trials": trials,
        "time": time,
        "strategy": strategy,
        "workers": workers,
        "seed": seed,
    }
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    changes = [*options, *(overrides or [])]
    loaded = _load(study, changes)

    from tuneit.api import run_study

    view = _view(loaded, quiet or as_json)
    with _placing(study, changes), _alone(as_json):
        result = run_study(loaded, study.parent, output, fresh=fresh, keep=keep, view=view)
        document = result.summary() if as_json else None
    if as_json:
        _print_json(document)
    elif not quiet:
        from tuneit.cli.closing_words import closing_words

        say(closing_words(result))
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)
    result.best  # noqa: B018 - raises NoTrialError where no trial completed


def _load(path: Path, overrides: list[str]) -> Study:
    from tuneit.study_file import load_study

    return load_study(path, overrides)


@contextlib.contextmanager
def _placing(path: Path, overrides: list[str]) -> Iterator[None]:
    """Give errors that only data, builder or training could find their place in the study file."""
    try:
        yield
    except InputError as error:
        from tuneit.study_file import placed

        raise placed(error, path, overrides) from error


def _view(study: Study, silent: bool) -> View:
    from tuneit.cli.live_view import LiveView
    from tuneit.screen.views import PlainView, QuietView

    if silent:
        return QuietView()
    return LiveView(study) if sys.stderr.isatty() else PlainView(study)


@app.command()
def diagnose(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG-OR-FOLDER...", help="Training logs.", callback=_possible),
    ],
    target: Annotated[
        float | None, typer.Option(help="A good value of the metric, for judging underfitting.")
    ] = None,
    human_error: Annotated[float | None, typer.Option(help="The error rate of people.")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric that --target speaks of.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with finished training runs, from their logs alone."""
    from tuneit.cli.diagnose import diagnose_logs, table
    from tuneit.findings import Reference

    reference = Reference(metric=metric, target=target, human_error=human_error)
    reports, errors = diagnose_logs(logs, reference)
    for error in errors:
        complain(error)
    if as_json:
        _print_json({"runs": [report.to_dict() for report in reports]})
    elif reports:
        say(table(reports))
    if errors:
        raise typer.Exit(2)


@app.command()
def report(study: StudyArgument, output: OutputOption = None, overrides: SetOption = None) -> None:
    """Write a searched study's report anew."""
    from tuneit.api import load_result

    result = load_result(_load(study, overrides or []), study.parent, output)
    result.write()
    say(nearby(result.bench.folder.report))


@app.command()
def trials(
    study: StudyArgument,
    output: OutputOption = None,
    top: Annotated[int | None, typer.Option(help="Only the best so many.", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """List a study's trials, best first."""
    from tuneit.cli.trials import list_trials, trial_dict, trial_table

    loaded = _load(study, [])
    listed = list_trials(loaded, output)[:top]
    if as_json:
        objectives = loaded.objectives
        rows = [trial_dict(trial, objectives) for trial in listed]
        _print_json({"study": loaded.name, "trials": rows})
    else:
        say(trial_table(listed, loaded.objectives))


@app.command()
def export(
    study: StudyArgument,
    target: Annotated[
        Path,
        typer.Argument(
            help=".json or .yaml: the best hyperparameters; .csv: the trials; "
            ".keras: the best model; .html: the report.",
            callback=_possible,
        ),
    ],
    output: OutputOption = None,
) -> None:
    """Copy one result of a searched study to a file; its ending says which."""
    from tuneit.cli.export import export_result

    say(export_result(_load(study, []), study.parent, output, target))


@app.command("import-tuner")
def import_tuner(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A keras-tuner project: it has an oracle.json.", callback=_possible
        ),
    ],
    study: StudyArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
) -> None:
    """Read a keras-tuner project's trials into a study; a search goes on from them."""
    from tuneit.cli.import_tuner import import_tuner as read_in

    say(read_in(folder, _load(study, overrides or []), study.parent, output))


@app.command()
def repair(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that a search wrote.")],
) -> None:
    """Save what can be read of a damaged ledger.journal; the damaged file is kept."""
    from tuneit.cli.repair import repair as repair_journal

    say(repair_journal(folder))


@app.command()
def dashboard(
    study: StudyArgument,
    output: OutputOption = None,
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65535)] = 8080,
) -> None:
    """Show a study's trials in optuna-dashboard, until Ctrl-C."""
    from tuneit.cli.dashboard import serve_dashboard

    serve_dashboard(_load(study, []), output, port)


@app.command()
def check(study: StudyArgument, overrides: SetOption = None, as_json: JsonOption = False) -> None:
    """Validate a study, build its model once, and say what a search would cost."""
    from tuneit.cli.check import check_study

    loaded = _load(study, overrides or [])
    with _placing(study, overrides or []), _alone(as_json):
        found = check_study(loaded, study.parent)
    if as_json:
        _print_json(found.to_dict())
    else:
        say(found)


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write.", callback=_possible)
    ] = Path(),
) -> None:
    """Write a commented study.yaml with a builder that runs at once."""
    from tuneit.study_file import init_study

    for path in init_study(folder):
        say(path)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a study.yaml, for editor completion."""
    from tuneit.study_file import study_schema

    _print_json(study_schema())


def _alone(as_json: bool) -> AbstractContextManager[None]:
    return stdout_for_one_document() if as_json else contextlib.nullcontext()


def _print_json(document: Any) -> None:
    from tuneit.study_folder import to_json

    say_json(to_json(document))


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    warnings.showwarning = warn
    with Interrupts() as interrupts:
        run = partial(app, arguments, prog_name="tuneit", standalone_mode=False)
        code = exit_code_of(run, debug)
    if interrupts.seen:  # and no search, which listens for itself
        complain("interrupted")
        code = INTERRUPTED
    leave(code)
