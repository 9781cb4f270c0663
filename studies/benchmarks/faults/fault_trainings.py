"""Kills parts of searches with real trainings: workers, actors, nodes, the search, all of it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
from fault_study import FaultStudy, quiet_search
from postgresql_server import PostgreSQL

TPE = "{name: optuna, sampler: tpe}"


@dataclass(frozen=True)
class Place:
    """Where a search trains: its name, the options of `tuneit search`, and what can be killed."""

    name: str
    options: tuple[str, ...]
    strategy: str
    kinds: tuple[str, ...]
    share: float
    """Of all kills."""


PLACES = (
    Place("one process", (), TPE, ("search",), 0.2),
    Place("two workers", ("--workers", "2"), "random", ("worker", "search", "all"), 0.4),
    Place("Ray", ("--cluster", "auto"), "random", ("actor", "node", "search", "all"), 0.4),
)


class Nodes:
    """A Ray cluster of two nodes with a core each, in this process."""

    def __init__(self) -> None:
        from tuneit.training.cluster.connection import load_ray

        # Ray lets actors wait for all else on the machine, which this one may be busy with.
        os.environ.setdefault("RAY_worker_niceness", "0")
        load_ray()
        from ray.cluster_utils import Cluster

        self._size = {"num_cpus": 1, "object_store_memory": 10**8}
        head = {**self._size, "include_dashboard": False}
        self.cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        self._second = self.cluster.add_node(**self._size)
        self.cluster.wait_for_nodes()
        os.environ["RAY_ADDRESS"] = self.cluster.address

    def actors(self) -> list[int]:
        """The process ids of the actors."""
        raylets = [n.all_processes["raylet"][0].process.pid for n in self.cluster.list_all_nodes()]
        below = [one for pid in raylets for one in psutil.Process(pid).children(recursive=True)]
        return [one.pid for one in below if "ray::Training" in _command(one)]

    def kill_node(self) -> None:
        """Kill the node that is not the head, and start another one."""
        self.cluster.remove_node(self._second, allow_graceful=False)
        self._second = self.cluster.add_node(**self._size)


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _below(search: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(search).children(recursive=True)
    return []


def kill(kind: str, search: int, nodes: Callable[[], Nodes], rng: random.Random) -> bool:
    """Kill a part of the search with this process id; False where there is no such part now."""
    workers = [p.pid for p in _below(search) if "training.workers.child" in _command(p)]
    victims = {
        "search": lambda: [search],
        "worker": lambda: workers and [rng.choice(workers)],
        "actor": lambda: (found := nodes().actors()) and [rng.choice(found)],
        "all": lambda: [search, *(p.pid for p in _below(search))],
        "node": lambda: [],
    }[kind]()
    if kind == "node":
        nodes().kill_node()
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(victims) or kind == "node"


def run(
    place: Place, study: FaultStudy, kills: int, nodes: Callable[[], Nodes], rng: random.Random
) -> Counter[str]:
    """Search under so many kills at random moments, then to the end; return the kills by kind."""
    done: Counter[str] = Counter()
    kinds = cycle(place.kinds)
    search = study.start(*place.options)
    kind, begun, moment = next(kinds), len(study.begun()), None
    while True:
        time.sleep(0.1)
        if search.poll() is not None:
            study.look()
            if search.returncode == 0:
                return done
            freed = search.returncode == 2 and "is being searched" in study.said[-500:]
            assert freed or search.returncode == -signal.SIGKILL, study.said[-3000:]
            time.sleep(1)  # until the database has noticed the lost connection
            search = study.start(*place.options)
            begun = len(study.begun())
        if done.total() < kills and moment is None and len(study.begun()) > begun:
            moment = time.monotonic() + 2.5 * rng.random()  # a training takes about a second
        if moment is not None and time.monotonic() > moment:
            study.look()
            if kill(kind, search.pid, nodes, rng):
                done[kind] += 1
                kind = next(kinds)
            begun, moment = len(study.begun()), None


def kills_of(places: list[Place], kills: int) -> int:
    """The most kills of one search at one of these places, where there are so many in all."""
    return max(max(1, round(kills * place.share / 2)) for place in places)


def trainings(scratch: Path, kills: int, seed: int, only: list[str]) -> int:
    """Print a row for each ledger and place; return 1 where a promise is broken."""
    rng, broken = random.Random(seed), False
    made: list[Nodes] = []

    def nodes() -> Nodes:
        made[:] = made or [Nodes()]
        return made[0]

    print(
        "| ledger | trained by | kills | trials | died too often | lost | trained again |", end=""
    )
    print(f" beyond or below the budget | other than in the quiet run |\n|{'---|' * 9}")
    places = [place for place in PLACES if not only or place.name in only]
    quiets = {
        strategy: quiet_search(
            scratch / f"quiet-{number}", 2 * kills_of(places, kills) + 2, strategy
        )
        for number, strategy in enumerate({place.strategy: None for place in places})
    }
    with database() as url:
        for ledger in ("journal", "PostgreSQL"):
            for place in places:
                each = kills_of([place], kills)
                trials, quiet = 2 * each + 2, quiets[place.strategy]
                name = f"{ledger}-{place.name}".replace(" ", "-").lower()
                storage = None if ledger == "journal" else url
                study = FaultStudy(scratch / name, trials, place.strategy, storage)
                if place.name == "Ray":
                    nodes()
                done = run(place, study, each, nodes, rng)
                found = (
                    len(study.lost),
                    len(study.trained_again()),
                    abs(len(study.seen) - trials),
                    len(study.other_than(quiet)),
                )
                broken = broken or any(found)
                said = ", ".join(f"{count} {kind}" for kind, count in done.items())
                row = (ledger, place.name, said, trials, len(study.failed()), *found)
                print(f"| {' | '.join(map(str, row))} |", flush=True)
    for one in made:
        one.cluster.shutdown()
    return int(broken)


@contextmanager
def database() -> Iterator[str]:
    """The URL of a server that runs meanwhile."""
    with PostgreSQL() as server:
        yield server.url
