"""The actors of a search: started as the cluster has room for them, each replaced when it dies."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tuneit.errors import WorkError
from tuneit.study import ClusterSpec
from tuneit.training.cluster.connection import joined, node_names, places
from tuneit.training.cluster.messages import Broken, Free, Joined, Work
from tuneit.training.workers.messages import Refused

_SECONDS_TO_START = 300.0
_FALSE_STARTS = 3
"""Actors in a row that may die before they are ready; then none can be started."""

_FETCH_SECONDS = 10.0
"""A request for messages is answered after this time, also where there are none."""


@dataclass(eq=False)
class Actor:
    """An actor as the trainer sees it.

    `handle` is Ray's, `pending` the request for its next messages. `tasks` are the attempts that
    it trains, by the trial's number; `last_message` is the monotonic time of its last message.
    """

    handle: Any
    pending: Any
    tasks: dict[int, Any] = field(default_factory=dict)
    started: bool = False
    ready: bool = False
    node_id: str | None = None
    node: str | None = None
    last_message: float = field(default_factory=time.monotonic)
    first_rss: int | None = None
    rss: int | None = None

    def growth(self) -> int:
        """Bytes by which it has grown since its first trials; 0 where that is not known."""
        return (self.rss or 0) - (self.first_rss or self.rss or 0)

    def train(self, tasks: dict[int, Any], study: str, shared: Any, work: Work) -> None:
        """Send it proposals; `tasks` is what `self.tasks` is until they end."""
        self.tasks, self.ready = dict(tasks), False
        self.last_message = time.monotonic()
        self.handle.train.remote(study, shared, work)

    def heard(self, messages: list[Any]) -> None:
        """Note messages, and what they say about the actor."""
        if messages:
            self.last_message = time.monotonic()
        for message in messages:
            if isinstance(message, (Joined, Free, Refused)):
                self.started = self.ready = True
            if isinstance(message, Free):
                self.rss = message.rss
                self.first_rss = self.first_rss or message.rss


class ActorPool:
    """Up to `most` actors on a cluster, or as many as fit; as a context manager it ends them.

    The cluster is joined when the first actor is needed. `root` is the folder whose Python files
    travel to the nodes. An actor may take `max_memory` bytes.
    """

    def __init__(
        self,
        spec: ClusterSpec,
        root: Path | None = None,
        most: int | None = None,
        max_memory: int | None = None,
    ) -> None:
        self.spec, self._root, self._most, self._max_memory = spec, root, most, max_memory
        self.actors: list[Actor] = []
        self._ray: Any = None
        self._joined: Any = None
        self._false_starts = 0

    def __enter__(self) -> ActorPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ray(self) -> Any:
        """Ray, joined to the cluster."""
        if self._ray is None:
            self._joined = joined(self.spec, self._root)
            self._ray = self._joined.__enter__()
        return self._ray

    @property
    def size(self) -> int:
        """The number of actors that there should be."""
        room = places(self.ray, self.spec)
        return room if self._most is None else min(room, self._most)

    @property
    def busy(self) -> list[Actor]:
        """The actors that train."""
        return [actor for actor in self.actors if actor.tasks]

    def free(self) -> Iterator[Actor]:
        """The actors that are ready for proposals."""
        return (actor for actor in list(self.actors) if actor.ready and not actor.tasks)

    def put(self, value: Any) -> Any:
        """Store a value in the cluster, from where each node fetches it once."""
        return self.ray.put(value)

    def actor_class(self) -> type:
        """The class whose code an actor runs on its node."""
        from tuneit.training.cluster.actor import TrainingActor

        return TrainingActor

    def fill(self) -> None:
        """Start actors until there are `size` of them."""
        if self._most is not None and len(self.actors) >= self._most:
            return  # without asking the cluster again after each message
        wanted = self.spec.resources
        missing = self.size - len(self.actors)
        for _ in range(missing):
            made = self.ray.remote(self.actor_class()).options(
                num_cpus=wanted.cpus,
                num_gpus=wanted.gpus or None,
                max_concurrency=4,
                max_restarts=0,
            )
            handle = made.remote(max(1, int(wanted.cpus)), self._max_memory)
            self.actors.append(Actor(handle, handle.fetch.remote(_FETCH_SECONDS)))

    def listen(self, timeout: float | None) -> Iterator[tuple[Actor, list[Any] | str]]:
        """Wait, up to `timeout` seconds, for messages; yield each actor's, or why it died."""
        by_request = {actor.pending: actor for actor in self.actors}
        requests = list(by_request)
        first, _ = self.ray.wait(requests, timeout=timeout)
        if first:
            first, _ = self.ray.wait(requests, num_returns=len(requests), timeout=0)
        for request in first:
            actor = by_request[request]
            try:
                messages: list[Any] = self.ray.get(request)
            except self.ray.exceptions.RayError as error:
                yield actor, self._cause(actor, error)
                continue
            actor.pending = actor.handle.fetch.remote(_FETCH_SECONDS)
            actor.heard(messages)
            for message in messages:
                if isinstance(message, Joined):
                    self._false_starts = 0
                    actor.node_id = message.node
                    actor.node = node_names(self.ray).get(message.node)
            broken = next((m.cause for m in messages if isinstance(m, Broken)), None)
            yield actor, messages if broken is None else f"the actor failed: {broken}"

    def has_news(self, actor: Actor) -> bool:
        """Whether messages of the actor have arrived, which `listen` yields next."""
        return bool(self.ray.wait([actor.pending], timeout=0)[0])

    def remove_dead(self, actor: Actor, cause: str) -> None:
        """Remove an actor that died.

        Raises WorkError where three in a row have died before they were ready.
        """
        self.remove(actor)
        if not actor.started:
            self._false_starts += 1
            if self._false_starts == _FALSE_STARTS:
                raise WorkError(
                    f"no trial can be trained on the cluster: {cause}; every node needs tuneit "
                    "and TensorFlow in the same versions as here"
                )

    def remove_unready(self) -> None:
        """Remove actors that do not get ready in time, where there are no others.

        While some train, the others may wait for room that other programs take.
        """
        if any(actor.started for actor in self.actors):
            return
        for actor in list(self.actors):
            waited = time.monotonic() - actor.last_message
            if waited > _SECONDS_TO_START:
                free, all_cpus = (
                    resources.get("CPU", 0.0)
                    for resources in (self.ray.available_resources(), self.ray.cluster_resources())
                )
                self.remove_dead(
                    actor,
                    f"no actor was ready after {waited:.0f} s, {free:g} of its {all_cpus:g} CPUs "
                    "are free (do other programs use them?)",
                )

    def remove(self, actor: Actor) -> None:
        """End an actor at once."""
        self.actors.remove(actor)
        self.ray.kill(actor.handle)

    def end(self) -> None:
        """End all actors at once."""
        while self.actors:
            self.remove(self.actors[-1])

    def close(self) -> None:
        """End all actors, and leave the cluster."""
        if self._ray is None:
            return
        self.end()
        self._ray = None
        self._joined.__exit__(None, None, None)

    def _cause(self, actor: Actor, error: Exception) -> str:
        """Say why an actor died, as a clause."""
        if isinstance(error, self.ray.exceptions.RayTaskError):
            return f"an actor cannot start: {' '.join(str(error.cause).split())[:200]}"
        if actor.node_id is not None and actor.node_id not in node_names(self.ray):
            return "the node died that trained it"
        return f"the actor died that trained it{_as_ray_tells(error)}"


def _as_ray_tells(error: Exception) -> str:
    """What Ray says about the end of an actor's process, as the rest of a clause; "" if nothing."""
    said = " ".join(str(error).split())
    found = re.search(r"exit detail: (.+?)( There are some potential|$)", said)
    if found is None:
        found = re.search(r"(memory pressure|running low on memory|running out of memory)", said)
    return f": {found[1].rstrip('.')[:200]}" if found else ""
