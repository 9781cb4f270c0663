"""A study with everything that it needs laid out: builder, data, search space, folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tuneit.errors.wording import listing
from tuneit.findings import Reference
from tuneit.ledger import Ledger
from tuneit.ledger.database import anchored
from tuneit.space import GRID_POINTS, SearchSpace
from tuneit.study import StoppingSpec, Study
from tuneit.study_folder import StudyFolder
from tuneit.trials import Objective, Trial
from tuneit.workbench.fingerprint import Fingerprint

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.data.head import Head
    from tuneit.data.raw import RawData
    from tuneit.search.protocols import Trainer
    from tuneit.strategies.base import Strategy
    from tuneit.strategies.pruners.pruner import Pruner
    from tuneit.strategies.pruners.wilcoxon import Wilcoxon
    from tuneit.training.build import BuildApart
    from tuneit.training.builders import Builder
    from tuneit.training.cohort.plan import FusionPlan
    from tuneit.training.inspection import ModelInspection
    from tuneit.training.plan import TrainingPlan
    from tuneit.training.recipe import Recipe


_IN_ROUNDS = ("grid", "random", "hyperband", "one_epoch")
"""Strategies that lose nothing by proposing many trials at once: their proposals do not depend on
results, or they say themselves when these must be known."""

_COHORT = 64
"""Trainings that a cohort holds at most."""

_LEARNING = 8
"""Trials that a strategy proposes before it sees their results, where cohorts are asked for."""


@dataclass(frozen=True)
class Workbench:
    """Holds what a study's verbs work with; `space` is what the builder asked for so far."""

    study: Study
    root: Path
    folder: StudyFolder
    builder: Builder
    dataset: Dataset
    space: SearchSpace

    @property
    def objective(self) -> Objective:
        """The study's primary objective."""
        return self.study.objectives[0]

    @property
    def others(self) -> tuple[Objective, ...]:
        """The objectives beside the primary one."""
        return self.study.objectives[1:]

    @property
    def recipe(self) -> Recipe:
        """What every trainer needs."""
        from tuneit.training.recipe import Recipe

        return Recipe(self.builder, self.space, self.dataset, self.plan, self.folder.models)

    @property
    def plan(self) -> TrainingPlan:
        """How each trial is trained."""
        from tuneit.training.plan import TrainingPlan

        return TrainingPlan(
            objective=self.objective,
            epochs=self.study.budget.epochs,
            early_stopping=self.study.early_stopping,
            executions=self.study.budget.executions * max(1, len(self.dataset.folds)),
            seed=self.study.seed,
            max_parameters=self.study.constraints.max_parameters,
            max_seconds=self.study.constraints.max_seconds,
            callbacks=self.study.callbacks,
            others=self.others,
        )

    def reference(self, trial: Trial) -> Reference:
        """What a trial's scores can be compared with: the user's aims, a trivial model's scores.

        Its curve is that of its first training, in cross-validation that of the first fold.
        """
        trivial, classes = trial.trivial, len(self.dataset.class_names)
        return Reference(
            metric=self.objective.metric.removeprefix("val_"),
            maximize=self.objective.maximize,
            target=self.study.diagnosis.target,
            human_error=self.study.diagnosis.human_error,
            baseline=trivial.scores[0] if trivial.scores else None,
            baseline_loss=trivial.loss,
            baseline_train_loss=trivial.train_loss,
            n_validation=len(self.dataset.validation),
            # Which says what guessing costs: nobody knows that of a loss which is not known.
            n_classes=classes or None if trivial.loss is not None else None,
        )

    @property
    def scored_rows(self) -> int:
        """Validation rows that a trial's score is measured on: with folds, those of all."""
        folds = self.dataset.folds
        return sum(len(rows) for _, rows in folds) if folds else len(self.dataset.validation)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What the user's code is now, and the model that it builds."""
        return Fingerprint.of(self)

    def ledger(self) -> Ledger:
        """Open the study's trials, to add to them; the caller closes them.

        Raises InputError where the study's folder is another's.
        """
        self.folder.claim()
        return Ledger.open(
            self.study.storage, self.folder.path, self.study.name, self.objective, self.others
        )

    def strategy(self) -> Strategy:
        """The strategy that the study asks for; one of the user's own is imported."""
        from tuneit.strategies.registry import make_strategy

        spec, own = self.study.strategy, None
        if spec.reference is not None:
            from tuneit.training.references import load_reference

            whose = "strategy's" if spec.sampler is None else "sampler's"
            own = load_reference(spec.reference, self.root, whose)
        return make_strategy(spec, self.study.budget, own)

    def pruner(self) -> Pruner | Wilcoxon:
        """The rule that stops poor trials, as the study asks for it."""
        from tuneit.strategies.pruners.quota import Quota
        from tuneit.strategies.pruners.registry import make_pruner

        # Who asks for a rule gets it as it is.
        quota = Quota() if self.study.pruning.name == "auto" else None
        return make_pruner(self.study.pruner, self.objective, self.study.budget.epochs, quota)

    def trainer(self) -> Trainer:
        """The trainer that the study asks for."""
        study = self.study
        if study.in_processes:
            from tuneit.training.workers.trainer import WorkerTrainer

            return WorkerTrainer(
                self.recipe, workers=study.workers, trial_timeout=study.trial_timeout
            )
        if study.trainer == "single" or self.members == 1:
            from tuneit.training.single import SingleTrainer

            return SingleTrainer(self.recipe)
        from tuneit.training.cohort.trainer import CohortTrainer

        weigh = study.trainer == "auto"
        return CohortTrainer(self.recipe, self.members, weigh=weigh)

    @property
    def members(self) -> int:
        """Trainings that a cohort may hold.

        Rules of `stopping` look at each result, and strategies that learn from each lose by
        proposing many trials at once (`studies/benchmarks/search_functions.py --batch`). By the
        clock they win where all of these train together, several times as fast as alone
        (`search_quality/batches.py`): elsewhere several are proposed only if the study asks for
        cohorts. Pruning that waits for complete trials would not come in if all trained together.
        Repeats and folds of one configuration always go together.
        """
        if not (self._learns or self._has_rules or self._pruning_waits):
            return _COHORT
        one_by_one = not self._asks_for_cohorts and (
            self._has_rules or (self._learns and not self._fusion.is_fast)
        )
        return self.plan.executions * (1 if one_by_one else _LEARNING)

    @property
    def _learns(self) -> bool:
        return self.study.strategy.name not in _IN_ROUNDS

    @property
    def _has_rules(self) -> bool:
        return self.study.stopping != StoppingSpec()

    @property
    def _pruning_waits(self) -> bool:
        # Where trials are split into several cohorts, the later see what the earlier came to.
        return self.study.pruner.waits and not self._fusion.splits

    @property
    def _asks_for_cohorts(self) -> bool:
        return self.study.trainer == "cohort"

    @cached_property
    def _fusion(self) -> FusionPlan:
        from tuneit.training.cohort.plan import fusion_plan

        return fusion_plan(self.recipe, _COHORT, weigh=self.study.trainer == "auto")

    @property
    def fuses(self) -> bool:
        """Whether trials may train together."""
        alone = self.study.in_processes or self.study.trainer == "single"
        plan = self._fusion
        return not alone and plan.reason is None and min(plan.members, self.members) > 1

    def fusion(self) -> str:
        """Say which trials train together, and why the others do not."""
        study = self.study
        if study.in_processes:
            return f"{study.workers} at a time, each in a process of its own"
        if study.trainer == "single":
            return "one at a time, as `trainer: single` says"
        plan = self._fusion
        if plan.reason is not None or self.members > 1:
            return str(replace(plan, members=min(plan.members, self.members)))
        why = f"strategy {study.strategy.name} learns from each result, and trials "
        if self._has_rules:
            why = "`stopping` looks at each result"
        elif plan.splits:
            why += f"that differ in {listing(plan.splits)} cannot train together"
        elif plan.alone:
            value, reason = plan.alone[0]
            why += f"with {value} cannot train with others ({reason})"
        else:
            why += "of models as large as these gain little by training together"
        return f"one at a time: {why}; `trainer: cohort` proposes {_LEARNING} trials at once"

    def inspect(self, *, largest: bool = True) -> ModelInspection:
        """Build and train the model for a moment, so that what cannot work is said at once.

        `largest` also counts the parameters of the largest model.
        """
        from tuneit.training.endings import exits_told
        from tuneit.training.inspection import inspect_model

        with self.apart() as apart, exits_told(f"the builder {self.builder.name}"):
            return inspect_model(self.recipe, apart, largest=largest)

    def notes(self, model: ModelInspection) -> Iterator[str]:
        """What the study's author may not expect of it, once its model has been inspected."""
        if self.study.strategy.name == "grid" and self.space.coarse:
            names = self.space.coarse
            of = "of" if len(names) == 1 else "each of"
            yield f"the grid has {GRID_POINTS} values {of} {listing(names)}: a `step` sets others"
        if self.study.in_processes and self._asks_for_cohorts:
            yield (
                "`trainer: cohort` has no effect with `workers` or `trial_timeout`, with which "
                "each trial trains in a process of its own"
            )
        if not model.calls_back:
            yield (
                f"the fit of {self.builder.name} does not pass its `callbacks` on to Keras, so "
                "that trials can be neither pruned nor stopped early, nor seen while they train"
            )
        if model.shares_weights:
            yield (
                f"{self.builder.name} gives each trial the same model, or the same layers to "
                "train: a trial goes on with the weights that those before have trained, so that "
                "scores do not compare; make the model and its layers within the function"
            )
        if not model.saves:
            yield (
                f"Keras cannot save what {self.builder.name} returns whole, for want of a "
                "get_config or because its train_step never calls the model: the best model's "
                "weights are kept as best.weights.h5, and `best_model()` builds it anew"
            )

    def apart(self) -> AbstractContextManager[BuildApart | None]:
        """Where to build models under values that may be fatal; None stands for this process."""
        return _apart(self.study, self.builder)


