"""The trainer that trains alike proposals together."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tuneit.data.dataset import Dataset
from tuneit.roles import Observer
from tuneit.space import SearchSpace, parameter_from_dict
from tuneit.study import ParameterSpec
from tuneit.training.builders import Builder
from tuneit.training.cohort.candidates import Entry, build_entry
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.running import Cohort
from tuneit.training.cohort.template import Template, varying
from tuneit.training.cohort.worth import (
    compiling_pays,
    most_members,
    pays,
    too_much_work,
    validation_rows,
)
from tuneit.training.execution import Recipe, conclude
from tuneit.training.memory import fresh_session, short_collections
from tuneit.training.plan import TrainingPlan
from tuneit.training.quiet import load_keras
from tuneit.training.rows import Rows
from tuneit.training.single import SingleTrainer
from tuneit.trials import Proposal, Trial

load_keras()
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

MEMBERS = 64
"""Trainings of a cohort at most, unless a study says otherwise."""

_PROGRAMS = 8
"""Programs kept: tracing one takes seconds, keeping one some 50 MB."""


class CohortTrainer:
    """Trains proposals whose models are alike together; implements `tuneit.roles.Trainer`.

    It pulls up to `members` proposals at once, so strategies propose that many without seeing
    the results. What cannot be fused goes to the ordinary trainer. A trial's curve depends on
    its own seed and parameters alone, not on who trains beside it. It is as good as that of the
    ordinary trainer, but not the same number for number: rows come in the order of the trial's
    own seed instead of `model.fit`'s, and noise is drawn otherwise. With `weigh`, what would
    gain nothing goes to the ordinary trainer too.
    """

    def __init__(
        self,
        builder: Builder,
        specs: Mapping[str, ParameterSpec],
        space: SearchSpace,
        dataset: Dataset,
        plan: TrainingPlan,
        models: Path,
        members: int = MEMBERS,
        *,
        weigh: bool = False,
    ) -> None:
        self._recipe = Recipe(builder, specs, dataset, plan, models)
        self._single = SingleTrainer(builder, specs, space, dataset, plan, models)
        self._space = space
        self._members, self._weigh = members, weigh
        self._programs: dict[str, Program] = {}
        self._rows: tuple[Rows, Rows] | None = None

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective.
        """
        trials = max(1, self._members // self._recipe.plan.executions)
        while pulled := list(_batch(proposals, trials)):
            with short_collections():
                fresh_session(self._recipe.plan.seed)
                entries = [build_entry(self._recipe, self._space, p) for p in pulled]
            alone: list[Proposal] = []
            for group in _groups(entries):
                parts = list(self._parts(group))
                program = self._program(group, parts[0])
                if program is None:
                    alone += [entry.proposal for entry in group]
                    continue
                for part in parts:
                    yield from map(self._met, self._train(program, part, observer))
            del entries
            if alone:
                yield from map(self._met, self._single.train(iter(alone), observer))

    def _train(
        self, program: Program, entries: Sequence[Entry], observer: Observer
    ) -> Iterator[Trial]:
        for entry in entries:
            observer.started(entry.proposal)
        cohort = Cohort(program, entries, self._recipe.plan, observer)
        left = list(entries)
        try:
            for entry, failure in cohort.train():
                left.remove(entry)
                yield self._concluded(cohort, entry, failure, observer)
        except tf.errors.OpError as error:  # rows that one alone would fail on too, say
            _LOG.warning("trained one at a time, since a cohort failed: %s", error.message)
            yield from self._single.train((entry.proposal for entry in left), observer)

    def _concluded(
        self, cohort: Cohort, entry: Entry, failure: Exception | None, observer: Observer
    ) -> Trial:
        def outcome() -> None:
            if failure is not None:
                raise failure

        trial = conclude(self._recipe, entry.proposal, observer, entry.progress, outcome)
        return replace(trial, duration_s=trial.duration_s + cohort.seconds[entry])

    def _parts(self, group: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
        """Split a group into cohorts that fit into memory."""
        if group[0].reason is not None:
            yield group
            return
        first = group[0].candidates[0]
        fitting = most_members(first.model, first.batch_size, self._members)
        size = max(1, fitting // self._recipe.plan.executions)
        for start in range(0, len(group), size):
            yield group[start : start + size]

    def _program(self, group: Sequence[Entry], part: Sequence[Entry]) -> Program | None:
        """The program of a group's structure, with a graph for its first part.

        None where there can or need be none.
        """
        first = group[0]
        if first.reason is not None or sum(len(e.candidates) for e in group) < 2:
            return None
        numbers = [candidate.numbers for entry in group for candidate in entry.candidates]
        program = self._programs.pop(first.structure, None)
        if self._weigh and not self._pays(group, traced=program is not None):
            return None
        try:
            if program is None or not program.template.serves(numbers):
                program = self._make(group, varying(numbers))
            program.trace(program.size(sum(len(entry.candidates) for entry in part)))
        except Exception as error:  # what the tables of kinds did not foresee
            _LOG.warning("trained one at a time, since a cohort cannot be traced: %s", error)
            return None
        self._programs[first.structure] = program
        while len(self._programs) > _PROGRAMS:
            del self._programs[next(iter(self._programs))]
        return program

    def _pays(self, group: Sequence[Entry], *, traced: bool) -> bool:
        """Whether a group is trained sooner in a cohort."""
        first = group[0].candidates[0]
        if too_much_work(first.model, first.batch_size) is not None:
            return False
        return traced or pays(first.model, *self._amount(group))

    def _amount(self, group: Sequence[Entry]) -> tuple[int, int]:
        """How many trainings there are in a group, and how many batches in each."""
        first = group[0].candidates[0]
        batches = -(-len(self._recipe.dataset.train) // first.batch_size)
        return len(group) * len(group[0].candidates), first.epochs * batches

    def _make(self, group: Sequence[Entry], lifted: Sequence[int]) -> Program:
        candidate = group[0].candidates[0]
        model, dataset = candidate.model, self._recipe.dataset
        if self._rows is None:
            self._rows = Rows.of(dataset.train), Rows.of(dataset.validation)
        train, validation = self._rows
        x, y = train.part(0, candidate.batch_size)
        return Program(
            Template(model, x, y, lifted),
            train,
            validation,
            candidate.batch_size,
            validation_rows(model, self._members, candidate.batch_size, validation.count),
            compiled=compiling_pays(model, *self._amount(group)),
        )

    def _met(self, trial: Trial) -> Trial:
        """Let hyperparameters that were met late join the space."""
        late = [parameter_from_dict(entry) for entry in trial.notes.get("space", ())]
        self._space = self._space.with_parameters(late)
        return trial


def _groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries of one structure together; those with a reason against it alone."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        key = entry.structure if entry.reason is None else f"alone {entry.proposal.number}"
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


def _batch(proposals: Iterator[Proposal], size: int) -> Iterator[Proposal]:
    """Pull up to the next multiple of `size` in the trials' numbers.

    A search that resumes thus ends the interrupted batch first, and asks the strategy for the
    next ones at the points where a search without interruption would.
    """
    for proposal in proposals:
        yield proposal
        if (proposal.number + 1) % size == 0:
            return
