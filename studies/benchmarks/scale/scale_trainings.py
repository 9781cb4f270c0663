"""Real trainings on Ray's actors, one core each."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scale_search import Clocked, search, start_actors

from tuneit.study import ClusterSpec, Study

HERE = Path(__file__).resolve().parent

_STUDY = {
    "version": 1,
    "name": "trainings",
    "model": "scale_network.py:build_model",
    "data": {"source": "sklearn", "name": "digits", "scale": "minmax"},
    "objective": "val_loss",
    "trainer": "single",
}


def seconds_of_trainings(actors: int, trials: int, epochs: int) -> float:
    """Measure the time of `trials` of `epochs` each, from the moment when all actors are ready."""
    from tuneit.training.cluster.actors import ActorPool
    from tuneit.training.cluster.trainer import ClusterTrainer
    from tuneit.workbench.preparing import prepare

    with tempfile.TemporaryDirectory() as scratch, ActorPool(ClusterSpec(), HERE, actors) as pool:
        folder = Path(scratch)
        study = Study.model_validate({**_STUDY, "budget": {"trials": trials, "epochs": epochs}})
        prepared = prepare(study, HERE, folder / "study")
        start_actors(pool)
        if len(pool.actors) < actors:
            raise SystemExit(f"this machine has no {actors} cores: give fewer --actors")
        clocked = Clocked(ClusterTrainer(prepared.recipe, pool, lent=True))
        search(clocked, "random", trials, folder, prepared.space)
    return clocked.took
