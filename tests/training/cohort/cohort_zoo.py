"""Train the same trial alone, batch by batch, and in a cohort; the curves shall be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.data.dataset import Dataset, Split
from tuneit.training.builders.builder import as_builder
from tuneit.training.builders.discovery import discover_space
from tuneit.training.cohort.batched_scalars import patched
from tuneit.training.cohort.noise import Noise, noise_seed, noisy
from tuneit.training.cohort.prepared_trial import PreparedTrial
from tuneit.training.cohort.trainer import CohortTrainer
from tuneit.training.fitting.rows import shuffled
from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.trials import EndedExecution, Objective, Proposal

load_keras()
import tensorflow as tf  # noqa: E402

Build = Callable[[Any], Any]


class Quiet:
    """An observer that keeps nothing and prunes what it is told to."""

    def __init__(self, *, keep: bool = False, prune: dict[int, int] | None = None) -> None:
        self.keep, self.prune = keep, prune or {}
        self.begun: list[int] = []
        self.seen: list[tuple[int, int]] = []
        self.ended: list[tuple[int, int, EndedExecution]] = []

    def started(self, proposal: Proposal) -> None:
        self.begun.append(proposal.number)

    def epoch(self, number: int, epoch: int, logs: Any) -> str | None:
        self.seen.append((number, epoch))
        return "poor" if self.prune.get(number) == epoch else None

    def execution(self, number: int, scores: Any) -> str | None:
        return None

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        self.ended.append((number, index, execution))

    def keeps(self, score: float) -> bool:
        return self.keep


def rows_of(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], train: int = 20) -> Dataset:
    """A dataset whose first rows are for training; the others validate and test."""
    task = "classification" if y.dtype.kind == "i" else "regression"
    return Dataset("zoo", task, Split(x[:train], y[:train]), Split(x[train:], y[train:]),
                   Split(x[train:], y[train:]))  # fmt: skip


def a_plan(**changes: Any) -> TrainingPlan:
    fields = {"objective": Objective.named("val_loss"), "epochs": 2, "seed": 3, "batch_size": 8}
    return TrainingPlan(**fields | changes)


@dataclass
class Bench:
    """A builder and its data, with a cohort trainer to hand."""

    build: Build
    dataset: Dataset
    plan: TrainingPlan = field(default_factory=a_plan)
    models: Path = Path("unused")
    members: int = 64

    def __post_init__(self) -> None:
        self.builder = as_builder(self.build)
        self.space = discover_space(self.builder, self.dataset)
        self.recipe = Recipe(self.builder, self.space, self.dataset, self.plan, self.models)
        self.trainer = CohortTrainer(self.recipe, self.members)

    def proposals(self, count: int) -> list[Proposal]:
        rng = np.random.default_rng(5)
        return [Proposal(i, self.space.sample(rng), 100 + i) for i in range(count)]

    def prepared(self, count: int) -> list[PreparedTrial]:
        return self.trainer._prepare(self.proposals(count))

    def fused(self, count: int = 3) -> tuple[list[LearningCurve], list[list[Any]]]:
        """Curves and final weights of proposals trained in one cohort."""
        trials = self.prepared(count)
        assert [e.reason for e in trials] == [None] * count
        assert len({e.structure for e in trials}) == 1
        assert self.trainer._trains_together(trials)
        curves, weights, ended = [], [], []
        for trial in self.trainer._train_cohorts(trials, Quiet()):
            [done] = trial.progress.done  # which is forgotten with the next trial
            curves.append(done.curve)
            weights.append(done.model.weights)
            ended.append(trial)
        assert ended == trials
        assert [(e.over, e.failure) for e in trials] == [(True, None)] * count
        return curves, weights

    def alone(self, count: int = 3) -> tuple[list[LearningCurve], list[list[Any]]]:
        """The same by Keras itself, one model and one batch after another, given the noise."""
        results = [self._train_alone(trial) for trial in self.prepared(count)]
        return [curve for curve, _ in results], [weights for _, weights in results]

    def _train_alone(self, trial: PreparedTrial) -> tuple[LearningCurve, list[Any]]:
        [execution] = trial.executions
        model, seed = execution.model, tf.constant(noise_seed(execution.seed))
        model.run_eagerly = True
        train, validation = self.dataset.train, self.dataset.validation
        logs: list[dict[str, float]] = []
        step = 0
        for epoch in range(execution.epochs):
            model.reset_metrics()
            for batch in _batches(shuffled(execution.seed, epoch, len(train)), execution):
                part = train.take(batch)
                with patched(noisy(model, Noise(tf.constant(step), seed))):
                    row = model.train_step((part.x, part.y))
                step += 1
            row = {name: float(value) for name, value in row.items()}
            tested = model.evaluate(validation.x, validation.y, return_dict=True, verbose=0)
            logs.append(row | {f"val_{name}": float(value) for name, value in tested.items()})
        return LearningCurve.from_epochs(logs), model.get_weights()


def _batches(order: np.ndarray[Any, Any], execution: Any) -> Iterator[np.ndarray[Any, Any]]:
    for start in range(0, len(order), execution.batch_size):
        yield order[start : start + execution.batch_size]


def assert_same(bench: Bench, count: int = 2, tolerance: float = 2e-4) -> None:
    """Compare every metric at every epoch, and the weights at the end."""
    curves, weights = bench.fused(count)
    expected, expected_weights = bench.alone(count)
    for curve, other in zip(curves, expected, strict=True):
        assert set(curve.series) == set(other.series)
        for name, values in other.series.items():
            np.testing.assert_allclose(
                curve[name], values, rtol=tolerance, atol=tolerance, err_msg=name
            )
    for own, other in zip(weights, expected_weights, strict=True):
        for a, b in zip(own, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=5 * tolerance, atol=5 * tolerance)
