"""The trainer that trains alike proposals together."""

from __future__ import annotations

import contextlib
import gc
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tuneit.search.protocols import Observer
from tuneit.training.cohort.capacity import (
    max_members,
    max_stack_size,
    model_bytes,
    room_for_models,
    threads,
)
from tuneit.training.cohort.cohort import Cohort
from tuneit.training.cohort.compiling import compiling_saves_time
from tuneit.training.cohort.cost_model import saves_time
from tuneit.training.cohort.epoch import Epoch
from tuneit.training.cohort.prepared_trial import (
    PreparedExecution,
    PreparedTrial,
    Shape,
    exclude_shared,
    prepare_trial,
)
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.template import Template, varying
from tuneit.training.cohort.validation import validation_rows
from tuneit.training.fitting.execution import conclude
from tuneit.training.fitting.rows import Rows
from tuneit.training.fitting.session import fresh_session, short_collections
from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import COHORT_SIZE
from tuneit.training.recipe import Recipe
from tuneit.training.single import SingleTrainer
from tuneit.training.user_code.error_text import describe
from tuneit.training.user_code.process_exit import ending_noted
from tuneit.trials import Proposal, Trial

load_keras()
import tensorflow as tf  # noqa: E402

Part = list[tuple[PreparedTrial, PreparedExecution]]
"""Trainings of one cohort."""

_LOG = logging.getLogger(__name__)

_ALIKE = 4
"""Models that must be alike before those still to be built are taken to be so too."""

_PROGRAMS = 8
"""Programs kept: tracing one takes seconds, keeping one some 50 MB."""

_GARBAGE = 2**26
"""Bytes of forgotten models that are worth looking for at once, which takes some 0.2 s."""


