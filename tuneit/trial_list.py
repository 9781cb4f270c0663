"""A study's trials as a list, read from the ledger alone: no data, no model, no TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuneit.diagnose_logs import columns
from tuneit.ledger import Ledger
from tuneit.progress import clock, params_text
from tuneit.study import Study
from tuneit.study_folder import StudyFolder
from tuneit.trials import Trial, ranked
from tuneit.workbench import unfinished_as_failed


def list_trials(study: Study, output: Path | None = None) -> list[Trial]:
    """The study's trials, the complete ones best first, then the others by number.

    Raises InputError where the study has not been searched yet.
    """
    folder = StudyFolder(output or Path("reports") / study.name)
    objective = study.objective.resolve()
    with Ledger.read(study.storage, folder.path, study.name, objective) as ledger:
        trials = unfinished_as_failed(ledger.trials())
    best = ranked(trials, objective)
    return [*best, *(trial for trial in trials if trial not in best)]


def trial_dict(trial: Trial) -> dict[str, Any]:
    """Return the JSON-ready form, with the columns of `trials.csv`."""
    return {
        "number": trial.number,
        "state": str(trial.state),
        "score": trial.score,
        "duration_s": trial.duration_s,
        "epochs": trial.epochs,
        "params": dict(trial.params),
        "verdict": trial.verdict,
        "error": trial.error,
    }


def trial_table(trials: Sequence[Trial]) -> str:
    """Set the trials in columns for a terminal."""
    head = ("trial", "state", "score", "epochs", "time", "verdict", "hyperparameters")
    rows = [
        (
            str(trial.number),
            str(trial.state),
            "-" if trial.score is None else f"{trial.score:.4f}",
            str(trial.epochs),
            clock(trial.duration_s),
            trial.verdict or "-",
            params_text(trial.params) + (f"  ({trial.error})" if trial.error else ""),
        )
        for trial in trials
    ]
    return columns([head, *rows])
