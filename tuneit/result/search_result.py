"""What a search hands back: the best trial, why it is no better, and how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import BuilderError, NoTrialError, TuneitError
from tuneit.errors.harmless import from_spreadsheet
from tuneit.errors.wording import counted
from tuneit.findings import Diagnosis, Finding
from tuneit.result.final_evaluation import FinalEvaluation
from tuneit.space import Params, SearchSpace
from tuneit.trials import (
    Objective,
    Trial,
    best_trial,
    commonest_ending,
    pareto_front,
    ranked,
)
from tuneit.trials.trivial import Trivial
from tuneit.workbench import PreparedStudy
from tuneit.workbench.identity import Change

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.diagnosis.importance import Importances
    from tuneit.evaluation import Evaluation


def best_of(trials: Sequence[Trial], objective: Objective) -> Trial:
    """The best complete trial. Raises NoTrialError, with the commonest reason, without one."""
    best = best_trial(trials, objective)
    if best is not None:
        return best
    ending = commonest_ending(trials)
    if ending is None:
        raise NoTrialError(
            "no trial was trained: the search ended before it began one. Look at its budget and "
            "its strategy, and run `tuneit search` again"
        )
    reason, count = ending
    stopped = reason.startswith(("pruned: ", "refused: "))
    raise NoTrialError(
        f"no trial completed; {count} of {counted(len(trials), 'trial')} ended with: {reason}"
        + (": loosen what stopped them, in `pruning` or `constraints`" if stopped else "")
    )


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The trials of a study and what can be said of them.

    `stopped` says in a sentence why the search ended; `interrupted` that Ctrl-C ended it; `changes`
    between which trials the code, the data or the space changed.
    """

    bench: PreparedStudy
    trials: tuple[Trial, ...]
    space: SearchSpace
    stopped: str
    interrupted: bool = False
    changes: Sequence[Change] = ()
    _memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def best(self) -> Trial:
        """The best complete trial. Raises NoTrialError where none completed."""
        return best_of(self.trials, self.bench.objective)

    @property
    def pareto_front(self) -> list[Trial]:
        """The complete trials that no other one beats in all objectives, best in the first first.

        With one objective, the best trials. `Trial.values` has a number for each objective.
        """
        return pareto_front(self.trials, self.bench.study.objectives)

    @property
    def best_params(self) -> Params:
        """The best trial's hyperparameters."""
        return dict(self.best.params)

    @property
    def best_score(self) -> float:
        """The best trial's objective on the validation split."""
        return float(self.best.score or 0.0)

    @property
    def best_hyperparameters(self) -> Any:
        """The best trial as a `keras_tuner.HyperParameters` that `build_model` accepts."""
        from tuneit.training.builders.hyperparameters import replay

        return replay(self.space, self.best.params)

    def best_model(self) -> Any:
        """The best trial's trained `keras.Model`: loaded, or built by your builder.

        The latter where Keras cannot save its class, which has no `get_config`, or cannot load it,
        as a lambda or a layer that is not registered. Raises NoTrialError where no trial completed,
        BuilderError where the model's file is missing, or nothing can be made of it.
        """
        from tuneit.training.saving.rebuilding import Rebuilding

        best, folder = self.best, self.bench.folder
        if best.facts.untrained:
            raise BuilderError(
                f"no best model is kept, since the fit of {self.bench.builder.name} returned a "
                "score without training the model that it was given: train that model, or give it "
                "the weights of the one that you choose (model.set_weights)"
            )
        anew = Rebuilding(replace(self.bench.recipe, space=self.space), best.params)
        return anew.load(folder.best_weights if folder.best_weights.exists() else folder.best_model)

    def trials_dataframe(self) -> pd.DataFrame:
        """The table of trials, with the columns of `trials.csv`."""
        import io

        import pandas as pd

        from tuneit.study_folder import trials_csv

        table = io.StringIO(trials_csv(self.trials, self.space, self.bench.others))
        # An empty cell alone is missing: None and NA are names that a choice may have.
        frame = pd.read_csv(table, keep_default_na=False, na_values=[""])
        for name, column in frame.items():
            if not pd.api.types.is_numeric_dtype(column):
                frame[name] = column.map(from_spreadsheet, na_action="ignore")
        return frame.rename(columns=from_spreadsheet)

    def diagnose(self, number: int | None = None) -> Diagnosis:
        """Say what limits a trial (the best one by default) and what to do about it."""
        from tuneit.diagnosis import AdviceContext, diagnose_curve

        trial = self.best if number is None else self._trial(number)
        if trial.curve is None:
            raise NoTrialError(f"trial {trial.number} left no learning curve: {trial.error}")
        study = self.bench.study
        context = AdviceContext(
            space=self.space,
            params=trial.params,
            trials=self.trials,
            objective=self.bench.objective,
            epochs=study.budget.epochs,
            early_stopping=study.early_stopping is not None,
            row_axes=_row_axes(self.bench.dataset.train.x),
            scored_rows=self.bench.scored_rows,
            ended=self._ended,
            tested=self._tested() if trial == self._best else (),
        )
        return diagnose_curve(trial.curve, self.bench.reference(trial), context)

    def _tested(self) -> tuple[Finding, ...]:
        """What the kept evaluation shows of the best model."""
        from tuneit.curves.series_names import canonical
        from tuneit.evaluation import findings_on_test

        if self.evaluation is None:
            return ()
        metric = self.bench.objective.metric
        is_accuracy = metric.startswith("val_") and canonical(metric) == "accuracy"
        accuracy = self.best_score if is_accuracy else None
        return findings_on_test(self.evaluation, accuracy, self.bench.scored_rows)

    def _trial(self, number: int) -> Trial:
        found = next((t for t in self.trials if t.number == number), None)
        if found is None:
            raise NoTrialError(f"there is no trial {number}: they are 0 to {len(self.trials) - 1}")
        return found

    def evaluate(self) -> Evaluation:
        """Measure the best model on the test split, which the search has not seen.

        A search does so when it has ended, and keeps the evaluation: it is measured anew only where
        another trial has become the best since. Raises BuilderError for a model that cannot
        predict these rows as they are: a `fit` of the user's own may crop them, a `train_step`
        never call the model.
        """
        return self.evaluation or self._look()

    @property
    def final_evaluation(self) -> FinalEvaluation | None:
        """The last evaluation on the test split, be it of this best trial or of an earlier one."""
        if "final" not in self._memo:
            self._memo["final"] = FinalEvaluation.load(self.bench.folder.evaluation)
        return self._memo["final"]  # type: ignore[no-any-return]

    @property
    def evaluation(self) -> Evaluation | None:
        """The best model's kept evaluation; None where it has not been evaluated."""
        final = self.final_evaluation
        is_of_best = final is not None and final.is_of(self._best, self._data)
        return final.evaluation if final is not None and is_of_best else None

    def conclude(self) -> None:
        """Evaluate the best model where a search has ended, unless it ended with these trials
        before. What keeps it from that stands in the report."""
        if self._best is None or self._ended:
            return
        try:
            self._look()
        except TuneitError as error:
            self._memo["untested"] = f"{error}."

    def _look(self) -> Evaluation:
        from tuneit.training.saving.prediction import evaluate_on_test
        from tuneit.training.user_code.error_text import describe

        best, before = self.best, self.final_evaluation
        model = self.best_model()
        try:
            found = evaluate_on_test(model, self.bench.dataset)
        except Exception as error:  # of the user's model
            raise BuilderError(
                "the best model cannot be measured on the rows of the test split as they are: "
                f"{describe(error)}; best_model() gives it to you"
            ) from error
        looks = 1 + (before.looks if before is not None else 0)
        final = FinalEvaluation(best.number, best.score, self._n_finished, self._data, looks, found)
        final.save(self.bench.folder.evaluation)
        self._memo["final"] = final
        return found

    @property
    def _best(self) -> Trial | None:
        return best_trial(self.trials, self.bench.objective)

    @property
    def _ended(self) -> bool:
        """Whether a search ended with these trials, so that its best model was evaluated."""
        final = self.final_evaluation
        is_last = final is not None and final.trials == self._n_finished
        return is_last and self.evaluation is not None and not self.interrupted

    @property
    def _n_finished(self) -> int:
        return sum(trial.finished and not trial.interrupted for trial in self.trials)

    @cached_property
    def _data(self) -> str:
        return self.bench.dataset.fingerprint()

    @property
    def untested(self) -> str:
        """Why there is no evaluation."""
        final = self.final_evaluation
        if "untested" in self._memo:
            return str(self._memo["untested"])
        if final is None:
            return (
                "The best model has not been evaluated on the test split: `tuneit search` does so "
                "when the search has ended."
            )
        return (
            f"The test split was last looked at after {counted(final.trials, 'trial')}, with the "
            f"model of trial {final.trial}. The present best model is evaluated when the search "
            "has ended."
        )

    @cached_property
    def data_findings(self) -> tuple[Finding, ...]:
        """What the checks of the data found, gravest first."""
        from tuneit.data.checks import check_dataset

        return check_dataset(self.bench.dataset)

    @property
    def importances(self) -> dict[str, float]:
        """Each hyperparameter's share (summing to 1) in how the score varies; {} if unknown."""
        return dict(self.importance_evidence.shares)

    @cached_property
    def importance_evidence(self) -> Importances:
        """These shares with their intervals, what is beyond chance, and the trials used."""
        from tuneit.diagnosis.importance import importances

        return importances(self.trials, self.space, self.bench.objective)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the HTML report (by default the study's `index.html`); return its path."""
        from tuneit.report import ReportContent, render_report
        from tuneit.result.summary import versions
        from tuneit.study_file import dump_study
        from tuneit.study_folder import write_text

        best = best_trial(self.trials, self.bench.objective)
        content = ReportContent(
            study=self.bench.study,
            study_text=dump_study(self.bench.study),
            objective=self.bench.objective,
            space=self.space,
            trials=self.trials,
            best=best,
            diagnosis=self.diagnose() if best else None,
            evaluation=self.evaluation,
            untested=self.untested if best and self.evaluation is None else "",
            looks=self.final_evaluation.looks if self.final_evaluation else 0,
            data=self.bench.dataset.describe(),
            importances=self.importance_evidence,
            versions=versions(),
            stopped=self.stopped,
            interrupted=self.interrupted,
            trivial=best.trivial if best else Trivial(),
            data_findings=self.data_findings,
            others=self.bench.others,
            changes=tuple(map(str, self.changes)),
        )
        target = Path(path) if path is not None else self.bench.folder.report
        write_text(target, render_report(content))
        return target

    def summary(self) -> dict[str, Any]:
        """The search in one JSON-ready dict, as `summary.json` holds it."""
        from tuneit.result.summary import summarised

        return summarised(self)

    def write(self) -> None:
        """Write `trials.csv`, `summary.json`, `index.html` and the study itself to its folder."""
        folder = self.bench.folder
        folder.claim()
        folder.catch_up(self.trials, best_trial(self.trials, self.bench.objective))
        folder.write_table(self.trials, self.space, self.bench.others)
        folder.write_summary(self.summary())
        self.report()

    def __repr__(self) -> str:
        best = best_trial(self.trials, self.bench.objective)
        found = f"best {best.score:.4g} in trial {best.number}" if best else "no complete trial"
        trials = counted(len(self.trials), "trial")
        return f"<SearchResult of '{self.bench.study.name}': {trials}, {found}>"

    def _repr_html_(self) -> str:
        objective = self.bench.objective
        rows = "".join(
            f"<tr><td>{t.number}</td><td>{t.score:.4g}</td><td>{escape(t.verdict or '')}</td>"
            f"<td>{escape(', '.join(f'{k}={v}' for k, v in t.params.items()))}</td></tr>"
            for t in ranked(self.trials, objective)[:5]
        )
        best = best_trial(self.trials, objective)
        diagnosis = self.diagnose()._repr_html_() if best else ""
        return (
            f"<h4>{escape(self.bench.study.name)}: {counted(len(self.trials), 'trial')}, "
            f"{escape(self.stopped)}</h4><table><tr><th>trial</th>"
            f"<th>{escape(objective.metric)}</th><th>verdict</th><th>hyperparameters</th></tr>"
            f"{rows}</table>{diagnosis}"
        )


def _row_axes(features: Any) -> int | None:
    """The number of axes of one row; None for several named inputs."""
    return None if isinstance(features, dict) else int(features.ndim) - 1
