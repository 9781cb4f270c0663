"""The result of a search: its trials, the best one, its diagnosis and its evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError, NoTrialError
from tuneit.errors.wording import counted, score_text
from tuneit.findings import Diagnosis, Finding
from tuneit.ledger.study_folder import StudyFolder
from tuneit.result.best import best_of
from tuneit.result.diagnosing import Kept, diagnosis_of, listed
from tuneit.result.evaluating import BestModelEvaluation, tested_model_of
from tuneit.result.examination import Examination, examine_best
from tuneit.result.final_evaluation import FinalEvaluation
from tuneit.result.tabular import Tabular
from tuneit.space import Params, SearchSpace
from tuneit.study import Study
from tuneit.trials import Objective, Trial, best_trial, ranked
from tuneit.workbench import PreparedStudy
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.identity import Change
from tuneit.workbench.judge import Judge

if TYPE_CHECKING:
    from tuneit.diagnosis.comparison import Comparison
    from tuneit.evaluation import Evaluation
    from tuneit.result.predictions import Predictions
    from tuneit.result.predictor import Predictor
    from tuneit.result.refitting import Refit
    from tuneit.result.treatment.treat import TreatmentResult


@dataclass(frozen=True, eq=False)
class SearchResult(Tabular):
    """The trials of a study, the best one, its diagnosis and its evaluation.

    `space` is the search space with the hyperparameters that trials added. `stopped` is a sentence
    that says why the search ended, `interrupted` whether Ctrl-C or SIGTERM did. `changes` lists
    changes of the code, the data or the space between trials. `wiring` lists the faults in how the
    model with default hyperparameters is wired. `data` describes the data without their rows.
    `judge` keeps the trials' diagnoses; `code` is the builder's source. `prepare` loads data and
    builder, which only the best model and its evaluation need.
    """

    study: Study
    folder: StudyFolder
    data: DataFacts
    trials: tuple[Trial, ...]
    space: SearchSpace
    stopped: str
    judge: Judge
    prepare: Callable[[], PreparedStudy]
    interrupted: bool = False
    changes: Sequence[Change] = ()
    wiring: tuple[Finding, ...] = ()
    code: str = ""

    @property
    def objective(self) -> Objective:
        """The study's primary objective."""
        return self.study.objectives[0]

    @property
    def best(self) -> Trial:
        """The best complete trial. Raises NoTrialError where none completed."""
        return best_of(self.trials, self.objective)

    @property
    def best_or_none(self) -> Trial | None:
        """The best complete trial, or None."""
        return best_trial(self.trials, self.objective)

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
        return self.hyperparameters(self.best.number)

    @cached_property
    def prepared(self) -> PreparedStudy:
        """The study with its data and builder, which are loaded at the first access.

        Raises DataError or BuilderError if they cannot be loaded.
        """
        return self.prepare()

    @property
    def bench(self) -> PreparedStudy:
        """`prepared`, by the name that it had in earlier versions, which scripts may use."""
        return self.prepared

    def hyperparameters(self, number: int) -> Any:
        """A trial as a `keras_tuner.HyperParameters` that `build_model` accepts."""
        from tuneit.training.builders.hyperparameters import replay

        return replay(self.space, self.trial(number).params)

    def best_trials(self, count: int = 5) -> list[Trial]:
        """The best complete trials, at most `count`, best first.

        Raises InputError for a `count` below 1.
        """
        if count < 1:
            raise InputError(f"count must be at least 1, but is {count}")
        return ranked(self.trials, self.objective)[:count]

    def best_model(self) -> Any:
        """The best trial's trained `keras.Model`.

        It is loaded from its file. If Keras cannot save the model (its class has no `get_config`)
        or cannot load it (it has a lambda or a layer that is not registered), your builder builds
        it and it gets the trained weights. Raises NoTrialError if no trial completed, BuilderError
        if the model's file is missing or cannot be used.
        """
        return self.model(self.best.number)

    def best_models(self, count: int = 1) -> list[Any]:
        """The trained models of the best trials, at most `count`, best first.

        Raises BuilderError if the search kept fewer models (`keep_models`), InputError as
        `best_trials`.
        """
        return [self.model(trial.number) for trial in self.best_trials(count)]

    def model(self, number: int) -> Any:
        """A trial's trained `keras.Model`, as `best_model` returns it.

        The search keeps the models of the `keep_models` best trials. Raises BuilderError for
        another trial, NoTrialError if there is no trial with this number.
        """
        from tuneit.result.models import model_of

        return model_of(self, self.trial(number))

    @cached_property
    def predictor(self) -> Predictor:
        """The best model with its pipeline, which takes raw rows."""
        from tuneit.result.models import predictor_of

        return predictor_of(self)

    def predict(self, rows: Any) -> Predictions:
        """Predict raw rows with the best model.

        `rows` is a path (.csv, .npz, a folder of pictures), a DataFrame or a list of dicts with the
        training table's columns, or arrays in the form of the training data. They are encoded and
        scaled as the training rows were; classes come back by name. Raises DataError, with the row,
        for columns and values that the model cannot take; a category that no training row has is
        encoded as zeros, with a note in `Predictions.notes`.
        """
        return self.predictor.predict(rows)

    def refit(self, on: str = "train+validation", seeds: int = 1) -> Refit:
        """Train the best configuration anew on more rows, and save it as `refit.keras`.

        `on` is `train+validation`, or `all` with the test rows too. It is trained for the epochs
        after which the search found it best. Models of several `seeds` are averaged. Raises
        InputError, DataError or BuilderError where that is not possible.
        """
        from tuneit.result.refitting import refit

        return refit(self, on, seeds)

    def evaluate_on(self, rows: Any) -> Evaluation:
        """Evaluate the best model on other rows: a path, or a pair (x, y) of raw rows.

        Trivial answers are fitted to the training rows or, where the study's data are gone, to
        these rows. Raises DataError, with the row, for rows that the model cannot take.
        """
        from tuneit.result.models import training_rows

        return self.predictor.evaluate(rows, training_rows(self))

    def best_estimator(self) -> Any:
        """The best trial as an untrained estimator of scikit-learn.

        `fit(X, y)` trains a new model with the best hyperparameters, for as many epochs as the best
        trial's best; it works with `clone`, `cross_val_score` and pipelines. Raises InputError for
        a model with several inputs or outputs.
        """
        from tuneit.result.estimator import estimator_of

        return estimator_of(self)

    def diagnose(self, number: int | None = None) -> Diagnosis:
        """Diagnose a trial, by default the best: what limits it, and what to do about it."""
        trial = self.best if number is None else self.trial(number)
        if trial.curve is None:
            raise NoTrialError(f"trial {trial.number} left no learning curve: {trial.error}")
        return diagnosis_of(self, trial, self._diagnoses)

    @cached_property
    def _diagnoses(self) -> Kept:
        return {}

    @cached_property
    def _evaluated(self) -> BestModelEvaluation:
        return BestModelEvaluation.of(self)

    def evaluate(self) -> Evaluation:
        """Evaluate the best model on the test split, which the search has not used.

        A search does this when it ends, and stores the evaluation. The model is evaluated again
        only if another trial has become the best since. Raises BuilderError if the model cannot
        predict these rows: a user's own `fit` may crop rows first, and with a user's own
        `train_step` the model may have no `call`.
        """
        self.best  # noqa: B018 - raises NoTrialError where no trial completed
        return self.evaluation or self._evaluated.look(partial(tested_model_of, self))

    def count_test_look(self) -> None:
        """Count a comparison on the test rows that was no evaluation of the best model."""
        self._evaluated.count_look()

    @property
    def final_evaluation(self) -> FinalEvaluation | None:
        """The last evaluation on the test split, of this best trial or of an earlier one."""
        return self._evaluated.final

    @property
    def evaluation(self) -> Evaluation | None:
        """The best model's stored evaluation; None if it has not been evaluated."""
        return self._evaluated.evaluation

    @property
    def untested(self) -> str:
        """Why there is no evaluation."""
        return self._evaluated.untested

    def conclude(self) -> None:
        """Evaluate and examine the best model after the search, unless that was done before."""
        tested = cache(partial(tested_model_of, self))
        self._evaluated.conclude(tested)
        examine_best(self, tested)

    @property
    def examination(self) -> Examination | None:
        """What the probes found inside the best model; None if it has not been examined."""
        return Examination.of(self)

    @property
    def compared(self) -> tuple[Comparison, ...]:
        """The best trial beside the best reference model, in each quantity that they share."""
        best, examination = self.best_or_none, self.examination
        paired = examination.paired if examination is not None else ()
        return self.judge.comparisons(best, paired) if best is not None else ()

    @property
    def listed(self) -> tuple[Trial, ...]:
        """The trials as files list them: the best one with the verdict of its diagnosis."""
        return listed(self)

    @property
    def is_of_ended_search(self) -> bool:
        """Whether a search has ended with just these trials, and evaluated its best model."""
        return self._evaluated.is_of_ended_search

    @property
    def data_findings(self) -> tuple[Finding, ...]:
        """The findings of the data checks, the most severe first."""
        return self.data.findings

    def treat(
        self,
        actions: str | Sequence[str] | None = None,
        *,
        top: int = 3,
        seeds: int | None = None,
        time: float | str | None = None,
        min_gain: float | None = None,
        apply: bool | str | Path = False,
        quiet: bool = False,
    ) -> TreatmentResult:
        """Train changes beside the best model in pairs, and say which of them helps.

        `actions` names treatments (`["dropout", "l2"]`); without them the first `top`
        recommendations are compared. `seeds` is the number of pairs, by default as many as the
        exact test needs; `time` limits the training, in seconds or as text such as "10m".
        `min_gain` is the least relevant gain of the objective, and the loss that a smaller model
        must not have (by default what the study's `treat` says, or 1 % of the distance from a
        trivial model's score to the best model's). `apply` writes what helped most as a study; a
        path says which study's file is the pattern. Finished pairs are kept: the same call goes on.

        Raises NoTrialError where no trial completed, InputError for an unknown action, and where
        the time is too short for a pair.
        """
        from tuneit.result.treatment.treat import treat
        from tuneit.screen.treatment_view import TreatmentView

        return treat(
            self,
            actions,
            top=top,
            seeds=seeds,
            time=time,
            min_gain=min_gain,
            apply=apply,
            view=TreatmentView(quiet=quiet),
        )

    def summary(self) -> dict[str, Any]:
        """The search in one JSON-ready dict, as `summary.json` holds it."""
        from tuneit.result.summary import summary_of

        return summary_of(self)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the HTML report (by default the study's `index.html`); return its path."""
        from tuneit.result.writing import write_report

        return write_report(self, Path(path) if path is not None else self.folder.report)

    def write(self) -> None:
        """Write `trials.csv`, `summary.json`, `index.html` and missing curves to its folder."""
        from tuneit.result.writing import write_files

        write_files(self)

    def __repr__(self) -> str:
        best = self.best_or_none
        found = (
            f"best {score_text(best.score or 0.0)} in trial {best.number}"
            if best
            else "no complete trial"
        )
        trials = counted(len(self.trials), "trial")
        return f"<SearchResult of '{self.study.name}': {trials}, {found}>"

    def _repr_html_(self) -> str:
        from tuneit.result.notebook import html_of

        return html_of(self)
