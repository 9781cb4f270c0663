"""What a search hands back: the best trial, why it is no better, and how good it is."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import BuilderError, NoTrialError
from tuneit.errors.harmless import from_spreadsheet
from tuneit.errors.wording import counted
from tuneit.findings import Diagnosis, Finding
from tuneit.space import Params, SearchSpace
from tuneit.trials import (
    Objective,
    Trial,
    TrialState,
    best_trial,
    commonest_ending,
    pareto_front,
    ranked,
)
from tuneit.trials.trivial import Trivial
from tuneit.workbench import Workbench
from tuneit.workbench.identity import Change

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.diagnosis.importance import Importances
    from tuneit.evaluation import Evaluation

_PACKAGES = (
    "tuneit-keras",
    "tensorflow",
    "keras",
    "keras-tuner",
    "optuna",
    "scikit-learn",
    "pandas",
    "numpy",
)


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

    bench: Workbench
    trials: tuple[Trial, ...]
    space: SearchSpace
    stopped: str
    interrupted: bool = False
    changes: Sequence[Change] = ()

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
        from tuneit.training.hyperparameters import replay

        return replay(self.space, self.best.params)

    def best_model(self) -> Any:
        """The best trial's trained `keras.Model`: loaded, or built by your builder.

        The latter where Keras cannot save its class, which has no `get_config`, or cannot load it,
        as a lambda or a layer that is not registered. Raises NoTrialError where no trial completed,
        BuilderError where the model's file is missing, or nothing can be made of it.
        """
        from tuneit.training.restoring import Rebuilding

        best, bench = self.best, self.bench
        specs, weights = bench.study.parameters, bench.folder.best_weights
        anew = Rebuilding(bench.builder, specs, self.space, bench.dataset, best.params)
        return anew.load(weights if weights.exists() else bench.folder.best_model)

    def trials_dataframe(self) -> pd.DataFrame:
        """The table of trials, with the columns of `trials.csv`."""
        import io

        import pandas as pd

        from tuneit.study_folder import trials_csv

        frame = pd.read_csv(io.StringIO(trials_csv(self.trials, self.space, self.bench.others)))
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
        )
        return diagnose_curve(trial.curve, self.bench.reference(trial), context)

    def _trial(self, number: int) -> Trial:
        found = next((t for t in self.trials if t.number == number), None)
        if found is None:
            raise NoTrialError(f"there is no trial {number}: they are 0 to {len(self.trials) - 1}")
        return found

    def evaluate(self) -> Evaluation:
        """Measure the best model on the test split, which the search has not seen.

        Raises BuilderError for a model that cannot predict these rows as they are: a `fit` of the
        user's own may crop them, a `train_step` never call the model.
        """
        measured = self._measured
        if isinstance(measured, BuilderError):
            raise measured
        return measured

    @property
    def evaluation(self) -> Evaluation | None:
        """What `evaluate()` gives; None where it raises, or no trial completed."""
        if best_trial(self.trials, self.bench.objective) is None:
            return None
        return None if isinstance(self._measured, BuilderError) else self._measured

    @cached_property
    def _measured(self) -> Evaluation | BuilderError:
        from tuneit.training.prediction import evaluate_on_test
        from tuneit.training.references import describe

        model = self.best_model()
        try:
            return evaluate_on_test(model, self.bench.dataset)
        except Exception as error:  # of the user's model
            return BuilderError(
                "the best model cannot be measured on the rows of the test split as they are: "
                f"{describe(error)}; best_model() gives it to you"
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
            untested=str(self._measured) if best and self.evaluation is None else "",
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
        study, objective = self.bench.study, self.bench.objective
        best = best_trial(self.trials, objective)
        diagnosis = self.diagnose().to_dict() if best else None
        states = Counter(str(t.state) for t in self.trials)
        return {
            "study": {
                "name": study.name,
                "model": study.model,
                "objective": {"metric": objective.metric, "goal": objective.goal},
                "strategy": study.strategy.model_dump(mode="json"),
                "budget": study.budget.model_dump(mode="json"),
                "space": self.space.to_list(),
            },
            "changes": [change.to_dict() for change in self.changes],
            "status": "interrupted" if self.interrupted else "complete",
            "stopped": self.stopped,
            "trials": {
                "total": len(self.trials),
                **{str(s): states[str(s)] for s in TrialState if s is not TrialState.RUNNING},
                # Of those listed as failed.
                "interrupted": sum(t.interrupted for t in self.trials),
            },
            "duration_s": round(sum(t.duration_s for t in self.trials), 3),
            "best_trial": best and _trial_summary(best),
            **self._trade_offs(),
            "diagnosis": diagnosis,
            "recommendations": diagnosis["recommendations"] if diagnosis else [],
            "evaluation": self.evaluation.to_dict() if self.evaluation else None,
            "importances": self.importances,
            "importance_evidence": self.importance_evidence.to_dict(),
            "data": {
                **self.bench.dataset.describe(),
                "findings": [finding.to_dict() for finding in self.data_findings],
            },
            "versions": versions(),
            "seeds": {
                "study": study.seed,
                "best_trial": best.seed if best else None,
                "trials": [t.seed for t in self.trials],
            },
        }

    def _trade_offs(self) -> dict[str, Any]:
        """What the summary says only where there are several objectives."""
        objectives = self.bench.study.objectives
        if len(objectives) < 2:
            return {}
        metrics = [objective.metric for objective in objectives]
        return {
            "objectives": [{"metric": o.metric, "goal": o.goal} for o in objectives],
            "pareto_front": [
                {
                    "number": trial.number,
                    "values": dict(zip(metrics, trial.values, strict=True)),
                    "params": dict(trial.params),
                }
                for trial in self.pareto_front
            ],
        }

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


def _trial_summary(trial: Trial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "score": trial.score,
        "scores": list(trial.scores),
        "score_std": trial.spread,
        "params": dict(trial.params),
        "epochs": trial.epochs,
        "best_epoch": trial.best_epoch,
        "duration_s": round(trial.duration_s, 3),
        "verdict": trial.verdict,
        "seed": trial.seed,
        "parameters": trial.notes.get("parameters"),
        "trivial": {"score": trial.trivial.score, "answer": trial.trivial.answer},
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
