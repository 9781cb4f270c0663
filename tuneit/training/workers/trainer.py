"""The trainer that trains proposals side by side in worker processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tuneit.search.protocols import Observer
from tuneit.training.attempt import Attempt, TrialTimeout, answered
from tuneit.training.recipe import Recipe
from tuneit.training.resident_memory import MemoryLimit
from tuneit.training.workers.messages import (
    Answer,
    Done,
    ExecutionKept,
    Question,
    Ready,
    Refused,
    Train,
)
from tuneit.training.workers.pool import WorkerPool
from tuneit.training.workers.process import WorkerProcess
from tuneit.training.workers.shared_recipe import SharedRecipe
from tuneit.trials import Proposal, Trial

MOST_GROWTH = 2**30
"""Bytes that a worker may grow by after its first trial before a fresh one takes its place."""


class WorkerTrainer:
    """Trains `workers` proposals at a time, each in a process; implements `Trainer`.

    The next proposal is taken only when a worker is free and all trials that ended are recorded.
    The same proposal gives the same curve as in this process, as far as TensorFlow's results do not
    depend on the number of threads (those of small models on a CPU do not). The workers save the
    models that the observer keeps, in the recipe's `models`.

    A worker that dies is replaced, and its trial goes on after the executions that had ended, with
    the cause in `facts.retried`; the second time the trial fails. A worker that ends no epoch for
    `trial_timeout` seconds is killed and counts as dead; building before the first epoch and saving
    after the last count as parts of these (a training loop of the user's own that calls no
    callbacks counts as one epoch). A worker that takes more than `max_memory` bytes is killed too.
    A reason to prune takes effect at the end of the epoch, or of the next one where this process is
    busy.

    The processes end with the training; those of a given `pool` stay for the next training.
    Raises BuilderError where the builder is defined in a notebook or script.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        workers: int = 2,
        trial_timeout: float | None = None,
        max_memory: int | None = None,
        pool: WorkerPool | None = None,
    ) -> None:
        self._recipe = replace(recipe, models=recipe.models.absolute())
        self._shared = SharedRecipe.write(self._recipe)
        self._timeout, self._memory = TrialTimeout(trial_timeout), MemoryLimit(max_memory)
        self._lent = pool
        self._pool = pool or WorkerPool(workers)
        self._again: deque[Attempt] = deque()

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        """Yield each trial as it ends; failed ones are yielded, not raised.

        Raises ObjectiveError at the first epoch where the model does not report the objective,
        CallbackError where the study's callbacks cannot be made for the first trial, and WorkError
        where no worker can be started.
        """
        try:
            yield from self._train(proposals, observer)
        except BaseException:
            # Also for Ctrl-C and where the iterator is closed: nobody takes these trials any more.
            self._pool.kill()
            raise
        if self._lent is None:
            self._pool.close()

    def _train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        self._again.clear()
        more = True
        while True:
            if more or self._again:
                self._pool.fill()
            for worker in self._pool.free():
                attempt = self._again.popleft() if self._again else None
                if attempt is None and more:
                    proposal = next(proposals, None)
                    more = proposal is not None
                    attempt = None if proposal is None else Attempt(proposal)
                if attempt is not None:
                    observer.started(attempt.proposal)
                    worker.train(attempt, Train(attempt.proposal, self._recipe.space), self._shared)
            if not (more or self._again or self._pool.busy):
                return
            for trial in self._listen(observer):
                yield trial
                more = True  # the strategy may have waited for this trial to propose the next

    def _listen(self, observer: Observer) -> Iterator[Trial]:
        """Handle one message of each worker that has sent any, and workers that died or hang."""
        for worker in self._pool.wait_for_messages(self._longest_wait):
            message = worker.receive()
            if message is None:
                attempt, cause = worker.task, self._pool.remove_dead(worker)
                yield from self._lost(worker, attempt, cause)
            elif isinstance(message, Done):
                yield self._finished(worker, message)
            elif isinstance(message, Refused):
                raise message.error
            else:
                self._answer(worker, message, observer)
        self._pool.remove_unready()
        for worker in self._pool.busy:
            if (reason := self._reason_to_end(worker)) is not None:
                attempt = worker.task
                self._pool.remove(worker)
                yield from self._lost(worker, attempt, reason)

    def _reason_to_end(self, worker: WorkerProcess) -> str | None:
        """Say why a busy worker must be killed, as a clause; None where it may go on."""
        if worker.connection.poll():
            return None
        if self._timeout.is_over(worker.last_message):
            return self._timeout.cause
        excess = self._memory.excess(worker.pid)
        return None if excess is None else f"the worker {excess}"

    def _answer(self, worker: WorkerProcess, message: Any, observer: Observer) -> None:
        if isinstance(message, Ready):
            self._memory.check_start(message.rss)
            self._pool.started(worker)
        elif isinstance(message, Question):
            attempts = {worker.task.proposal.number: worker.task}
            worker.send(Answer(message.id, answered(message.content, attempts, observer)))
        elif isinstance(message, ExecutionKept):
            observer.keep_execution(message.number, message.index, message.execution)
            worker.task.keep(message)

    def _finished(self, worker: WorkerProcess, message: Done) -> Trial:
        attempt, worker.task = worker.task, None
        if worker.growth() > MOST_GROWTH:
            self._pool.retire(worker)
        trial = message.trial
        self._recipe = self._recipe.with_late(trial)
        ended: Trial = attempt.ended(trial)
        return ended

    def _lost(self, worker: WorkerProcess, attempt: Attempt | None, cause: str) -> Iterator[Trial]:
        """Handle an attempt whose worker died: repeat it once, then yield a failed trial."""
        for unfinished in self._recipe.models.glob(f".{worker.pid}.*"):
            unfinished.unlink(missing_ok=True)
        if attempt is None:
            return
        if not attempt.causes:
            self._again.append(attempt.after(cause))
        else:
            yield attempt.failed(cause, self._recipe.models)

    @property
    def _longest_wait(self) -> float | None:
        silence = self._timeout.wait(worker.last_message for worker in self._pool.busy)
        waits = (silence, self._memory.wait if self._pool.busy else None)
        return min((wait for wait in waits if wait is not None), default=None)
