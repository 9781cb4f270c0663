"""The code of an actor: it trains what the trainer sends, on the node where Ray has placed it."""

from __future__ import annotations

import os
import queue
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import TuneitError
from tuneit.training.cluster.messages import Broken, Files, Free, Joined, Work
from tuneit.training.cluster.outbox import Outbox
from tuneit.training.cluster.trial_files import NewFiles, write_files
from tuneit.training.resident_memory import LOOK_EVERY, MemoryLimit, resident_bytes
from tuneit.training.workers.messages import Done, Pulse, Refused
from tuneit.training.workers.remote_observer import Answers, RemoteObserver
from tuneit.trials import Trial

if TYPE_CHECKING:
    from tuneit.training.cluster.shared_study import SharedStudy
    from tuneit.training.cohort.trainer import CohortTrainer
    from tuneit.training.recipe import Recipe


class TrainingActor:
    """Trains proposals in a thread of its own, one batch after another.

    Ray calls the methods in other threads: `fetch` returns the messages of the training, `answer`
    brings answers to its questions. All training happens in one thread, since Keras keeps part of
    its state by thread. TensorFlow is imported once, limited to `threads`, and to the GPUs that
    Ray has given the actor. Where the process takes more than `max_memory` bytes it says so, and
    the trainer ends it.
    """

    def __init__(self, threads: int, max_memory: int | None = None) -> None:
        import ray

        from tuneit.training.workers.child import prepare_tensorflow

        prepare_tensorflow(0, threads)
        self._travelled = Path.cwd()
        self._outbox, self._answers, self._files = Outbox(), Answers(), NewFiles(Path())
        # One for all trials: no question has the number of one whose answer is late.
        self._observer = RemoteObserver(self._outbox.put, self._answers, self._send_files)
        self._inbox: queue.SimpleQueue[tuple[str, SharedStudy, Work]] = queue.SimpleQueue()
        self._study = ""
        self._recipe: Recipe | None = None
        self._trainer: CohortTrainer | None = None
        self._outbox.put(Joined(ray.get_runtime_context().get_node_id()))
        memory = MemoryLimit(max_memory)
        try:
            memory.check_start(resident_bytes(os.getpid()))
        except TuneitError as error:
            self._outbox.put(Refused(error))
            return
        threading.Thread(target=self._serve, daemon=True).start()
        if max_memory is not None:
            threading.Thread(target=self._watch, args=(memory,), daemon=True).start()

    def fetch(self, patience: float) -> list[Any]:
        """Return the messages so far; wait up to `patience` seconds for the first one."""
        return self._outbox.fetch(patience)

    def answer(self, answers: dict[int, Any]) -> None:
        """Take answers, by the number of their question."""
        self._answers.put(answers)

    def train(self, study: str, shared: SharedStudy, work: Work) -> None:
        """Begin to train proposals; `study` names the shared values, which it loads once."""
        self._inbox.put((study, shared, work))

    def _serve(self) -> None:
        from tuneit.training.fitting.session import short_collections

        with tempfile.TemporaryDirectory(prefix="tuneit-") as scratch, short_collections():
            folder = Path(scratch)
            while True:
                study, shared, work = self._inbox.get()
                try:
                    self._train(study, shared, work, folder)
                except TuneitError as error:
                    self._outbox.put(Refused(error))
                except SystemExit as error:  # as a process of its own would end
                    os._exit(error.code if isinstance(error.code, int) else 1)
                except BaseException:
                    self._outbox.put(Broken(traceback.format_exc(limit=-1).strip()))
                    return

    def _watch(self, memory: MemoryLimit) -> None:
        """Say once that this process takes too much memory."""
        while (excess := memory.excess(os.getpid())) is None:
            time.sleep(LOOK_EVERY)
        self._outbox.put(Broken(f"it {excess}"))

    def _train(self, study: str, shared: SharedStudy, work: Work, folder: Path) -> None:
        from tuneit.training.user_code.process_exit import end_forked_children

        recipe = self._recipe
        if recipe is None or study != self._study:
            recipe = shared.recipe(folder, self._travelled, work.space)
        elif recipe.space != work.space:
            recipe = replace(recipe, space=work.space)
        if recipe is not self._recipe:
            self._recipe, self._study = recipe, study
            self._trainer = _cohorts(recipe, shared) if shared.members > 1 else None
        self._files = NewFiles(folder)
        write_files(folder, work.files)
        parents = (p.parent for p in work.proposals if p.parent is not None)
        self._files.note({*(p.number for p in work.proposals), *parents})
        with end_forked_children():
            for trial in self._trained(recipe, work):
                self._send_files(trial.number)
                self._observer.ended(trial.number)
                self._outbox.put(Done(trial, None))
        self._files.forget()
        self._outbox.put(Free(resident_bytes(os.getpid())))

    def _send_files(self, number: int) -> None:
        """Send what a trial has written since the last time."""
        if new := self._files.of(number):
            self._outbox.put(Files(new))

    def _trained(self, recipe: Recipe, work: Work) -> Iterator[Trial]:
        from tuneit.training.fitting.execution import train_proposal

        if self._trainer is not None:
            yield from self._trainer.train(iter(work.proposals), self._observer)
            return
        for proposal in work.proposals:
            self._observer.started(proposal)
            trial = train_proposal(
                recipe, proposal, self._observer, pulse=lambda: self._outbox.put(Pulse())
            )
            recipe = recipe.with_late(trial)
            yield trial


def _cohorts(recipe: Recipe, shared: SharedStudy) -> CohortTrainer:
    from tuneit.training.cohort.trainer import CohortTrainer

    return CohortTrainer(recipe, shared.members, only_if_faster=shared.only_if_faster)
