"""A fixed number of warm worker processes, each replaced when it dies."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from types import TracebackType

from tuneit.errors import InputError, WorkError
from tuneit.training.machine import available_cores
from tuneit.training.workers.process import WorkerProcess

_SECONDS_TO_START = 300.0
_SECONDS_TO_STOP = 5.0

_FALSE_STARTS = 3
"""Workers in a row that may die before they are ready; then no worker can be started."""


class WorkerPool:
    """`size` worker processes, which start when they are first needed.

    Each gets cores // size threads, at least one, and the GPUs in turn, where there are any. As a
    context manager it ends them.
    """

    def __init__(self, size: int) -> None:
        if sys.platform == "win32":
            raise InputError(
                "worker processes need Linux or macOS (on Windows, WSL2); use workers: 1"
            )
        self.size = size
        self._workers: list[WorkerProcess] = []
        self._false_starts = 0

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.kill()

    @property
    def workers(self) -> tuple[WorkerProcess, ...]:
        """The workers that are alive."""
        return tuple(self._workers)

    @property
    def busy(self) -> tuple[WorkerProcess, ...]:
        """The workers that train."""
        return tuple(w for w in self._workers if w.task is not None)

    def fill(self) -> None:
        """Start workers until there are `size` of them."""
        taken = {worker.slot for worker in self._workers}
        for slot in sorted(set(range(self.size)) - taken):
            self._workers.append(WorkerProcess(slot, threads_each(self.size)))

    def free(self) -> Iterator[WorkerProcess]:
        """The workers that are ready for a trial."""
        return (w for w in self.workers if w.ready and w.task is None)

    def wait_for_messages(self, timeout: float | None) -> list[WorkerProcess]:
        """Wait, up to `timeout` seconds, for messages; return the workers that have sent one."""
        now = time.monotonic()
        by_connection = {worker.connection: worker for worker in self._workers}
        waits = [w.last_message + _SECONDS_TO_START - now for w in self._workers if not w.started]
        waits += [] if timeout is None else [timeout]
        ready = wait(by_connection, max(min(waits), 0.0) if waits else None)
        return [worker for connection, worker in by_connection.items() if connection in ready]

    def started(self, worker: WorkerProcess) -> None:
        """Note that a worker became ready."""
        self._false_starts = 0

    def remove_dead(self, worker: WorkerProcess) -> str:
        """Remove a worker that died; return why it did, as a clause.

        Raises WorkError where workers keep dying before they are ready.
        """
        cause = worker.cause_of_death()
        self.remove(worker)
        if not worker.started:
            self._count_false_start(cause)
        return cause

    def remove_unready(self) -> None:
        """Remove workers that do not get ready in time; raise WorkError after three in a row."""
        for worker in self.workers:
            waited = time.monotonic() - worker.last_message
            if not worker.started and waited > _SECONDS_TO_START:
                self.remove(worker)
                self._count_false_start(f"one was not ready after {waited:.0f} s")

    def _count_false_start(self, cause: str) -> None:
        self._false_starts += 1
        if self._false_starts == _FALSE_STARTS:
            raise WorkError(f"worker processes cannot be started: {cause}; train with workers: 1")

    def remove(self, worker: WorkerProcess) -> None:
        """Kill a worker."""
        self._workers.remove(worker)
        worker.kill()

    def retire(self, worker: WorkerProcess) -> None:
        """Ask an idle worker to end, and wait for it."""
        self._workers.remove(worker)
        worker.stop()
        worker.leave(time.monotonic() + _SECONDS_TO_STOP)

    def close(self) -> None:
        """End all workers: idle ones are asked to end, the others are killed."""
        idle = [worker for worker in self._workers if worker.ready]
        for worker in idle:
            worker.stop()
        deadline = time.monotonic() + _SECONDS_TO_STOP
        while self._workers:
            worker = self._workers.pop()
            if worker in idle:
                worker.leave(deadline)
            else:
                worker.kill()

    def kill(self) -> None:
        """End all workers at once."""
        while self._workers:
            self._workers.pop().kill()


def threads_each(workers: int) -> int:
    """Threads of each worker: an equal share of the cores, at least one."""
    return max(1, available_cores() // workers)
