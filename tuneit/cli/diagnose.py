"""`tuneit diagnose`: what is wrong with finished runs, from their logs alone.

Loads neither TensorFlow, pandas nor Optuna.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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


def command(
    logs: Annotated[
        list[Path],
        typer.Argument(metavar="LOG-OR-FOLDER...", help="Training logs.", callback=possible_path),
    ],
    target: Annotated[
        float | None, typer.Option(help="A good value of the metric, for judging underfitting.")
    ] = None,
    human_error: Annotated[float | None, typer.Option(help="The error rate of people.")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric that --target speaks of.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with finished training runs, from their logs alone."""
    reference = Reference(metric=metric, target=target, human_error=human_error)
    reports, errors = diagnose_logs(logs, reference)
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

    `unknown` lists columns that were not understood, `notes` says how the log was read.
    """

    source: str
    run: str
    epochs: int
    diagnosis: Diagnosis
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "source": self.source,
            "run": self.run,
            "epochs": self.epochs,
            **self.diagnosis.to_dict(),
            "unknown_columns": list(self.unknown),
            "notes": list(self.notes),
        }


def diagnose_logs(
    paths: Iterable[Path], reference: Reference
) -> tuple[list[RunReport], list[LogError]]:
    """Diagnose every run of every log; return errors of logs that cannot be read beside them."""
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
                reports += [_report(run, reference) for run in read_runs(log)]
            except LogError as error:
                errors.append(error)
    return reports, errors


def _report(run: Run, reference: Reference) -> RunReport:
    from tuneit.diagnosis import diagnose_curve

    diagnosis = diagnose_curve(run.curve, _known(reference, run.reference))
    return RunReport(run.source, run.name, len(run.curve), diagnosis, run.unknown, run.notes)


def _known(given: Reference, logged: Reference | None) -> Reference:
    """The reference that the log gives; values that the user gives win."""
    if logged is None:
        return given
    said = {key: value for key, value in vars(given).items() if value is not None}
    return replace(logged, **said)


def table(reports: Sequence[RunReport]) -> str:
    """One report in full; several as a table with a row a run."""
    if len(reports) == 1:
        report = reports[0]
        lines = [f"{report.source}: {report.epochs} epochs", *str(report.diagnosis).split("\n")]
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


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Set rows of cells in aligned columns, two spaces apart."""
    cells = [[for_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
