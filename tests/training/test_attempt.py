"""Attempts at a trial in processes that may die."""

from __future__ import annotations

from training_models import a_proposal

from tuneit.curves import LearningCurve
from tuneit.training.attempt import Attempt
from tuneit.training.workers.messages import ExecutionKept
from tuneit.trials import EndedExecution


def test_a_second_attempt_begins_after_the_executions_that_had_ended() -> None:
    curve = LearningCurve.from_history({"val_loss": [1.0]})
    first, second = EndedExecution(1.0, curve), EndedExecution(2.0, curve)
    attempt = Attempt(a_proposal(3))
    attempt.keep(ExecutionKept(3, 0, first))
    attempt.keep(ExecutionKept(3, 1, second))
    assert attempt.proposal.ended == (first, second)
    assert attempt.proposal.seeds == a_proposal(3).seeds
