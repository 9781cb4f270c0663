from __future__ import annotations

import pytest

from tuneit.training.cluster.actors import _as_ray_tells

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
