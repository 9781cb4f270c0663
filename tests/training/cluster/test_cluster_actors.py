from __future__ import annotations

from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tuneit.errors import WorkError
from tuneit.study import ClusterSpec
from tuneit.training.attempt import Attempt
from tuneit.training.cluster.actors import Actor, ActorPool, _as_ray_tells
from tuneit.training.cluster.trainer import ClusterTrainer
from tuneit.trials import Proposal, TrialState

DIED = "The actor died unexpectedly before finishing this task.\n\tclass_name: TrainingActor\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            DIED + "Worker exit type: SYSTEM_ERROR Worker exit detail: Worker unexpectedly exits "
            "with a connection error code 2. End of file. There are some potential root causes. "
            "(1) The process is killed by SIGKILL by OOM killer due to high memory usage.",
            ": Worker unexpectedly exits with a connection error code 2. End of file",
        ),
        ("Task was killed due to the node running low on memory.", ": running low on memory"),
        (DIED, ""),
    ],
)
def test_the_cause_of_an_actors_death_says_what_ray_knows(said: str, told: str) -> None:
    assert _as_ray_tells(Exception(said)) == told


class Full:
    """Ray, joined to a cluster without room."""

    def kill(self, handle: Any) -> None:
        pass

    def available_resources(self) -> dict[str, float]:
        return {}

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 4.0}


def a_late_pool(*started: bool) -> ActorPool:
    pool = ActorPool(ClusterSpec())
    pool._ray = Full()
    pool.actors += [Actor(None, None, started=one, last_message=-1000.0) for one in started]
    return pool


def test_actors_that_wait_for_room_end_no_search_that_trains() -> None:
    pool = a_late_pool(True, False, False, False)
    pool.remove_unready()
    assert len(pool.actors) == 4


def test_where_no_actor_gets_ready_the_search_ends_and_says_how_much_room_there_is() -> None:
    with pytest.raises(WorkError, match=r"no actor was ready .* 0 of its 4 CPUs are free"):
        a_late_pool(False, False, False).remove_unready()


def test_the_third_death_costs_the_trial(tmp_path: Path) -> None:
    class Lossy(ClusterTrainer):
        def __init__(self) -> None:
            self._again = deque()
            self._recipe: Any = SimpleNamespace(models=tmp_path)
            self._pool: Any = SimpleNamespace(remove_dead=lambda *what: None)

    trainer = Lossy()
    attempt = Attempt(Proposal(4, {"units": 3}, seed=1))
    for _ in range(2):
        actor = Actor(None, None, tasks={4: attempt}, node="there")
        assert list(trainer._lost(actor, "it died")) == []
        attempt = trainer._again.popleft()
    [trial] = trainer._lost(Actor(None, None, tasks={4: attempt}, node="there"), "it died")
    assert (trial.state, trial.error) == (TrialState.FAILED, "it died (there)")
    assert trial.facts.retried == "it died (there); it died (there)"
    assert not trainer._again
