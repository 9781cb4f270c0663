"""Trains the arms of a comparison in pairs, in cohorts where that is faster."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.data.dataset import Dataset
from tuneit.data.resplit import with_fresh_splits
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import TuneitError
from tuneit.space import SearchSpace
from tuneit.study import EarlyStopping
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.cohort.programs import Programs
from tuneit.training.cohort.trainer import CohortTrainer
from tuneit.training.fitting.callbacks import TrialInfo
from tuneit.training.fitting.fit import arrays_for_keras
from tuneit.training.fitting.magnitude_pruning import MagnitudePruning
from tuneit.training.fitting.plateau import ReduceOnPlateau
from tuneit.training.fitting.session import fresh_session, reset_names_and_seeds
from tuneit.training.models.size import build_for
from tuneit.training.plan import COHORT_SIZE, TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.training.saving.prediction import load_model
from tuneit.training.single import SingleTrainer
from tuneit.training.treating.builder import EDITS_OF, TreatedBuilder, edit
from tuneit.training.treating.distillation import Distillation
from tuneit.training.treating.graph import CannotTreat
from tuneit.training.treating.rate_sweep import RateSweep, sweep
from tuneit.training.user_code.error_text import describe
from tuneit.treatments.arm import Arm, Run
from tuneit.trials import EndedExecution, Proposal, Trial
from tuneit.trials.trivial import Trivial


@dataclass(frozen=True)
class _KnownTrivial:
    """Returns the trivial scores of the best trial; takes the place of TrivialScores."""

    known: Trivial

    def of_execution(self, execution: Any, params: Any) -> Trivial:
        """What a model that ignores its input scores."""
        return self.known


@dataclass(frozen=True)
class ArmRecipe(Recipe):
    """A recipe that does not compute trivial scores for each new split: that takes seconds."""

    known: Trivial = field(default_factory=Trivial)

    @cached_property
    def trivial(self) -> Any:
        """The best trial's trivial scores, whatever the split."""
        return _KnownTrivial(self.known)


