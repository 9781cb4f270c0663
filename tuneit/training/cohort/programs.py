"""Which programs the cohorts of a study use, and which executions train in which cohort."""

from __future__ import annotations

from collections.abc import Sequence

from tuneit.data.dataset import Dataset
from tuneit.training.cohort.capacity import max_members, max_stack_size, threads
from tuneit.training.cohort.compiling import compiling_saves_time
from tuneit.training.cohort.cost_model import saves_time
from tuneit.training.cohort.epoch import Epoch
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial, Shape
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.template import Template, varying
from tuneit.training.cohort.validation import validation_rows
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
        fitting = max_members(first.model, first.batch_size, self._members)
        if (program := self._kept.get(_key(group, shape))) is not None:
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
        key = _key(group, shape)
        scalars = [execution.scalars for trial in group for execution in trial.executions]
        program = self._kept.pop(key, None)
        if program is None or not program.template.serves(scalars):
            program = self._make(group, shape, varying(scalars))
        self._kept[key] = program  # as the one used last
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
            self.evicted = True
        program.trace(program.layout(members).size)
        return program

    def saves_time(self, group: Group) -> bool:
        """Whether a group trains sooner in cohorts than one execution after another."""
        first = group[0].executions[0]
        known = _key(group, first.shape) in self._kept
        return known or saves_time(first.model, *_amount(group), len(shapes_of(group)))

    def _make(self, group: Group, shape: Shape, batched: Sequence[int]) -> Program:
        first = group[0].executions[0]
        model, batch_size = first.model, first.batch_size
        train, validation = self._all_rows()
        x, y = train.part(0, batch_size)
        epoch = Epoch(
            Template(model, x, y, batched),
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
            compiled=compiling_saves_time(model, *_amount(group)),
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
    return list(dict.fromkeys(e.shape for trial in group for e in trial.executions))


def _key(group: Group, shape: Shape) -> tuple[str, Shape]:
    """What a program is kept under: it serves executions that start at any epoch."""
    return group[0].structure, shape._replace(start=0)


def _amount(group: Group) -> tuple[int, int]:
    """The number of executions of a group, and the number of batches in each."""
    first = group[0].executions[0]
    batches = -(-first.shape.train // first.batch_size)
    members = sum(len(trial.executions) for trial in group)
    return members, (first.epochs - first.shape.start) * batches
