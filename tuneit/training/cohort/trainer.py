"""The trainer that trains trials of like models together."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tuneit.search.protocols import Observer
from tuneit.training.cohort.capacity import model_bytes, room_for_models
from tuneit.training.cohort.cohort import Cohort
from tuneit.training.cohort.cost_model import is_much_faster
from tuneit.training.cohort.prepared_trial import PreparedTrial
from tuneit.training.cohort.preparing import exclude_shared, prepare_trial
from tuneit.training.cohort.programs import Group, Programs, shapes_of
from tuneit.training.cohort.widening import Widening
from tuneit.training.fitting.progress import conclude
from tuneit.training.fitting.session import fresh_session, make_deterministic, short_collections
from tuneit.training.keras_loader import load_keras
from tuneit.training.plan import COHORT_SIZE
from tuneit.training.recipe import Recipe
from tuneit.training.single import SingleTrainer
from tuneit.training.user_code.error_text import describe
from tuneit.training.user_code.process_exit import note_process_exit
from tuneit.trials import Proposal, Trial

load_keras()
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

_SHARED = 4
"""The batches of proposals that use one program, at least, before a search ends."""

_GARBAGE = 2**26
"""Garbage is collected, which takes about 0.2 s, after models of this many bytes were dropped."""


class CohortTrainer:
    """Trains proposals whose models are alike together; implements `Trainer`.

    It pulls up to `members` proposals at once, so a strategy proposes that many before it sees
    their results. Trials that cannot train in a cohort go to the single trainer; with
    `only_if_faster`, so do those that would not train sooner. A trial's curve depends on its seed
    and parameters, not on the other members. Without random layers it is the curve of the single
    trainer, up to rounding. Layers such as Dropout draw other random numbers than there.
    `programs` are those of an earlier trainer of the same rows, which need not be traced again.
    """

    def __init__(
        self,
        recipe: Recipe,
        members: int = COHORT_SIZE,
        *,
        only_if_faster: bool = False,
        programs: Programs | None = None,
    ) -> None:
        self._recipe = recipe
        self._single = SingleTrainer(recipe)
        self._members, self._only_if_faster = members, only_if_faster
        self._programs = programs or Programs(recipe.dataset, members)
        self._widening = Widening(recipe)
        self._cleared = False
        self._garbage = 0

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective, and
        CallbackError where the study's callbacks cannot be made for the first trial.
        """
        if self._recipe.plan.deterministic:
            make_deterministic()
        size = max(1, self._members // self._recipe.plan.executions)
        pulled: list[Proposal] = []
        while pulled or (pulled := list(_batch(proposals, size))):
            with short_collections():
                self._begin_session()
                trials = self._prepare(pulled)
            pulled = pulled[len(trials) :]
            alone: list[Proposal] = []
            for group in _groups(trials):
                if self._trains_together(group):
                    yield from map(self._with_late, self._train_group(group, observer))
                else:
                    alone += [trial.proposal for trial in group]
            del trials
            if alone:
                yield from map(self._with_late, self._train_alone(alone, observer))

    def _begin_session(self) -> None:
        """Clear the session, if something has trained alone or a program was dropped since.

        It is not cleared without need, because the programs that are kept would then spend half a
        second on finding their kernels again.
        """
        if not self._cleared or self._programs.evicted:
            fresh_session(self._recipe.plan.seed)
            self._cleared, self._programs.evicted = True, False

    def _prepare(self, pulled: Sequence[Proposal]) -> list[PreparedTrial]:
        """Build the models of the first proposals: at least one, and as many as fit into memory."""
        trials: list[PreparedTrial] = []
        room = room_for_models()
        for proposal in pulled:
            if trials and room <= 0:
                break
            with note_process_exit(self._recipe.note, proposal.number):
                trial = prepare_trial(self._recipe, proposal, only_if_faster=self._only_if_faster)
            trials.append(trial)
            room -= sum(model_bytes(execution.model) for execution in trial.executions)
        self._widening.join(trials)
        exclude_shared(trials)
        return trials

    def _trains_together(self, group: Group) -> bool:
        """Whether a group trains in cohorts. If so, the graphs of the first are traced."""
        if group[0].reason is not None:
            return False
        several = sum(len(trial.executions) for trial in group) > 1
        alone = self._programs.seconds_alone(group)
        faster = self._programs.seconds(group) < alone
        if not several:
            # Later trials will use the program. Should none do so, it must not have cost too much.
            # A model of long steps gains little, and needs more memory.
            first = group[0].executions[0]
            faster = (
                self._programs.seconds(group, shared_by=_SHARED) < alone
                and self._programs.seconds(group) < 2 * alone
                and is_much_faster(first.cohort_model, first.batch_size)
            )
        if not faster and (self._only_if_faster or not several):
            return False
        shape = shapes_of(group)[0]
        try:
            self._programs.traced(group, shape, len(self._programs.split(group, shape)[0]))
        except Exception as error:  # what the tables of supported layers did not foresee
            _LOG.warning("trained one at a time, since a cohort cannot be traced: %s", error)
            return False
        return True

    def _train_group(self, group: Group, observer: Observer) -> Iterator[Trial]:
        """Train the trials of a group in cohorts; alone, if that fails."""
        try:
            for trial in self._train_cohorts(group, observer):
                if trial.over:
                    yield self._conclude(trial, observer)
        except (tf.errors.OpError, TypeError, ValueError) as error:
            # Rows that a model trained alone would fail on too; or an unforeseen operation.
            _LOG.warning("trained one at a time, since a cohort failed: %s", describe(error))
        # Outside of the handler, where the error would keep the cohort's tensors.
        if left := _unfinished(group):
            for trial in left:
                trial.forget()
            yield from self._train_alone([trial.proposal for trial in left], observer)

    def _train_cohorts(self, group: Group, observer: Observer) -> Iterator[PreparedTrial]:
        for shape in shapes_of(group):
            # Trials that were pruned or failed in an earlier shape are over.
            for part in self._programs.split(_unfinished(group), shape):
                for trial in dict.fromkeys(trial for trial, _ in part):
                    if not trial.started:
                        observer.started(trial.proposal)
                        trial.started = True
                program = self._programs.traced(_unfinished(group), shape, len(part))
                yield from Cohort(program, part, self._recipe, observer).train()
                self._collect_garbage(len(part) * model_bytes(program.template.model))

    def _train_alone(self, proposals: Iterable[Proposal], observer: Observer) -> Iterator[Trial]:
        self._cleared = False
        yield from self._single.train(iter(proposals), observer)

    def _collect_garbage(self, dropped: int) -> None:
        """Count the bytes of dropped models; collect garbage once they are many."""
        self._garbage += dropped
        if self._garbage > _GARBAGE:
            gc.collect()  # Keras's models are cycles of objects
            self._garbage = 0

    def _conclude(self, trial: PreparedTrial, observer: Observer) -> Trial:
        def result() -> None:
            if trial.failure is not None:
                raise trial.failure

        ended = conclude(self._recipe, trial.proposal, observer, trial.progress, result)
        return replace(ended, duration_s=ended.duration_s + trial.seconds)

    def _with_late(self, trial: Trial) -> Trial:
        """Let hyperparameters that were met late join the space."""
        self._recipe = self._recipe.with_late(trial)
        return trial


def _groups(trials: Sequence[PreparedTrial]) -> list[list[PreparedTrial]]:
    """Trials of one structure together; those that cannot train in a cohort alone."""
    groups: dict[str, list[PreparedTrial]] = {}
    for trial in trials:
        key = trial.structure if trial.reason is None else f"alone {trial.proposal.number}"
        groups.setdefault(key, []).append(trial)
    return list(groups.values())


def _unfinished(group: Group) -> list[PreparedTrial]:
    return [trial for trial in group if not trial.over]


def _batch(proposals: Iterator[Proposal], size: int) -> Iterator[Proposal]:
    """Pull to the end of a round, or up to the next multiple of `size` in the trials' numbers.

    A search that resumes thus ends the interrupted batch first, and asks the strategy for the
    next ones at the points where a search without interruption would.
    """
    for proposal in proposals:
        yield proposal
        if proposal.ends_round or (proposal.number + 1) % size == 0:
            return
