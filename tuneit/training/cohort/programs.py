"""Which programs the cohorts of a study use, and which executions train in which cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.training.cohort.capacity import max_members, max_stack_size, threads
from tuneit.training.cohort.compiling import compiling_saves_time
from tuneit.training.cohort.cost_model import (
    seconds_alone,
    seconds_to_trace,
    seconds_together,
)
from tuneit.training.cohort.epoch import Epoch
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial, Shape
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.template import Template
from tuneit.training.cohort.validation import validation_rows
from tuneit.training.cohort.varying import Varying
from tuneit.training.fitting.rows import Rows

Group = Sequence[PreparedTrial]
"""Trials of one structure."""

Part = list[tuple[PreparedTrial, PreparedExecution]]
"""The executions of one cohort, each with its trial."""

_KEPT = 8
"""The most programs that are kept. Tracing one takes seconds, keeping one about 50 MB."""


class Programs:
    """Makes programs for cohorts of at most `members` executions, and keeps those used last."""

    def __init__(self, dataset: Dataset, members: int) -> None:
        self._dataset, self._members = dataset, members
        self._kept: dict[tuple[str, Shape], Program] = {}
        self._rows: tuple[Rows, Rows] | None = None
        self.evicted = False
        """Whether a program was dropped to make room; the trainer sets it back to False."""

    def split(self, group: Group, shape: Shape) -> list[Part]:
        """Split a group's executions of one shape into cohorts that fit into memory."""
        by_trial = [[(t, e) for e in t.executions if e.shape == shape] for t in group]
        by_trial = [pairs for pairs in by_trial if pairs]
        if not by_trial:
            return []
        first = group[0].executions[0]
        fitting = max_members(first.cohort_model, first.batch_size, self._members)
        if (program := self._kept.get(_key(group[0].structure, shape))) is not None:
            fitting = int(min(fitting, program.max_members))
        size = max(1, fitting // max(map(len, by_trial)))
        return [
            [pair for pairs in by_trial[start : start + size] for pair in pairs]
            for start in range(0, len(by_trial), size)
        ]

    def traced(self, group: Group, shape: Shape, members: int) -> Program:
        """The program for a group's executions of one shape, with graphs for `members` members.

        Raises whatever Keras and TensorFlow raise where the model cannot be traced.
        """
        key = _key(group[0].structure, shape)
        executions = _executions(group)
        program = self._kept.pop(key, None)
        model = executions[0].cohort_model if program is None else program.template.model
        varying = Varying.of(model, executions)
        if program is not None:
            varying = varying.joined(program.template.varying)
        if program is None or varying != program.template.varying:
            program = self._make(group, shape, model, varying)
        self._kept[key] = program  # as the one used last
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
            self.evicted = True
        program.trace(program.layout(members).size)
        return program

    @staticmethod
    def seconds_alone(group: Group) -> float:
        """About how long a group trains one execution after another."""
        return sum(seconds_alone(e.model, e.batch_size, e.steps) for e in _executions(group))

    def seconds(self, group: Group, *, shared_by: int = 1) -> float:
        """About how long a group trains in cohorts, tracing included where no program is kept.

        Where so many groups share the program, a group bears its part of the tracing.
        """
        model = group[0].executions[0].cohort_model
        new = sum(_key(group[0].structure, shape) not in self._kept for shape in shapes_of(group))
        arithmetic = sum(seconds_together(model, e.batch_size, e.steps) for e in _executions(group))
        return new * seconds_to_trace(model) / shared_by + arithmetic

    def _make(self, group: Group, shape: Shape, model: Any, varying: Varying) -> Program:
        executions = _executions(group)
        batch_size, steps = executions[0].batch_size, executions[0].steps
        train, validation = self._all_rows()
        x, y = train.part(0, batch_size)
        epoch = Epoch(
            Template(model, x, y, varying),
            train,
            validation,
            shape,
            min(batch_size, shape.train),
            validation_rows(model, self._members, batch_size, shape.validation),
            bool(self._dataset.folds),
        )
        return Program(
            epoch,
            threads(),
            max_stack_size(model, batch_size),
            compiled=compiling_saves_time(model, len(executions), steps),
        )

    def _all_rows(self) -> tuple[Rows, Rows]:
        """The rows that members choose from, to train and to validate; copied once."""
        if self._rows is None:
            data = self._dataset
            whole = None if data.development is None else Rows.of(data.development)
            self._rows = whole or Rows.of(data.train), whole or Rows.of(data.validation)
        return self._rows


def shapes_of(group: Group) -> list[Shape]:
    """The shapes of a group's executions, in the order in which they come."""
    return list(dict.fromkeys(execution.shape for execution in _executions(group)))


def _executions(group: Group) -> list[PreparedExecution]:
    return [execution for trial in group for execution in trial.executions]


def _key(structure: str, shape: Shape) -> tuple[str, Shape]:
    """What a program is kept under: it serves executions that start at any epoch."""
    return structure, shape._replace(start=0)
