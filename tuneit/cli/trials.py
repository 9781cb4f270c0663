"""`tuneit trials`: list a study's trials from the ledger, without data or TensorFlow."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuneit.cli.diagnose import columns
from tuneit.cli.json_output import print_json
from tuneit.cli.options import JsonOption, OutputOption, SearchedArgument, StorageOption
from tuneit.cli.searched import find_searched
from tuneit.errors.wording import score_text
from tuneit.screen.terminal import say

if TYPE_CHECKING:
    from tuneit.study import Study
    from tuneit.trials import Objective, Trial


def command(
    study: SearchedArgument,
    output: OutputOption = None,
    storage: StorageOption = None,
    top: Annotated[
        int | None, typer.Option(help="List only the best, at most this many.", min=1)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List a study's trials, best first."""
    searched = find_searched(study, output, storage=storage)
    loaded = searched.study
    listed = list_trials(loaded, searched.folder)[:top]
    if as_json:
        rows = [trial_dict(trial, loaded.objectives) for trial in listed]
        print_json({"study": loaded.name, "trials": rows})
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        say(trial_table(listed, loaded.objectives, width))


def list_trials(study: Study, output: Path | None = None) -> list[Trial]:
    """The study's trials, the complete ones best first, then the others by number.

    Raises InputError where the study has not been searched yet.
    """
    from tuneit.ledger import Ledger
    from tuneit.ledger.study_folder import StudyFolder
    from tuneit.trials import ranked

    folder = StudyFolder.of(study, output)
    objective, *rest = study.objectives
    with Ledger.read(study.storage, folder.path, study.name, objective, rest) as ledger:
        trials = ledger.listed()
    best = ranked(trials, objective)
    others = [trial for trial in trials if trial not in best]
    return [*(_as_summarised(trial, folder.summary) for trial in best[:1]), *best[1:], *others]


def _as_summarised(best: Trial, file: Path) -> Trial:
    """The best trial with the verdict that the search gave it at its end, in `summary.json`.

    The ledger has the verdict on its curves, from before its model was examined.
    """
    try:
        given = json.loads(file.read_text(encoding="utf-8"))["best_trial"]
        is_same = (given["number"], given["score"]) == (best.number, best.score)
        return replace(best, verdict=given["verdict"]) if is_same else best
    except (OSError, ValueError, KeyError, TypeError):
        return best


def trial_dict(trial: Trial, objectives: Sequence[Objective] = ()) -> dict[str, Any]:
    """Return the JSON-ready form, with the columns of `trials.csv`.

    With several objectives, `values` has the trial's value of each metric.
    """
    metrics = [objective.metric for objective in objectives if len(objectives) > 1]
    return {
        "number": trial.number,
        "state": str(trial.state),
        "score": trial.score,
        **({"values": dict(zip(metrics, trial.values, strict=False))} if metrics else {}),
        "duration_s": trial.duration_s,
        "epochs": trial.epochs,
        "params": dict(trial.params),
        "verdict": trial.verdict,
        "error": trial.error,
        "note": trial.remark,
    }


def trial_table(
    trials: Sequence[Trial], objectives: Sequence[Objective] = (), width: int | None = None
) -> str:
    """The trials as columns for a terminal; a star marks those on the Pareto front.

    In a terminal of `width` columns long rows go on below.
    """
    from tuneit.screen.views import clock, params_text
    from tuneit.trials import pareto_front

    others = objectives[1:]
    front = {t.number for t in pareto_front(trials, objectives)} if others else set()
    names = (other.metric for other in others)
    head = ("trial", "state", "score", *names, "epochs", "time", "verdict", "hyperparameters")
    rows = [
        (
            str(trial.number) + ("*" if trial.number in front else ""),
            str(trial.state),
            "-" if trial.score is None else score_text(trial.score),
            *map(score_text, trial.values[1:]),
            *("-" for _ in others if not trial.values),
            str(trial.epochs),
            clock(trial.duration_s),
            trial.verdict or "-",
            params_text(trial.params)
            + "".join(f"  ({said})" for said in (trial.error, trial.remark) if said),
        )
        for trial in trials
    ]
    legend = "\n\n* on the Pareto front" if front else ""
    return columns([head, *rows], width) + legend