@dataclass(frozen=True)
class ArmTrainer:
    """Trains arms of a study with the seeds and splits of pairs; implements `TrainPairs`.

    `recipe` is the study's, `space` has the hyperparameters that trials added, `baseline` is the
    best trial's arm. Pair k trains with seed k, on a split of the development rows that seed k
    draws, or on the study's own split where not `splits_anew`. `verdict` diagnoses a curve;
    `interrupted` tells that Ctrl-C was pressed, `trivial` are the best trial's trivial scores.
    Models of a confirmation are saved in `folder`.
    """

    recipe: Recipe
    space: SearchSpace
    baseline: Arm
    folder: Path
    verdict: Callable[[Trial, LearningCurve], str | None]
    interrupted: Callable[[], bool]
    splits_anew: bool = True
    in_cohorts: bool = True
    trivial: Trivial = field(default_factory=Trivial)

    @property
    def _scratch(self) -> Path:
        """The folder for the trainers' own files."""
        return self.folder / ".models"

    @cached_property
    def _builder(self) -> TreatedBuilder:
        return TreatedBuilder.of(
            self.recipe.builder, self.baseline.params, self.space, self.recipe.dataset
        )

    def describe(self, arm: Arm) -> str:
        """What the arm's edits change in the model, in words; "" without edits.

        The model is built and edited once. Raises CannotTreat where an edit does not suit it, or
        the treated model cannot be built.
        """
        return self._edited(arm)[1]

    def penalties(self, arm: Arm) -> frozenset[str]:
        """The regularizers of the arm's model, which add to its loss. Raises as `describe` does."""
        layers = self._edited(arm)[0]._flatten_layers(include_self=False)
        found = [v for x in layers for k, v in vars(x).items() if k.endswith("_regularizer") and v]
        return frozenset(f"{type(one).__name__} {one.get_config()}" for one in found)

    def _edited(self, arm: Arm) -> tuple[Any, str]:
        """The arm's model, and what its edits change in words. Raises as `describe` does."""
        reset_names_and_seeds(0)
        builder, known = self.recipe.builder, self.space
        try:
            model = builder.build(TrialHyperParameters(arm.params, builder.specs, known=known))
            if not arm.edits:
                return model, ""
            build_for(model, self.recipe.dataset)
        except TuneitError as error:
            raise CannotTreat(f"the model cannot be built so: {error}") from None
        except Exception as error:
            raise CannotTreat(f"the model cannot be built so: {describe(error)}") from None
        return edit(model, arm.edits, self._builder.rows)

    def rate_sweep(self, arm: Arm) -> RateSweep:
        """The learning-rate range test of an arm's model, with seed 0.

        Raises CannotTreat where a schedule gives the rate, or the loss falls at no rate.
        """
        fresh_session(0)
        builder = self.recipe.builder
        hp = TrialHyperParameters(arm.params, builder.specs, known=self.space)
        model = builder.build(hp)
        if isinstance(self.recipe.dataset, StreamedDataset):
            raise CannotTreat("the range test draws batches from rows in memory, not from streams")
        build_for(model, self.recipe.dataset)
        size = int(arm.params.get("batch_size") or self.recipe.plan.batch_size)
        return sweep(model, self.recipe.dataset, size)

    def __call__(self, arms: Sequence[Arm], pairs: Sequence[int]) -> Iterator[Run]:
        """Train each arm in each pair; a failed training is a run with its error."""
        for group in _alike(arms):
            try:
                self._train_teachers(group[0], pairs)
            except CannotTreat as reason:
                yield from (
                    Run(a.key, pair, None, 0.0, str(reason)) for a in group for pair in pairs
                )
                continue
            recipe = self._recipe(group[0], pairs)
            proposals = [_proposal(number, arm, pairs) for number, arm in enumerate(group)]
            watch = _Watch(self.interrupted)
            try:
                for trial in self._trainer(recipe).train(iter(proposals), watch):
                    yield from self._runs(group[trial.number], trial, pairs)
                    if self.interrupted():
                        raise KeyboardInterrupt
            finally:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def test_scores(self, arm: Arm, pairs: Sequence[int], metric: str) -> list[float]:
        """Train the arm in each pair once more, and measure each model on the test rows.

        The models stay in `folder`, as `<action>-<pair>.keras`. Raises CannotTreat if a training
        fails, or if the model cannot be saved or does not report the metric.
        """
        self._train_teachers(arm, pairs)
        return [self._measured(load_model(self._saved(arm, pair)), metric) for pair in pairs]

    def _train_teachers(self, arm: Arm, pairs: Sequence[int]) -> None:
        """Train the baseline's model of each pair where the arm learns from it. It has seen the
        training rows of its pair alone. Raises as `test_scores` does."""
        for pair in pairs if "distillation" in arm.plan else ():
            self._saved(self.baseline, pair)

    def _file(self, arm: Arm, pair: int) -> Path:
        return self.folder / f"{arm.action}-{pair}.keras"

    def _saved(self, arm: Arm, pair: int) -> Path:
        """The arm's trained model of a pair. Raises CannotTreat if there can be none."""
        kept = self._file(arm, pair)
        if kept.exists():
            return kept
        recipe = self._recipe(arm, [pair])
        proposals = iter([_proposal(0, arm, [pair])])
        [trial] = SingleTrainer(recipe).train(proposals, _Watch(self.interrupted, keep=True))
        if self.interrupted():
            raise KeyboardInterrupt
        file = recipe.models / "0000.keras"
        if trial.error is not None or not file.exists():
            raise CannotTreat(trial.error or "its model cannot be saved whole")
        file.replace(kept)
        shutil.rmtree(self._scratch, ignore_errors=True)
        return kept

    def _measured(self, model: Any, metric: str) -> float:
        x, y = arrays_for_keras(self.recipe.dataset.test)
        said: Mapping[str, Any] = (
            model.evaluate(x, y, batch_size=256, verbose=0, return_dict=True)
            if model.compiled
            else {}
        )
        if metric not in said:
            raise CannotTreat(f"a loaded model does not report {metric}")
        return float(said[metric])

    def _trainer(self, recipe: Recipe) -> Any:
        if not self.in_cohorts:
            return SingleTrainer(recipe)
        return CohortTrainer(recipe, only_if_faster=True, programs=self._programs)

    @cached_property
    def _programs(self) -> Programs:
        """The programs of all cohorts: whatever the pairs, their rows are the same ones."""
        return Programs(self._dataset(1.0, [0]), COHORT_SIZE)

    def _recipe(self, arm: Arm, pairs: Sequence[int]) -> Recipe:
        return ArmRecipe(
            builder=self._builder,
            space=self.space,
            dataset=self._dataset(arm.share, pairs),
            plan=self._plan(arm, len(pairs)),
            models=self._scratch / "models",
            known=self.trivial,
        )

    def _dataset(self, share: float, pairs: Sequence[int]) -> Dataset:
        dataset = self.recipe.dataset
        if isinstance(dataset, StreamedDataset) or not self.splits_anew:
            return dataset
        return with_fresh_splits(dataset, list(pairs), share)

    def _plan(self, arm: Arm, executions: int) -> TrainingPlan:
        plan, changed = self.recipe.plan, arm.plan
        stopping = plan.early_stopping
        if "early_stopping" in changed:
            given = changed["early_stopping"]
            stopping = None if given is None else EarlyStopping(**given)
        if arm.share < 1 and stopping is not None:
            # Training stops after as many steps without a gain as with all rows.
            patience = round(stopping.patience / arm.share)
            stopping = stopping.model_copy(update={"patience": patience})
        plateau = None
        if "schedule" in changed:
            objective = plan.objective
            plateau = ReduceOnPlateau(objective.metric, objective.maximize, **changed["schedule"])
        callbacks = [*plan.callbacks]
        if "pruning" in changed:
            callbacks.append(partial(MagnitudePruning, **changed["pruning"]))
        if "distillation" in changed:
            callbacks.append(partial(self._distillation, **changed["distillation"]))
        return replace(
            plan,
            early_stopping=stopping,
            plateau=plateau,
            callbacks=tuple(callbacks),
            executions=executions,
            others=(),
            max_seconds=None,
        )

    def _distillation(self, trial: TrialInfo, **settings: float) -> Distillation:
        """The callback of one execution, whose seed is the pair's."""
        return Distillation(self._file(self.baseline, trial.seed), **settings)

    def _runs(self, arm: Arm, trial: Trial, pairs: Sequence[int]) -> Iterator[Run]:
        """A run for each pair, from the trial's executions; failed runs if an execution failed."""
        seconds = trial.duration_s / len(pairs)
        if trial.error is not None or len(trial.scores) < len(pairs):
            reason = trial.error or trial.facts.pruned or "it did not train in all pairs"
            yield from (Run(arm.key, pair, None, seconds, reason) for pair in pairs)
            return
        curves = [curve for curve in (trial.curve, *trial.repeats) if curve is not None]
        metric = self.recipe.plan.objective.metric
        # A taught model's training loss is measured on other targets than its validation loss.
        taught = "distillation" in arm.plan
        shown = [f"val_{metric.removeprefix('val_')}", metric.removeprefix("val_")]
        if taught and "loss" in shown:
            shown.remove("loss")
        for pair, score, curve in zip(pairs, trial.scores, curves, strict=True):
            yield Run(
                arm.key,
                pair,
                score,
                seconds,
                verdict=None if taught else self.verdict(trial, curve),
                action=arm.action,
                epochs=len(curve),
                series={
                    name: [float(value) for value in series]
                    for name in shown
                    if (series := curve.get(name)) is not None
                },
                weights=trial.facts.parameters,
            )


