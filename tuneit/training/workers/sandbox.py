"""Builds models in another process, because a builder may end or block the process."""

from __future__ import annotations

import time
from functools import cached_property

from tuneit.space import Params, SearchSpace
from tuneit.training.builders.build import Build
from tuneit.training.builders.builder import Builder
from tuneit.training.builders.location import BuilderLocation
from tuneit.training.resident_memory import MemoryLimit
from tuneit.training.workers.messages import BuildRequest, BuildResult, Ready, Refused
from tuneit.training.workers.pool import WorkerPool
from tuneit.training.workers.process import WorkerProcess

_SECONDS_TO_BUILD = 60.0
"""For one model, where the study sets no `trial_timeout`."""


class Sandbox:
    """Builds models in a worker of a `pool`, which starts when it is first needed.

    A `BuildInSandbox`. A build that ends its process, or takes longer than `limit` seconds or more
    than `max_memory` bytes, returns None; the next build gets a new process.
    """

    def __init__(
        self,
        builder: Builder,
        pool: WorkerPool,
        limit: float | None = None,
        max_memory: int | None = None,
    ) -> None:
        self._builder, self._pool = builder, pool
        self._limit = _SECONDS_TO_BUILD if limit is None else limit
        self._memory = MemoryLimit(max_memory)

    @cached_property
    def _source(self) -> BuilderLocation:
        return BuilderLocation.of(self._builder)

    def __call__(self, params: Params, known: SearchSpace) -> Build | None:
        """Return the record of a build; None where it ended its process or took too long.

        Raises SpaceError as the builder does; BuilderError where a worker cannot load it, WorkError
        where no worker can be started.
        """
        source, worker = self._source, self._worker()
        worker.begin(params)
        worker.send(BuildRequest(source, params, known))
        if not self._answers(worker):
            self._pool.remove(worker)
            return None
        message = worker.receive()
        worker.task = None
        if isinstance(message, Refused):
            raise message.error
        if isinstance(message, BuildResult):
            return message.build
        self._pool.remove_dead(worker)
        return None

    def _answers(self, worker: WorkerProcess) -> bool:
        """Wait for a message; False where the build takes too long or too much memory."""
        deadline = time.monotonic() + self._limit
        while (left := deadline - time.monotonic()) > 0:
            if self._pool.wait_for_messages(min(left, self._memory.wait or left)):
                return True
            if self._memory.excess(worker.pid):
                return False
        return False

    def _worker(self) -> WorkerProcess:
        while True:
            self._pool.fill()
            for worker in self._pool.free():
                return worker
            for worker in self._pool.wait_for_messages(None):
                message = worker.receive()
                if isinstance(message, Ready):
                    self._memory.check_start(message.rss)
                    self._pool.started(worker)
                else:
                    self._pool.remove_dead(worker)
            self._pool.remove_unready()