def _apart(study: Study, builder: Builder) -> AbstractContextManager[BuildApart | None]:
    """Where to build with other values than the defaults; None stands for this process.

    In a study that trains in processes, values may be fatal: they cost a trial, not the search.
    """
    if not study.in_processes or sys.platform == "win32":  # which has no workers
        return nullcontext()
    from tuneit.training.workers.sandbox import Sandbox

    return Sandbox(builder, study.trial_timeout)


def lay_out(
    study: Study,
    root: Path,
    output: Path | None = None,
    *,
    builder: Builder | None = None,
    dataset: Dataset | None = None,
    raw: RawData | None = None,
) -> Workbench:
    """Load a study's data and builder and find out its search space.

    `root` is the folder that the study's paths are relative to; `output` defaults to
    `reports/<name>` in the working directory; `raw` is what the study's data source would give.
    Where only the model tells the task of the data, it is built with default hyperparameters
    before. Raises DataError, BuilderError or SpaceError.
    """
    from tuneit.data.load import as_dataset, read_data

    # The data's file and the builder's may change the working directory.
    folder, place = StudyFolder.of(study, output), root.absolute()
    study = study.model_copy(update={"storage": anchored(study.storage)})
    if study.data.source == "python":
        # The user's file may import TensorFlow, which then says much on the screen.
        from tuneit.training.quiet import load_keras

        load_keras()
    # Data first: their errors are found without the seconds that importing TensorFlow takes.
    if dataset is None:
        raw = raw or read_data(study.data, place, study.seed)
        dataset = as_dataset(raw, study.data, study.seed, lambda: _head(study, place, builder))
    from tuneit.training.builders import load_builder
    from tuneit.training.discovery import discover_space
    from tuneit.training.endings import exits_told

    builder = (builder or load_builder(study.model, place)).with_specs(study.parameters)
    with _apart(study, builder) as apart, exits_told(f"the builder {builder.name}"):
        space = discover_space(builder, dataset, apart)
    return Workbench(study, place, folder, builder, dataset, space)


def _head(study: Study, root: Path, builder: Builder | None) -> Head | None:
    from tuneit.training.build import default_head
    from tuneit.training.builders import load_builder
    from tuneit.training.endings import exits_told

    builder = (builder or load_builder(study.model, root)).with_specs(study.parameters)
    with _apart(study, builder) as apart, exits_told(f"the builder {builder.name}"):
        return default_head(builder, apart)
