"""`tuneit diagnose`: say what is wrong with finished runs, from their logs alone.

Loads neither TensorFlow, pandas nor Optuna.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneit.cli.json_output import print_json
from tuneit.cli.options import JsonOption, possible_path
from tuneit.errors import LogError
from tuneit.errors.harmless import for_line
from tuneit.findings import Diagnosis, Reference
from tuneit.screen.terminal import complain, say

if TYPE_CHECKING:
    from tuneit.logs import Run

_BELOW = 8
"""Columns by which a row's last cell is indented, where it stands below the others."""


def command(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG-OR-FOLDER...", help="Training logs.", callback=possible_path),
    ],
    target: Annotated[
        float | None, typer.Option(help="A good value of the metric, for judging underfitting.")
    ] = None,
    human_error: Annotated[float | None, typer.Option(help="The error rate of people.")] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric that --target is a value of.")
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="SERIES=COLUMN,...",
            help="Say which columns are which series: loss=train_nll,val_loss=dev_nll; "
            "loss=a+b is the sum of two.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with finished training runs, from their logs alone."""
    reference = Reference(metric=metric, target=target, human_error=human_error)
    reports, errors = diagnose_logs(logs, reference, column_map(mapped or []))
    for error in errors:
        complain(error)
    if as_json:
        print_json({"runs": [report.to_dict() for report in reports]})
    elif reports:
        say(table(reports))
    if errors:
        raise typer.Exit(2)


@dataclass(frozen=True)
class RunReport:
    """The diagnosis of one run of one log.

    `columns` maps each series to a column of the log. `guessed` says whether this had to be
    guessed, because the columns' names did not say it. `unknown` are the columns that were not
    used. `notes` say how the log was read.
    """

    source: str
    run: str
    epochs: int
    diagnosis: Diagnosis
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    guessed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "source": self.source,
            "run": self.run,
            "epochs": self.epochs,
            **self.diagnosis.to_dict(),
            "columns": dict(self.columns),
            "unknown_columns": list(self.unknown),
            "notes": list(self.notes),
        }


def column_map(texts: Iterable[str]) -> dict[str, str]:
    """Read `loss=train_nll,val_loss=dev_nll`; column names may contain commas.

    Raises typer.BadParameter if a series has no column.
    """
    columns: dict[str, str] = {}
    for text in texts:
        for pair in re.split(r",(?=\s*\w+\s*=)", text):
            series, equals, column = pair.partition("=")
            if not equals or not series.strip() or not column.strip():
                raise typer.BadParameter(
                    f"--map must name a column for each series, as in loss=train_nll, but is "
                    f"'{pair}'",
                    param_hint="--map",
                )
            columns[series.strip()] = column.strip()
    return columns


def diagnose_logs(
    paths: Iterable[Path], reference: Reference, columns: Mapping[str, str] | None = None
) -> tuple[list[RunReport], list[LogError]]:
    """Diagnose every run of every log; return the diagnoses, and errors of unreadable logs.

    `columns` maps series to columns, for those that are known.
    """
    from tuneit.logs import find_logs, read_runs

    reports: list[RunReport] = []
    errors: list[LogError] = []
    for path in paths:
        try:
            logs = find_logs(path)
        except LogError as error:
            errors.append(error)
            continue
        for log in logs:
            try:
                reports += [_report(run, reference) for run in read_runs(log, columns)]
            except LogError as error:
                errors.append(error)
    return reports, errors


def _report(run: Run, reference: Reference) -> RunReport:
    from tuneit.diagnosis import diagnose_curve

    return RunReport(
        run.source,
        run.name,
        len(run.curve),
        diagnose_curve(run.curve, reference),
        run.unknown,
        run.notes,
        run.columns,
        run.guessed,
    )


def table(reports: Sequence[RunReport]) -> str:
    """One report in full; several as a table with a row for each run."""
    if len(reports) == 1:
        report = reports[0]
        lines = [f"{report.source}: {report.epochs} epochs", *str(report.diagnosis).split("\n")]
        if report.guessed:
            read = "; ".join(f"{name} = {column}" for name, column in report.columns.items())
            lines.append(f"  read as: {read} (--map SERIES=COLUMN changes this)")
        if report.unknown:
            lines.append(f"  columns not understood: {', '.join(report.unknown)}")
        lines += [f"  note: {note}" for note in report.notes]
        return "\n".join(map(for_line, lines))
    head = ("run", "epochs", "verdict", "confidence", "first advice")
    runs_in = Counter(report.source for report in reports)
    rows = [
        (
            report.source if runs_in[report.source] == 1 else f"{report.source} {report.run}",
            str(report.epochs),
            str(report.diagnosis.verdict),
            f"{report.diagnosis.confidence:.2f}",
            next((r.action for r in report.diagnosis.recommendations), ""),
        )
        for report in reports
    ]
    verdicts = Counter(str(report.diagnosis.verdict) for report in reports)
    total = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    notes = Counter(note for report in reports for note in report.notes)
    noted = "".join(f"\nnote ({n} runs): {for_line(note)}" for note, n in notes.items())
    return f"{columns([head, *rows])}\n\n{len(reports)} runs: {total}{noted}"


def columns(rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Align rows of cells in columns, two spaces apart.

    In a terminal of `width` columns the last cell of a row goes on in the next lines: beside the
    others if half of the width is left for it, else below them.
    """
    cells = [[for_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = [
        ["  ".join(cell.ljust(w) for cell, w in zip(row[:-1], widths, strict=False)), row[-1]]
        for row in cells
    ]
    if width is None or max(len(f"{head}  {last}") for head, last in lines) <= width:
        return "\n".join(f"{head}  {last}".rstrip() for head, last in lines)
    start = len(lines[0][0]) + 2
    beside = start <= width // 2
    fill = partial(textwrap.fill, width=width, break_long_words=False, break_on_hyphens=False)
    below = " " * (start if beside else _BELOW)
    return "\n".join(
        fill(last, initial_indent=f"{head}  ", subsequent_indent=below)
        if beside
        else f"{head.rstrip()}\n{fill(last, initial_indent=below, subsequent_indent=below)}"
        for head, last in lines
    )
