"""The trainer that trains proposals on a Ray cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tuneit.search.protocols import Observer
from tuneit.training.attempt import Attempt, TrialTimeout, answered
from tuneit.training.cluster.actors import Actor, ActorPool
from tuneit.training.cluster.messages import Files, Work
from tuneit.training.cluster.shared_study import SharedStudy
from tuneit.training.cluster.trial_files import read_files, trial_files, write_files
from tuneit.training.recipe import Recipe
from tuneit.training.workers.messages import Done, ExecutionKept, Question, Refused
from tuneit.training.workers.trainer import MOST_GROWTH
from tuneit.trials import Proposal, Trial

_ATTEMPTS = 3
"""Attempts that a trial gets at most, where actors or nodes die under it."""


class ClusterTrainer:
    """Trains proposals on the actors of a Ray cluster; implements `Trainer`.

    An actor gets the next proposal only when it is free and all trials that ended are recorded.
    Where `members` executions may train together, it gets a cohort at once, and trains it as
    `CohortTrainer` does; `trials`, the number of all trials, then leaves some for each actor. The
    data travel to a node once. Curves, models and checkpoints come back as bytes and are written
    into the recipe's folder, so nodes need no common disk. The same proposal gives the same curve
    as on this machine, as far as TensorFlow's results do not depend on the number of threads.

    Where an actor or its node dies, its trials go on elsewhere after the executions that had ended,
    with the causes in `facts.retried`; a trial fails at the third death. An actor that ends no
    epoch for `trial_timeout` seconds, or takes more than the pool's `max_memory`, is killed and
    counts as dead. A reason to prune takes effect
    at the end of the epoch or of the next one. The actors end with the training; those of a `lent`
    pool stay.

    Raises BuilderError where the builder is defined in a notebook or script.
    """

    def __init__(
        self,
        recipe: Recipe,
        pool: ActorPool,
        *,
        members: int = 1,
        trials: int | None = None,
        only_if_faster: bool = True,
        trial_timeout: float | None = None,
        lent: bool = False,
    ) -> None:
        self._recipe, self._pool, self._lent = recipe, pool, lent
        self._shared = SharedStudy.of(recipe, members, only_if_faster)
        self._batch = max(1, members // recipe.plan.executions)
        self._trials, self._timeout = trials, TrialTimeout(trial_timeout)
        self._again: deque[Attempt] = deque()

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective,
        CallbackError where the study's callbacks cannot be made for the first trial, and WorkError
        where the cluster cannot be joined or trains nothing.
        """
        try:
            yield from self._train(proposals, observer)
        except BaseException:
            # Also for Ctrl-C and where the iterator is closed: nobody takes these trials any more.
            self._pool.end()
            raise
        finally:
            if not self._lent:
                self._pool.close()

    def _train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        self._again.clear()
        shared = self._pool.put(self._shared)
        more = True
        while True:
            if more or self._again:
                self._pool.fill()
            for actor in self._pool.free():
                attempts, more = self._next(proposals, more)
                if attempts:
                    self._hand_out(actor, attempts, shared, observer)
            if not (more or self._again or self._pool.busy):
                return
            for trial in self._listen(observer):
                yield trial
                more = True  # the strategy may have waited for this trial to propose the next

    def _next(self, proposals: Iterator[Proposal], more: bool) -> tuple[list[Attempt], bool]:
        """Return the attempts for a free actor, and whether there may be more proposals."""
        if self._again:
            return [self._again.popleft()], more
        attempts: list[Attempt] = []
        while more and len(attempts) < self._share:
            proposal = next(proposals, None)
            if proposal is None:
                return attempts, False
            attempts.append(Attempt(proposal))
            if proposal.ends_round:
                break
        return attempts, more

    @property
    def _share(self) -> int:
        """Proposals that an actor gets at once."""
        if self._batch == 1 or self._trials is None:
            return self._batch
        return min(self._batch, -(-self._trials // len(self._pool.actors)))

    def _hand_out(
        self, actor: Actor, attempts: list[Attempt], shared: Any, observer: Observer
    ) -> None:
        for attempt in attempts:
            observer.started(replace(attempt.proposal, node=actor.node))
        proposals = tuple(attempt.proposal for attempt in attempts)
        folder = self._recipe.models.parent
        wanted = {p.number for p in proposals if p.ended}
        wanted |= {p.parent for p in proposals if p.parent is not None}
        paused = (f for f in trial_files(folder, wanted) if f.parent.name == "paused")
        work = Work(proposals, self._recipe.space, read_files(folder, paused))
        tasks = {attempt.proposal.number: attempt for attempt in attempts}
        actor.train(tasks, shared.hex(), shared, work)

    def _listen(self, observer: Observer) -> Iterator[Trial]:
        """Handle the messages that have arrived, and actors that died or hang."""
        for actor, heard in self._pool.listen(self._longest_wait):
            if isinstance(heard, str):
                yield from self._lost(actor, heard)
                continue
            answers: dict[int, Any] = {}
            for message in heard:
                if isinstance(message, Question):
                    answers[message.id] = answered(message.content, actor.tasks, observer)
                elif isinstance(message, Done):
                    yield self._finished(actor, message.trial)
                else:
                    self._note(actor, message, observer)
            if answers:
                actor.handle.answer.remote(answers)
            if actor.ready and not actor.tasks and actor.growth() > MOST_GROWTH:
                self._pool.remove(actor)
        self._pool.remove_unready()
        for actor in self._pool.busy:
            # This process may have been busy meanwhile, or have waited for its database.
            if self._timeout.is_over(actor.last_message) and not self._pool.has_news(actor):
                yield from self._lost(actor, self._timeout.cause)

    def _note(self, actor: Actor, message: Any, observer: Observer) -> None:
        if isinstance(message, Files):
            write_files(self._recipe.models.parent, message.contents)
        elif isinstance(message, ExecutionKept):
            observer.keep_execution(message.number, message.index, message.execution)
            actor.tasks[message.number].keep(message)
        elif isinstance(message, Refused):
            raise message.error

    def _finished(self, actor: Actor, trial: Trial) -> Trial:
        attempt = actor.tasks.pop(trial.number)
        self._recipe = self._recipe.with_late(trial)
        ended: Trial = attempt.ended(trial)
        return replace(ended, facts=replace(ended.facts, node=actor.node))

    def _lost(self, actor: Actor, cause: str) -> Iterator[Trial]:
        """Handle the attempts of an actor that died: repeat them, or yield failed trials."""
        where = f" ({actor.node})" if actor.node else ""
        attempts = list(actor.tasks.values())
        self._pool.remove_dead(actor, cause + where)
        for attempt in attempts:
            if len(attempt.causes) + 1 < _ATTEMPTS:
                self._again.append(attempt.after(cause + where))
            else:
                yield attempt.failed(cause + where, self._recipe.models)

    @property
    def _longest_wait(self) -> float | None:
        return self._timeout.wait(actor.last_message for actor in self._pool.busy)