class _Watch:
    """The trainers' observer: nothing is pruned; Ctrl-C ends the training after the epoch."""

    def __init__(self, interrupted: Callable[[], bool], *, keep: bool = False) -> None:
        self._interrupted, self._keep = interrupted, keep

    def started(self, proposal: Proposal) -> None:
        """Nothing is shown."""

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        """Go on. Raises KeyboardInterrupt if Ctrl-C was pressed."""
        if self._interrupted():
            raise KeyboardInterrupt
        return None

    def execution(self, number: int, scores: Sequence[float]) -> str | None:
        """Go on, as `epoch` does."""
        return self.epoch(number, 0, {})

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        """Do nothing: the loop keeps finished runs."""

    def keeps(self, score: float) -> bool:
        """Whether models are saved."""
        return self._keep


def _proposal(number: int, arm: Arm, pairs: Sequence[int]) -> Proposal:
    params = dict(arm.params)
    if arm.edits:
        params[EDITS_OF] = ",".join(arm.edits)
    first, *others = pairs
    return Proposal(number, params, first, repeat_seeds=tuple(others))


def _alike(arms: Sequence[Arm]) -> list[list[Arm]]:
    """Arms that one trainer can train: those with the same plan and rows."""
    groups: dict[str, list[Arm]] = {}
    for arm in arms:
        groups.setdefault(f"{sorted(arm.plan.items())!r} {arm.share}", []).append(arm)
    return list(groups.values())
