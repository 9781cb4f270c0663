"""What a trial in another process asks and hears, without that process."""

from __future__ import annotations

import threading

import pytest

from tuneit.training.cluster.outbox import Outbox
from tuneit.training.workers import remote_observer
from tuneit.training.workers.messages import EpochEnded, Question
from tuneit.training.workers.remote_observer import Answers, RemoteObserver
from tuneit.trials import Proposal


def test_a_late_reason_takes_effect_at_the_next_epoch_of_its_own_trial() -> None:
    outbox, answers = Outbox(), Answers()
    observer = RemoteObserver(outbox.put, answers)
    assert observer.epoch(3, 1, {"loss": 1.0}) is None
    assert observer.epoch(4, 1, {"loss": 2.0}) is None
    first, second = outbox.fetch(1.0)
    assert first == Question(first.id, EpochEnded(3, 1, {"loss": 1.0}))
    answers.put({second.id: "poor", first.id: None})
    assert observer.epoch(3, 2, {"loss": 1.0}) is None
    assert observer.epoch(4, 2, {"loss": 2.0}) == "poor"


def test_a_late_reason_is_not_for_the_next_trial_of_that_number() -> None:
    outbox, answers = Outbox(), Answers()
    observer = RemoteObserver(outbox.put, answers)
    assert observer.epoch(3, 1, {"loss": 1.0}) is None
    [first] = outbox.fetch(1.0)
    observer.started(Proposal(3, {}, seed=0))
    answers.put({first.id: "poor"})
    assert observer.epoch(3, 1, {"loss": 1.0}) is None


@pytest.mark.parametrize("early", [True, False], ids=["arrived", "on its way"])
def test_nothing_is_kept_of_a_trial_that_ended(early: bool) -> None:
    outbox, answers = Outbox(), Answers()
    observer = RemoteObserver(outbox.put, answers)
    observer.started(Proposal(3, {}, seed=0))
    observer.epoch(3, 1, {"loss": 1.0})
    [asked] = outbox.fetch(1.0)
    assert isinstance(asked, Question)
    for step in (answers.put, observer.ended) if early else (observer.ended, answers.put):
        step({asked.id: "poor"} if step == answers.put else 3)  # type: ignore[arg-type]
    kept = [*vars(observer).values(), *vars(answers).values()]
    assert not any(value for value in kept if isinstance(value, (dict, set)))


def test_a_trial_is_never_more_than_an_epoch_ahead_of_the_answers() -> None:
    outbox, answers = Outbox(), Answers()
    observer = RemoteObserver(outbox.put, answers)
    reasons: list[str | None] = []

    def train() -> None:
        reasons.extend(observer.epoch(0, epoch, {}) for epoch in (1, 2))

    trial = threading.Thread(target=train)
    trial.start()
    [first] = outbox.fetch(5.0)
    assert outbox.fetch(0.05) == []  # it waits
    answers.put({first.id: None})
    [second] = outbox.fetch(5.0)
    answers.put({second.id: "poor"})
    trial.join(5.0)
    assert reasons[0] is None


def test_from_its_beginning_a_trial_waits_a_share_of_its_epochs_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote_observer, "_PATIENCE", 1e6)
    outbox, answers = Outbox(), Answers()
    observer = RemoteObserver(outbox.put, answers)
    reasons: list[str | None] = []

    def train() -> None:
        observer.started(Proposal(0, {}, seed=0))
        reasons.append(observer.epoch(0, 1, {}))

    trial = threading.Thread(target=train)
    trial.start()
    [first] = outbox.fetch(5.0)
    answers.put({first.id: "poor"})
    trial.join(5.0)
    assert reasons == ["poor"]


def test_whether_to_save_a_model_is_waited_for() -> None:
    outbox, answers = Outbox(), Answers()
    observer = RemoteObserver(outbox.put, answers)
    kept: list[bool] = []
    trial = threading.Thread(target=lambda: kept.append(observer.keeps(0.5)))
    trial.start()
    [question] = outbox.fetch(5.0)
    answers.put({question.id: True})
    trial.join(5.0)
    assert kept == [True]
