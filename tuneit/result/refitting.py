"""Train the best configuration anew on more rows, once the search has chosen it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, get_args

from tuneit.errors import InputError, one_of
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation import Evaluation
from tuneit.ledger.study_folder import to_json, write_text
from tuneit.trials import Trial
from tuneit.trials.seeds import execution_seeds

if TYPE_CHECKING:
    from tuneit.result.predictor import Predictor
    from tuneit.result.search_result import SearchResult

Rows = Literal["train+validation", "all"]


@dataclass(frozen=True, eq=False)
class Refit:
    """The best configuration, trained anew on more rows.

    `predictor` is the new model with its pipeline, `path` its file. It was trained on `rows` rows
    for `epochs` epochs, once for each of `seeds`; several models are averaged. `estimate` is the
    score of the search's model on validation rows: that of the new model is not known, as it was
    trained on these. `evaluation` is that on the test split; None where test rows were trained on
    too, or there are none. `looks` counts the evaluations of the study on its test rows, with this
    one: whoever chooses between models by them selects by the test split.
    """

    predictor: Predictor
    path: Path
    on: Rows
    trial: int
    rows: int
    epochs: int
    seeds: int
    metric: str
    estimate: float
    evaluation: Evaluation | None
    looks: int = 0

    @property
    def model(self) -> Any:
        """The new `keras.Model`."""
        return self.predictor.model

    @property
    def note(self) -> str:
        """What is known of the new model's score."""
        known = (
            f"{self.metric} {score_text(self.estimate)} is an estimate: the search measured it on "
            "validation rows, on which this model was trained; with more rows it should not be "
            "worse"
        )
        if self.evaluation is None:
            return f"{known}. No rows are left to measure the model on"
        return (
            f"{known}. On test rows, which it has not seen: {self.evaluation.headline()} "
            f"(evaluation number {self.looks} of this study on these rows)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `refit.json` holds it."""
        return {
            "model": str(self.path),
            "trial": self.trial,
            "on": self.on,
            "rows": self.rows,
            "epochs": self.epochs,
            "seeds": self.seeds,
            "estimate": {"metric": self.metric, "value": self.estimate},
            "evaluation": self.evaluation and self.evaluation.to_dict(),
            "evaluations": self.looks,
            "note": self.note,
        }

    def __str__(self) -> str:
        times = f", {counted(self.seeds, 'seed')} averaged" if self.seeds > 1 else ""
        return (
            f"trial {self.trial}'s configuration was trained on {counted(self.rows, 'row')} for "
            f"{counted(self.epochs, 'epoch')}{times}.\n{self.note}."
        )


def refit(result: SearchResult, on: str = "train+validation", seeds: int = 1) -> Refit:
    """Train the best configuration anew, and save it as `refit.keras` in the study's folder.

    `on` says on which rows: `train+validation`, or `all` with the test rows. The number of epochs
    is that of the best epoch which the search found; of several executions, their median. `seeds`
    models are averaged. Raises InputError for other values of these, NoTrialError where no trial
    completed, DataError for streams, BuilderError where the model cannot be trained or saved.
    """
    from tuneit.data.pipeline import Pipeline, pipeline_file, save_pipeline
    from tuneit.data.resplit import with_more_rows
    from tuneit.result.predictor import Predictor
    from tuneit.training.fitting.refit import averaged, refitted, save_model
    from tuneit.training.saving.prediction import evaluate_on_test

    if on not in get_args(Rows):
        raise InputError(f"a model is trained anew on {one_of(get_args(Rows))}, not on '{on}'")
    if seeds < 1:
        raise InputError(f"seeds must be a whole number from 1, but is {seeds}")
    best, prepared = result.best, result.prepared
    dataset = with_more_rows(prepared.dataset, on)  # type: ignore[arg-type]
    recipe = replace(prepared.recipe, space=result.space)
    epochs = epochs_of(best, result)
    drawn = execution_seeds(prepared.study.seed, best.number, seeds)
    model = averaged([refitted(recipe, best.params, dataset, epochs, seed) for seed in drawn])
    tested = on != "all" and len(dataset.test)
    evaluation = evaluate_on_test(model, prepared.dataset) if tested else None
    if evaluation is not None:
        result.count_test_look()
    known = result.final_evaluation
    path = result.folder.refitted_model
    result.folder.claim()
    save_model(model, path)
    pipeline = Pipeline.of(prepared.dataset, result.study.data)
    save_pipeline(pipeline, pipeline_file(path))
    found = Refit(
        predictor=Predictor(model, pipeline),
        path=path,
        on=on,  # type: ignore[arg-type]
        trial=best.number,
        rows=len(dataset.train),
        epochs=epochs,
        seeds=seeds,
        metric=result.objective.metric,
        estimate=result.best_score,
        evaluation=evaluation,
        looks=known.looks if known is not None else 0,
    )
    write_text(path.with_suffix(".json"), to_json(found.to_dict()) + "\n")
    return found


def epochs_of(best: Trial, result: SearchResult) -> int:
    """The epochs after which the objective was best: the median over the trial's executions."""
    objective = result.objective
    curves = [curve for curve in (best.curve, *best.repeats) if curve is not None]
    found = [
        curve.best_epoch(objective.metric, maximize=objective.maximize)
        for curve in curves
        if objective.metric in curve.series
    ]
    known = [epoch for epoch in found if epoch is not None]
    return max(1, round(median(known))) if known else max(1, best.best_epoch or best.epochs)
