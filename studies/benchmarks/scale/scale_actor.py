"""An actor that sleeps instead of training; it answers as `TrainingActor` does."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.training.cluster.actors import ActorPool
from tuneit.training.cluster.messages import Free, Joined, Work
from tuneit.training.cluster.outbox import Outbox
from tuneit.training.workers.messages import Done
from tuneit.training.workers.remote_observer import Answers, RemoteObserver
from tuneit.trials import Proposal, Trial, TrialState


class SleepingActor:
    """Sleeps `seconds` for each proposal, reports two epochs, and asks about its model."""

    seconds = 1.0

    def __init__(self, threads: int, max_memory: int | None = None) -> None:
        import ray

        self._outbox, self._answers = Outbox(), Answers()
        self._inbox: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._outbox.put(Joined(ray.get_runtime_context().get_node_id()))
        threading.Thread(target=self._serve, daemon=True).start()

    def fetch(self, patience: float) -> list[Any]:
        return self._outbox.fetch(patience)

    def answer(self, answers: dict[int, Any]) -> None:
        self._answers.put(answers)

    def train(self, study: str, shared: Any, work: Work) -> None:
        self._inbox.put(work)

    def _serve(self) -> None:
        observer = RemoteObserver(self._outbox.put, self._answers)
        while True:
            for proposal in self._inbox.get().proposals:
                self._outbox.put(Done(slept(proposal, observer, self.seconds), None))
            self._outbox.put(Free(None))


def slept(proposal: Proposal, observer: Any, seconds: float) -> Trial:
    """A trial that took `seconds` and trained nothing; its score is that of its parameters."""
    score = sum(float(value) ** 2 for value in proposal.params.values())
    rows = [{"val_loss": score + 1.0}, {"val_loss": score}]
    for epoch, row in enumerate(rows, start=1):
        time.sleep(seconds / 2)
        observer.epoch(proposal.number, epoch, row)
    observer.keeps(score)
    return Trial(
        number=proposal.number,
        params=proposal.params,
        state=TrialState.COMPLETE,
        seed=proposal.seed,
        score=score,
        scores=(score,),
        curve=LearningCurve.from_epochs(rows),
        best_epoch=2,
        duration_s=seconds,
        memory=proposal.memory,
    )


class SleepingPool(ActorPool):
    """Actors that sleep; they need no CPU of their own."""

    def __init__(self, seconds: float, *given: Any) -> None:
        super().__init__(*given)
        self._class = type("SleepingActor", (SleepingActor,), {"seconds": seconds})

    def put(self, value: Any) -> Any:
        return self.ray.put(None)  # reading the study would load TensorFlow in each process

    def actor_class(self) -> type:
        return self._class
