"""The observer of a trial in another process: it sends questions, and waits for their answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tuneit.training.workers.messages import (
    EpochEnded,
    ExecutionEnded,
    ExecutionKept,
    Question,
    SaveRequest,
)
from tuneit.trials import EndedExecution, Proposal

_PATIENCE = 0.05
"""Share of an epoch's time that a trial waits for the trainer's answer, then it trains on."""


class Answers:
    """The trainer's answers, by the question's number."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._values: dict[int, Any] = {}
        self._unwanted: set[int] = set()

    def put(self, answers: Mapping[int, Any]) -> None:
        """Add answers."""
        with self._arrived:
            self._values.update((q, a) for q, a in answers.items() if q not in self._unwanted)
            self._unwanted -= answers.keys()
            self._arrived.notify_all()

    def drop(self, question: int) -> None:
        """Let go of an answer that nobody waits for, now or when it arrives."""
        with self._arrived:
            if question in self._values:
                del self._values[question]
            else:
                self._unwanted.add(question)

    def take(self, question: int, patience: float | None = None) -> Any:
        """Remove and return an answer; wait for it, with `patience` seconds at most.

        Raises TimeoutError where it has not arrived by then.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: question in self._values, patience):
                raise TimeoutError
            return self._values.pop(question)


class RemoteObserver:
    """The trainer's observer, as trials in another process see it.

    `send` sends a message to the trainer; `send_files` sends what a trial has written, where the
    trainer cannot read it. A trial waits for an epoch's answer only for a moment, and until the
    next epoch at most: a reason to prune takes effect after that epoch or the next one.
    """

    def __init__(
        self,
        send: Callable[[Any], None],
        answers: Answers,
        send_files: Callable[[int], None] = lambda number: None,
    ) -> None:
        self._send, self._answers, self._send_files = send, answers, send_files
        self._asked = 0
        self._open: dict[int, int] = {}
        self._since: dict[int, float] = {}

    def started(self, proposal: Proposal) -> None:
        """Note when the trial begins; the trainer has told its observer.

        An answer that is still open is for an earlier attempt, or another study's trial of that
        number.
        """
        self.ended(proposal.number)
        self._since[proposal.number] = time.perf_counter()

    def ended(self, number: int) -> None:
        """Forget a trial: the answer to its last epoch may still be open."""
        self._since.pop(number, None)
        if number in self._open:
            self._answers.drop(self._open.pop(number))

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        """Report an epoch; return a reason to prune if one has arrived."""
        now = time.perf_counter()
        took = now - self._since.get(number, now)
        reason: str | None = None
        if number in self._open:
            reason = self._answers.take(self._open.pop(number))
        question = self._ask(EpochEnded(number, epoch, dict(logs)))
        if reason is None:
            try:
                reason = self._answers.take(question, _PATIENCE * took)
            except TimeoutError:
                self._open[number] = question
        self._since[number] = time.perf_counter()
        return reason

    def execution(self, number: int, scores: Sequence[float]) -> str | None:
        """Report an execution; return a reason to train no more of them, or None."""
        reason: str | None = self._answers.take(self._ask(ExecutionEnded(number, tuple(scores))))
        return reason

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        """Let the trainer keep an execution, with its weights."""
        self._send_files(number)
        self._send(ExecutionKept(number, index, execution))

    def keeps(self, score: float) -> bool:
        """Ask the trainer whether to save the model."""
        return bool(self._answers.take(self._ask(SaveRequest(score))))

    def _ask(self, content: EpochEnded | ExecutionEnded | SaveRequest) -> int:
        self._asked += 1
        self._send(Question(self._asked, content))
        return self._asked
