"""The one place where a trial is diagnosed."""

from __future__ import annotations

from tuneit.findings import Diagnosis, Reference
from tuneit.study import Study
from tuneit.trials import Trial
from tuneit.workbench.data_facts import DataFacts


class Judge:
    """Diagnoses each trial's learning curve once, and keeps the diagnoses in memory.

    The search, its summary, the report and the closing words share one judge.
    """

    def __init__(self, study: Study, data: DataFacts) -> None:
        self._study, self._data = study, data
        self._kept: dict[int, Diagnosis] = {}

    def verdict(self, trial: Trial) -> str | None:
        """The verdict on a trial that has ended; None where it left no learning curve."""
        if trial.curve is None or not len(trial.curve):
            return None
        return str(self.diagnosis(trial).verdict)

    def diagnosis(self, trial: Trial) -> Diagnosis:
        """What the trial's learning curve alone shows; the trial must have one."""
        from tuneit.diagnosis import diagnose_curve

        if trial.number not in self._kept:
            assert trial.curve is not None
            self._kept[trial.number] = diagnose_curve(trial.curve, self.reference(trial))
        return self._kept[trial.number]

    def reference(self, trial: Trial) -> Reference:
        """What the trial's scores can be compared with: the user's aims, a trivial model's scores.

        A trial's curve is that of its first execution, in cross-validation that of the first fold.
        """
        trivial, objective = trial.trivial, self._study.objectives[0]
        aims = self._study.diagnosis
        return Reference(
            metric=objective.metric.removeprefix("val_"),
            maximize=objective.maximize,
            target=aims.target,
            human_error=aims.human_error,
            baseline=trivial.scores[0] if trivial.scores else None,
            baseline_loss=trivial.loss,
            baseline_train_loss=trivial.train_loss,
            n_validation=self._data.validation_rows,
            # The number of classes tells what guessing costs, but only by a loss that is known.
            n_classes=self._data.classes or None if trivial.loss is not None else None,
        )
