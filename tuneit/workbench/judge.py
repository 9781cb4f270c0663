"""Diagnoses trials, each once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tuneit.curves import LearningCurve
from tuneit.data.head import OF_ONE_CLASS
from tuneit.diagnosis.comparison import Comparison
from tuneit.findings import Diagnosis, Finding, Reference, Verdict
from tuneit.findings.reference_models import PairedDifference, ReferenceModels
from tuneit.study import Study
from tuneit.trials import Trial, TrialState
from tuneit.trials.trivial import Trivial
from tuneit.workbench.data_facts import DataFacts

Paired = tuple[PairedDifference, ...]

LOSSES = ("mse", "mae", "cross_entropy")
"""Losses in which reference models are scored too."""

LIKE = 0.02
"""Share by which a loss's trivial score may differ: the best constant is one of a few, and large
validation splits are sampled (chosen)."""


class Judge:
    """Diagnoses each trial's learning curve once, and keeps the diagnoses in memory.

    The search, its summary, the report and the closing words share one judge. `models` are what
    reference models score on the validation rows, in cross-validation for each fold.
    """

    def __init__(
        self, study: Study, data: DataFacts, models: Sequence[ReferenceModels] = ()
    ) -> None:
        self._study, self._data, self._models = study, data, models
        self._kept: dict[tuple[int, bool, bool], Diagnosis] = {}

    @property
    def models(self) -> ReferenceModels | None:
        """The reference models, in cross-validation those of the first fold; None without any."""
        return self._models[0] if self._models else None

    def verdict(self, trial: Trial) -> str | None:
        """The verdict on a trial that has ended; None where its learning curve shows nothing.

        A trial that was pruned is too short because it was pruned: that is no verdict on it.
        """
        if trial.curve is None or not len(trial.curve):
            return None
        verdict = self.diagnosis(trial).verdict
        too_early = trial.state is TrialState.PRUNED and verdict == Verdict.TOO_SHORT
        return None if too_early else str(verdict)

    def diagnosis(
        self, trial: Trial, seen: tuple[Finding, ...] = (), paired: Paired = ()
    ) -> Diagnosis:
        """What the learning curves of the trial's executions show; there must be one.

        `seen` are findings inside the trial's model, which the search examines once it has ended;
        `paired` compares that model with reference models row by row.
        """
        from tuneit.diagnosis import diagnose_curve
        from tuneit.diagnosis.executions import commonest

        key = trial.number, seen != (), paired != ()
        if key not in self._kept:
            assert trial.curve is not None
            curves = enumerate(map(self._judged, (trial.curve, *trial.repeats)))
            self._kept[key] = commonest(
                [
                    diagnose_curve(curve, self.reference(trial, execution, paired), seen=seen)
                    for execution, curve in curves
                    if len(curve) or not execution
                ]
            )
        return self._kept[key]

    def comparisons(self, trial: Trial, paired: Paired = ()) -> tuple[Comparison, ...]:
        """The trial beside the best reference model, in each quantity that they share.

        Of several executions it is the one that trained the model of `paired`, or else the first.
        """
        from tuneit.diagnosis.comparison import comparisons
        from tuneit.diagnosis.view import view_of

        if trial.curve is None or self.models is None:
            return ()
        execution = paired[0].execution if paired else 0
        curve = self._judged((trial.curve, *trial.repeats)[execution])
        return comparisons(view_of(curve, self.reference(trial, execution, paired)))

    def reference(self, trial: Trial, execution: int = 0, paired: Paired = ()) -> Reference:
        """What an execution's scores are compared with: the user's aims, and other models' scores.

        Executions count from 0; in cross-validation each is of another fold, whose validation rows
        the other models were scored on.
        """
        trivial, objective = trial.trivial, self._study.objectives[0]
        aims, models = self._study.diagnosis, self.models_of(execution)
        train_loss, loss = trivial.losses_of(execution)
        return Reference(
            metric=objective.metric.removeprefix("val_"),
            maximize=objective.maximize,
            target=aims.target,
            human_error=aims.human_error,
            baseline=_of_fold(trivial.scores, execution),
            baseline_loss=loss,
            baseline_train_loss=train_loss,
            n_validation=self._data.validation_rows,
            # The loss of guessing follows from the number of classes, if the loss is a known one.
            n_classes=self._data.classes or None if trivial.loss is not None else None,
            models=models if self._weighs_as_models(trial) else None,
            loss=self._loss_of(trivial),
            paired=tuple(one for one in paired if one.execution == execution),
        )

    def _judged(self, curve: LearningCurve) -> LearningCurve:
        """The curve without series that do not say how good the model is.

        Where a row may have several labels, Keras's `accuracy` asks for the largest output alone.
        The objective stays, whatever it is.
        """
        objective = self._study.objectives[0].metric.removeprefix("val_")
        if self._data.description.get("task") != "multilabel" or objective in OF_ONE_CLASS:
            return curve
        return curve.without(f"{of}{name}" for of in ("", "val_") for name in OF_ONE_CLASS)

    def models_of(self, execution: int) -> ReferenceModels | None:
        """The reference models of the execution's fold; None where only another fold has some."""
        if not self._models:
            return None
        fold = execution % max(1, self._data.folds)
        return self._models[fold] if fold < len(self._models) else None

    def _weighs_as_models(self, trial: Trial) -> bool:
        """Whether training weighted the trial's classes as the reference models did."""
        weighted = "class_weight" in self._data.description
        choice = trial.params.get("class_weight", "given")
        return choice == "given" or (choice == "none" and not weighted)

    def _loss_of(self, trivial: Trivial) -> str | None:
        """The quantity that the trial's loss is: the one by which the mean scores as it does there.

        None for a loss with penalties, which are no part of what a reference model is scored by.
        """
        known = self.models.trivial if self.models is not None else None
        if known is None or trivial.loss is None or trivial.penalised:
            return None
        scores = {name: known.scores[name] for name in LOSSES if name in known.scores}
        alike = (
            n for n, score in scores.items() if math.isclose(score, trivial.loss, rel_tol=LIKE)
        )
        return next(alike, None)


def _of_fold(scores: Sequence[float], execution: int) -> float | None:
    """The score of the execution's fold; None where nothing is known."""
    return scores[execution % len(scores)] if scores else None
