"""Diagnose finished runs from their logs; loads neither TensorFlow, pandas nor Optuna."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneit.diagnosis import diagnose_curve
from tuneit.errors import LogError
from tuneit.findings import Diagnosis, Reference
from tuneit.history_files import read_runs


@dataclass(frozen=True)
class RunReport:
    """The diagnosis of one run of one log; `unknown` lists columns that were not understood."""

    source: str
    run: str
    epochs: int
    diagnosis: Diagnosis
    unknown: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "source": self.source,
            "run": self.run,
            "epochs": self.epochs,
            **self.diagnosis.to_dict(),
            "unknown_columns": list(self.unknown),
        }


def diagnose_logs(
    paths: Iterable[Path], reference: Reference
) -> tuple[list[RunReport], list[LogError]]:
    """Diagnose every run of every log; a log that cannot be read is an error beside the rest."""
    reports: list[RunReport] = []
    errors: list[LogError] = []
    for path in paths:
        try:
            runs = read_runs(path)
        except LogError as error:
            errors.append(error)
            continue
        for run in runs:
            diagnosis = diagnose_curve(run.curve, reference)
            reports.append(
                RunReport(str(run.source), run.name, len(run.curve), diagnosis, run.unknown)
            )
    return reports, errors


def table(reports: Sequence[RunReport]) -> str:
    """One report in full; several as a table with a row a run."""
    if len(reports) == 1:
        report = reports[0]
        lines = [f"{report.source}: {report.epochs} epochs", str(report.diagnosis)]
        if report.unknown:
            lines.append(f"  columns not understood: {', '.join(report.unknown)}")
        return "\n".join(lines)
    head = ("run", "epochs", "verdict", "confidence", "first advice")
    rows = [
        (
            report.source if report.run in ("", report.source) else f"{report.source} {report.run}",
            str(report.epochs),
            str(report.diagnosis.verdict),
            f"{report.diagnosis.confidence:.2f}",
            next((r.action for r in report.diagnosis.recommendations), ""),
        )
        for report in reports
    ]
    return columns([head, *rows])


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Set rows of cells in aligned columns, two spaces apart."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
