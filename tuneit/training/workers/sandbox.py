"""A process to build models in under values that may be fatal to it."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType

from tuneit.space import Params, SearchSpace
from tuneit.training.builders.build import Build
from tuneit.training.builders.builder import Builder
from tuneit.training.builders.location import BuilderSource
from tuneit.training.workers.messages import Ready, Refused, Tried, Try
from tuneit.training.workers.pool import WorkerPool
from tuneit.training.workers.process import WorkerProcess

_SECONDS_TO_BUILD = 60.0
"""For one model, where the study sets no `trial_timeout`."""


class Sandbox:
    """Builds models in one worker, which starts when it is first needed; a `BuildApart`.

    A build that ends its process, or takes longer than `limit` seconds, costs that process alone:
    the next one gets another. As a context manager it ends the last.
    """

    def __init__(self, builder: Builder, limit: float | None = None) -> None:
        self._builder = builder
        self._limit = _SECONDS_TO_BUILD if limit is None else limit
        self._pool = WorkerPool(1)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Nothing in it is worth waiting for.
        self._pool.kill()

    @cached_property
    def _source(self) -> BuilderSource:
        return BuilderSource.of(self._builder)

    def __call__(self, params: Params, known: SearchSpace) -> Build | None:
        """Return what the builder asked for; None where it ended its process, or hung.

        Raises SpaceError as the builder does; BuilderError where a worker cannot load it, WorkError
        where no worker can be started.
        """
        source, worker = self._source, self._worker()
        worker.begin(params)
        worker.send(Try(source, params, known))
        if not self._pool.heard(self._limit):
            self._pool.remove(worker)
            return None
        message = worker.receive()
        worker.task = None
        if isinstance(message, Refused):
            raise message.error
        if isinstance(message, Tried):
            return message.build
        self._pool.bury(worker)
        return None

    def _worker(self) -> WorkerProcess:
        while True:
            self._pool.fill()
            for worker in self._pool.free():
                return worker
            for worker in self._pool.heard(None):
                if isinstance(worker.receive(), Ready):
                    self._pool.started(worker)
                else:
                    self._pool.bury(worker)
            self._pool.give_up_waiting()
