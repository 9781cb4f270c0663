"""Write a search's result as files: report, summary, table of trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuneit.errors.harmless import from_spreadsheet
from tuneit.ledger.study_folder import trials_csv, write_text
from tuneit.result.augmented import load_examples
from tuneit.result.evaluating import objective_on_test
from tuneit.result.requirements import outcomes
from tuneit.result.summary import versions
from tuneit.result.treatment.runs import load_treatments
from tuneit.space import SearchSpace
from tuneit.treatments.outcome import Treatments
from tuneit.trials import Objective, Trial, best_trial
from tuneit.trials.trivial import Trivial
from tuneit.workbench.kept_files import kept_models

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.report import ReportContent
    from tuneit.result import SearchResult


def write_files(result: SearchResult) -> None:
    """Write `trials.csv`, `summary.json`, `index.html` and missing curves to the study's folder."""
    folder = result.folder
    folder.claim()
    kept = kept_models(result.trials, result.study)
    folder.catch_up(result.trials, result.best_or_none, kept)
    folder.write_table(result.listed, result.space, result.study.objectives[1:])
    folder.write_summary(result.summary())
    write_report(result, folder.report)


def write_report(result: SearchResult, path: Path) -> Path:
    """Write the HTML report; return its path."""
    from tuneit.report import render_report

    write_text(path, render_report(report_content(result)))
    return path


def report_content(result: SearchResult) -> ReportContent:
    """The values that the report shows."""
    from tuneit.report import ReportContent
    from tuneit.study_file import dump_study

    trials, final = result.listed, result.final_evaluation
    best = best_trial(trials, result.objective)
    return ReportContent(
        study=result.study,
        study_text=dump_study(result.study),
        objective=result.objective,
        space=result.space,
        trials=trials,
        best=best,
        diagnosis=result.diagnose() if best else None,
        evaluation=result.evaluation,
        untested=result.untested if best and result.evaluation is None else "",
        looks=final.looks if final else 0,
        objective_on_test=objective_on_test(result),
        data=result.data.description,
        importances=result.importance_evidence,
        versions=versions(),
        stopped=result.stopped,
        interrupted=result.interrupted,
        trivial=best.trivial if best else Trivial(),
        data_findings=result.data.findings,
        others=result.study.objectives[1:],
        changes=tuple(map(str, result.changes)),
        reference_models=result.judge.models,
        compared=result.compared,
        treatments=treatments_of(result),
        checks=outcomes(result),
        code=result.code,
        augmented=load_examples(result.folder.augmented),
    )


def treatments_of(result: SearchResult) -> Treatments | None:
    """What `tuneit treat` found, with a note where another trial has become the best since."""
    found, best = load_treatments(result.folder), result.best_or_none
    if found is None or best is None or dict(found.parameters) == dict(best.params):
        return found
    note = "another trial has become the best since: run `tuneit treat` again"
    return replace(found, notes=(*found.notes, note))


def curves_of(trials: Sequence[Trial]) -> pd.DataFrame:
    """All learning curves: a row for each epoch of each execution of each trial."""
    import pandas as pd

    found = [
        curve.to_dataframe().reset_index().assign(trial=trial.number, execution=execution)
        for trial in trials
        for execution, curve in enumerate((trial.curve, *trial.repeats), start=1)
        if curve is not None and len(curve)
    ]
    if not found:
        return pd.DataFrame(columns=["trial", "execution", "epoch"])
    return (
        pd.concat(found, ignore_index=True).set_index(["trial", "execution", "epoch"]).reset_index()
    )


def as_dataframe(
    trials: Sequence[Trial], space: SearchSpace, others: Sequence[Objective] = ()
) -> pd.DataFrame:
    """The table of trials, with the columns of `trials.csv`."""
    import io

    import pandas as pd

    table = io.StringIO(trials_csv(trials, space, others))
    # Only an empty cell is missing: None and NA may be values of a hyperparameter.
    texts = dict.fromkeys(("verdict", "error", "note"), "str")  # also where all are missing
    frame = pd.read_csv(table, keep_default_na=False, na_values=[""], dtype=texts)
    for name, column in frame.items():
        if not pd.api.types.is_numeric_dtype(column):
            frame[name] = column.map(from_spreadsheet, na_action="ignore").astype(column.dtype)
    return frame.rename(columns=from_spreadsheet)