class CohortTrainer:
    """Trains proposals whose models are alike together; implements `Trainer`.

    It pulls up to `members` proposals at once, so strategies propose that many without seeing
    the results. What cannot be fused goes to the ordinary trainer. A trial's curve depends on
    its own seed and parameters alone, not on who trains beside it. It is that of the ordinary
    trainer but for rounding; where a layer draws noise, which is drawn otherwise here, it is as
    good. With `only_if_faster`, what would gain nothing goes to the ordinary trainer too.
    """

    def __init__(
        self, recipe: Recipe, members: int = COHORT_SIZE, *, only_if_faster: bool = False
    ) -> None:
        self._recipe = recipe
        self._single = SingleTrainer(recipe)
        self._members, self._only_if_faster = members, only_if_faster
        self._programs: dict[tuple[str, Shape], Program] = {}
        self._rows: tuple[Rows, Rows] | None = None
        self._cleared = False
        self._forgotten = 0

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective, and
        CallbackError where the study's callbacks cannot be made for the first trial.
        """
        size = max(1, self._members // self._recipe.plan.executions)
        pulled: list[Proposal] = []
        while pulled or (pulled := list(_batch(proposals, size))):
            with short_collections():
                self._begin_session()
                trials = self._build(pulled)
            pulled = pulled[len(trials) :]
            alone: list[Proposal] = []
            for group in _groups(trials):
                if self._is_fused(group):
                    yield from map(self._met, self._train(group, observer))
                else:
                    alone += [trial.proposal for trial in group]
            del trials
            if alone:
                yield from map(self._met, self._alone(alone, observer))
            self._settle()

    def _begin_session(self) -> None:
        """Clear what trainings alone, and programs that were dropped, have left.

        A cleared session has to find the kernels of the programs that are kept anew, which takes
        half a second: without need it is left as it is.
        """
        if not self._cleared:
            fresh_session(self._recipe.plan.seed)
            self._cleared = True

    def _alone(self, proposals: Iterable[Proposal], observer: Observer) -> Iterator[Trial]:
        self._settle()
        self._cleared = False
        yield from self._single.train(iter(proposals), observer)

    def _settle(self) -> None:
        """Let all compiling end, before the session is cleared under it."""
        for program in self._programs.values():
            program.settle()

    def _build(self, pulled: Sequence[Proposal]) -> list[PreparedTrial]:
        """Build the first proposals' models: as many as there is memory for, at least one."""
        trials: list[PreparedTrial] = []
        room = room_for_models()
        for proposal in pulled:
            if trials and room <= 0:
                break
            with ending_noted(self._recipe.note, proposal.number):
                trial = prepare_trial(self._recipe, proposal, only_if_faster=self._only_if_faster)
            trials.append(trial)
            room -= sum(model_bytes(c.model) for c in trials[-1].executions)
            if len(trials) == _ALIKE < len(pulled) and len(_groups(trials)) == 1:
                self._foresee([*trials, *trials[:1] * (len(pulled) - _ALIKE)])
        exclude_shared(trials)
        return trials

    def _foresee(self, group: Sequence[PreparedTrial]) -> None:
        """Let a program be compiled for a group of which the first alone are built.

        The others are built meanwhile. If they turn out to be different it is for nothing.
        """
        if self._only_if_faster and not self._saves_time(group):
            return
        shape = _shapes(group)[0]
        # Whatever cannot be traced is told about once it is to be trained.
        with contextlib.suppress(Exception):
            self._program(group, shape).foresee(len(self._parts(group, shape)[0]))

    def _is_fused(self, group: Sequence[PreparedTrial]) -> bool:
        """Whether a group is trained in cohorts; makes the program of the first."""
        first = group[0]
        if first.reason is not None or sum(len(e.executions) for e in group) < 2:
            return False
        if self._only_if_faster and not self._saves_time(group):
            return False
        shape = _shapes(group)[0]
        try:
            self._traced(group, shape, self._parts(group, shape)[0])
        except Exception as error:  # what the tables of kinds did not foresee
            _LOG.warning("trained one at a time, since a cohort cannot be traced: %s", error)
            return False
        return True

    def _saves_time(self, group: Sequence[PreparedTrial]) -> bool:
        """Whether a group is trained sooner in cohorts."""
        first = group[0].executions[0]
        traced = _key(group[0], first.shape) in self._programs
        return traced or saves_time(first.model, *self._amount(group), len(_shapes(group)))

    def _train(self, group: Sequence[PreparedTrial], observer: Observer) -> Iterator[Trial]:
        """Train a group's entries, those of each shape together, as many as fit into memory."""
        left = list(group)
        try:
            for trial in self._cohorts(group, observer):
                if trial.over:
                    left.remove(trial)
                    yield self._concluded(trial, observer)
        except (tf.errors.OpError, TypeError, ValueError) as error:
            # Rows that one alone would fail on too, say; or what the tables did not foresee.
            _LOG.warning("trained one at a time, since a cohort failed: %s", describe(error))
        if left:  # out of the handler, since the error holds what the cohort had in memory
            for trial in left:
                trial.forget()
            yield from self._alone([trial.proposal for trial in left], observer)

    def _cohorts(
        self, group: Sequence[PreparedTrial], observer: Observer
    ) -> Iterator[PreparedTrial]:
        for shape in _shapes(group):
            for part in self._parts(_unfinished(group), shape):
                executions = [(e, c) for e, c in part if not e.over]
                for trial in dict.fromkeys(trial for trial, _ in executions):
                    if not trial.started:
                        observer.started(trial.proposal)
                        trial.started = True
                if executions:
                    program = self._traced(_unfinished(group), shape, executions)
                    yield from Cohort(program, executions, self._recipe.plan, observer).train()
                    self._drop(len(executions) * model_bytes(program.template.model))

    def _drop(self, forgotten: int) -> None:
        """Have models that were forgotten, of so many bytes, dropped once they are many."""
        self._forgotten += forgotten
        if self._forgotten > _GARBAGE:
            gc.collect()  # Keras's models are cycles of objects
            self._forgotten = 0

    def _concluded(self, trial: PreparedTrial, observer: Observer) -> Trial:
        def outcome() -> None:
            if trial.failure is not None:
                raise trial.failure

        ended = conclude(self._recipe, trial.proposal, observer, trial.progress, outcome)
        return replace(ended, duration_s=ended.duration_s + trial.seconds)

    def _parts(self, group: Sequence[PreparedTrial], shape: Shape) -> list[Part]:
        """Split a group's trainings of one shape into cohorts that fit into memory."""
        trainings = [[(e, c) for c in e.executions if c.shape == shape] for e in group]
        first = group[0].executions[0]
        fitting = max_members(first.model, first.batch_size, self._members)
        if (program := self._programs.get(_key(group[0], shape))) is not None:
            fitting = int(min(fitting, program.most))
        size = max(1, fitting // max(map(len, trainings)))
        return [
            [pair for pairs in trainings[start : start + size] for pair in pairs]
            for start in range(0, len(trainings), size)
        ]

    def _traced(self, group: Sequence[PreparedTrial], shape: Shape, part: Part) -> Program:
        """A program that has graphs for so many members as the part has.

        Raises whatever Keras and TensorFlow raise where there can be none.
        """
        program = self._program(group, shape)
        program.trace(program.layout(len(part)).size)
        return program

    def _program(self, group: Sequence[PreparedTrial], shape: Shape) -> Program:
        """The program of a structure and shape, which lifts what differs between the group's."""
        key = _key(group[0], shape)
        numbers = [execution.numbers for trial in group for execution in trial.executions]
        program = self._programs.pop(key, None)
        if program is None or not program.template.serves(numbers):
            if program is not None:
                program.settle()
            program = self._make(group, shape, varying(numbers))
        self._programs[key] = program
        while len(self._programs) > _PROGRAMS:
            self._programs.pop(next(iter(self._programs))).settle()
            self._cleared = False
        return program

    def _amount(self, group: Sequence[PreparedTrial]) -> tuple[int, int]:
        """How many trainings there are in a group, and how many batches in each."""
        first = group[0].executions[0]
        batches = -(-first.shape.train // first.batch_size)
        members = sum(len(trial.executions) for trial in group)
        return members, (first.epochs - first.shape.start) * batches

    def _make(self, group: Sequence[PreparedTrial], shape: Shape, lifted: Sequence[int]) -> Program:
        execution, dataset = group[0].executions[0], self._recipe.dataset
        model, batch_size = execution.model, execution.batch_size
        if self._rows is None:
            whole = None if dataset.development is None else Rows.of(dataset.development)
            self._rows = whole or Rows.of(dataset.train), whole or Rows.of(dataset.validation)
        train, validation = self._rows
        x, y = train.part(0, batch_size)
        epoch = Epoch(
            Template(model, x, y, lifted),
            train,
            validation,
            shape,
            min(batch_size, shape.train),
            validation_rows(model, self._members, batch_size, shape.validation),
            bool(dataset.folds),
        )
        return Program(
            epoch,
            threads(),
            max_stack_size(model, batch_size),
            compiled=compiling_saves_time(model, *self._amount(group)),
        )

    def _met(self, trial: Trial) -> Trial:
        """Let hyperparameters that were met late join the space."""
        self._recipe = self._recipe.with_late(trial)
        return trial


def _groups(trials: Sequence[PreparedTrial]) -> list[list[PreparedTrial]]:
    """Entries of one structure together; those with a reason against it alone."""
    groups: dict[str, list[PreparedTrial]] = {}
    for trial in trials:
        key = trial.structure if trial.reason is None else f"alone {trial.proposal.number}"
        groups.setdefault(key, []).append(trial)
    return list(groups.values())


def _unfinished(group: Sequence[PreparedTrial]) -> list[PreparedTrial]:
    return [trial for trial in group if not trial.over]


def _shapes(group: Sequence[PreparedTrial]) -> list[Shape]:
    """The shapes of a group's trainings, that of the first training of each entry first."""
    return list(dict.fromkeys(c.shape for trial in group for c in trial.executions))


def _key(trial: PreparedTrial, shape: Shape) -> tuple[str, Shape]:
    """What a program is kept under: it serves trainings that start at any epoch."""
    return trial.structure, shape._replace(start=0)


def _batch(proposals: Iterator[Proposal], size: int) -> Iterator[Proposal]:
    """Pull to the end of a round, or up to the next multiple of `size` in the trials' numbers.

    A search that resumes thus ends the interrupted batch first, and asks the strategy for the
    next ones at the points where a search without interruption would.
    """
    for proposal in proposals:
        yield proposal
        if proposal.ends_round or (proposal.number + 1) % size == 0:
            return
