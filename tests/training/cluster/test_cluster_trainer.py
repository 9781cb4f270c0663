"""A Ray cluster of two nodes on this machine: what it trains, and what happens where parts die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import psutil
import pytest
from training_models import HERE, AnObserver, a_plan, a_proposal, a_recipe
from worker_models import a_hazard_space

import tuneit.training.cluster.trainer as cluster_trainer
from tuneit.errors import WorkError
from tuneit.ledger import Ledger
from tuneit.search import Limits, SearchConfig, run_search
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.strategies.registry import make_strategy
from tuneit.study import Budget, ClusterSpec, ParameterSpec, PruningSpec, StrategySpec
from tuneit.training.attempt import Attempt
from tuneit.training.builders.builder import load_builder
from tuneit.training.cluster.actors import Actor, ActorPool
from tuneit.training.cluster.trainer import ClusterTrainer
from tuneit.trials import Proposal, Trial, TrialState


@pytest.fixture(scope="module")
def actors(ray_cluster: Any) -> Iterator[ActorPool]:
    """An actor on each node, which stay warm."""
    with ActorPool(ClusterSpec(), HERE) as pool:
        yield pool


@pytest.fixture
def trainer(actors: ActorPool, tmp_path: Path) -> Any:
    def make(plan: Any = None, **changes: Any) -> ClusterTrainer:
        builder = load_builder("worker_models.py:build_hazard", HERE)
        recipe = a_recipe(builder, a_hazard_space(), plan=plan, models=tmp_path / "models")
        return ClusterTrainer(recipe, **{"pool": actors, "lent": True, **changes})

    return make


def hazards(*whats: str, **more: Any) -> Iterator[Proposal]:
    for number, what in enumerate(whats):
        yield a_proposal(number, what=what, **{"units": 3, "rate": 0.05, **more})


def by_number(trials: Iterator[Trial]) -> list[Trial]:
    return sorted(trials, key=lambda trial: trial.number)


def pids(cluster: Any, place: str | None = None) -> list[int]:
    """The processes of this cluster's actors, and not those of another that runs tests beside.

    Those on the node that `place` names, if given.
    """
    nodes = [n for n in cluster.list_all_nodes() if place is None or is_place(place, n)]
    raylets = [node.all_processes["raylet"][0].process.pid for node in nodes]
    below = [one for pid in raylets for one in psutil.Process(pid).children(recursive=True)]
    return [one.pid for one in below if "ray::Training" in " ".join(one.cmdline())]


def is_place(place: str, node: Any) -> bool:
    """Whether this node of a cluster is the one that a proposal or a trial calls `place`."""
    return place.endswith(f"/{node.node_id[:4]}")


def test_both_nodes_train_and_models_come_back_as_files(
    trainer: Any, actors: ActorPool, tmp_path: Path
) -> None:
    nodes: dict[int, str | None] = {}

    class Placed(AnObserver):
        def started(self, proposal: Proposal) -> None:
            nodes[proposal.number] = proposal.node

        def keeps(self, score: float) -> bool:
            return True

    observer = Placed()
    trials = by_number(trainer().train(hazards(*["fine"] * 6), observer))
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 6
    assert {trial.number: trial.facts.node for trial in trials} == nodes
    assert len(set(nodes.values())) == 2
    assert sorted(p.name for p in (tmp_path / "models").iterdir()) == [
        f"{number:04d}.keras" for number in range(6)
    ]
    epochs = sorted((number, epoch) for number, epoch, _ in observer.epochs)
    assert epochs == [(number, epoch) for number in range(6) for epoch in (1, 2, 3)]


def test_a_trial_goes_on_elsewhere_after_the_executions_that_had_ended(
    trainer: Any, ray_cluster: Any
) -> None:
    places: list[str] = []

    class Kills(AnObserver):
        def started(self, proposal: Proposal) -> None:
            super().started(proposal)
            places.append(str(proposal.node))

        def keep_execution(self, number: int, index: int, execution: Any) -> None:
            super().keep_execution(number, index, execution)
            if len(places) == 1:
                [victim] = pids(ray_cluster, places[0])
                os.kill(victim, signal.SIGKILL)

    observer = Kills()
    plan = a_plan(executions=3)
    [trial] = trainer(plan=plan).train(hazards("fine"), observer)
    assert len(places) == 2
    assert trial.facts.node == places[-1]
    assert trial.state is TrialState.COMPLETE
    assert len(trial.scores) == 3
    assert str(trial.facts.retried).startswith("the actor died that trained it")
    # Nothing that had ended was trained again.
    assert [epoch for _, epoch, _ in observer.epochs] == [1, 2, 3]


def test_a_trial_that_hangs_is_stopped(trainer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each attempt costs the start of an actor; test_cluster_actors.py counts to three. What is fine
    # gets the actor that is ready first.
    monkeypatch.setattr(cluster_trainer, "_ATTEMPTS", 1)
    fine, hangs = by_number(trainer(trial_timeout=6.0).train(hazards("fine", "hang"), AnObserver()))
    assert fine.state is TrialState.COMPLETE
    assert fine.facts.retried is None
    assert hangs.state is TrialState.FAILED
    assert hangs.error is not None
    assert hangs.error.startswith("no epoch ended for 6 s (trial_timeout)")


def test_a_late_answer_does_not_prune_the_next_trial(trainer: Any) -> None:
    plan = a_plan(epochs=3)

    class Late(AnObserver):
        def epoch(self, number: int, epoch: int, logs: Any) -> str | None:
            if number < 2 and epoch == plan.epochs:
                time.sleep(0.5)  # longer than a trial waits; as where the ledger waits for its disk
                return "late"
            return None

    *_, third, fourth = by_number(trainer(plan=plan).train(hazards(*["fine"] * 4), Late()))
    assert [(one.state, one.epochs) for one in (third, fourth)] == [(TrialState.COMPLETE, 3)] * 2


@pytest.mark.parametrize(("has_news", "died"), [(True, 0), (False, 1)])
def test_an_actor_whose_messages_wait_is_not_silent(
    tmp_path: Path, has_news: bool, died: int
) -> None:
    class Pool(ActorPool):
        """A pool whose process has been busy for longer than `trial_timeout`."""

        def listen(self, timeout: float | None) -> Iterator[Any]:
            return iter(())

        def has_news(self, actor: Actor) -> bool:
            return has_news

        def remove(self, actor: Actor) -> None:
            self.actors.remove(actor)

    pool = Pool(ClusterSpec(), HERE)
    attempt = Attempt(a_proposal(0), ("one death", "another"))
    pool.actors.append(Actor(None, None, {0: attempt}, started=True))
    builder = load_builder("worker_models.py:build_hazard", HERE)
    recipe = a_recipe(builder, a_hazard_space(), models=tmp_path)
    waiting = ClusterTrainer(recipe, pool, trial_timeout=0.0)
    assert len(list(waiting._listen(AnObserver()))) == died


def test_cohorts_train_on_one_node_each(trainer: Any) -> None:
    observer = AnObserver()
    cohorts = trainer(members=64, trials=8, only_if_faster=False)
    trials = by_number(cohorts.train(hazards(*["fine"] * 8), observer))
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 8
    nodes = [trial.facts.node for trial in trials]
    assert nodes == [nodes[0]] * 4 + [nodes[4]] * 4
    assert sorted(observer.begun) == list(range(8))


def test_promotions_go_on_from_checkpoints_of_another_node(
    actors: ActorPool, tmp_path: Path
) -> None:
    plan = a_plan(epochs=4)
    specs = {"rate": ParameterSpec(value=0.05), "units": ParameterSpec(values=[2, 3, 5])}
    builder = load_builder("training_models.py:build_model", HERE).with_specs(specs)
    recipe = a_recipe(builder, plan=plan, models=tmp_path / "models")
    spec = StrategySpec(name="one_epoch", options={"best": 2})

    class Silent:
        def __getattr__(self, name: str) -> Any:
            return lambda *what: None

    with Ledger.open(None, tmp_path, "study", plan.objective, ()) as ledger:
        run_search(
            SearchConfig(
                space=recipe.space,
                objective=plan.objective,
                strategy=make_strategy(spec, Budget(trials=9, epochs=4)),
                trainer=ClusterTrainer(recipe, actors, lent=True),
                store=ledger,
                seed=3,
                limits=Limits(trials=9),
                pruner=make_pruner(PruningSpec(name="none"), plan.objective),
                view=Silent(),
                judge=lambda trial: "healthy",
                keep=lambda trial, is_best: None,
                others=(),
            )
        )
        trials = ledger.trials()
    continued = [trial for trial in trials if trial.parent is not None]
    assert len(continued) == 2
    for trial in continued:
        parent = trials[trial.parent or 0]
        assert (trial.epochs, trial.facts.continued) == (4, 1)
        assert trial.curve is not None
        assert parent.curve is not None
        assert trial.curve.head(1).to_dict() == parent.curve.to_dict()


def test_a_node_that_dies_costs_its_trial_one_attempt(
    trainer: Any, ray_cluster: Any, actors: ActorPool
) -> None:
    node = ray_cluster.add_node(num_cpus=1, object_store_memory=10**8)
    ray_cluster.wait_for_nodes()
    lost: list[str] = []

    class Cuts(AnObserver):
        def epoch(self, number: int, epoch: int, logs: Any) -> str | None:
            super().epoch(number, epoch, logs)
            place = self.places.get(number, "")
            if not lost and is_place(place, node):
                lost.append(place)
                ray_cluster.remove_node(node, allow_graceful=False)
            return None

        def started(self, proposal: Proposal) -> None:
            super().started(proposal)
            self.places = {**getattr(self, "places", {}), proposal.number: proposal.node or ""}

    def proposals() -> Iterator[Proposal]:
        """More and more, until the third node has got one; then one for each of the others."""
        endless = (a_proposal(n, what="fine", units=3, rate=0.05) for n in count())
        yield from takewhile(lambda proposal: not lost, endless)
        yield from (a_proposal(1000 + n, what="fine", units=3, rate=0.05) for n in range(2))

    trials = by_number(trainer(plan=a_plan(epochs=20)).train(proposals(), Cuts()))
    assert lost
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert sum(trial.facts.retried is not None for trial in trials) == 1


SEARCH = """
    import sys
    sys.path[:0] = {path!r}
    from itertools import count
    from pathlib import Path
    from training_models import AnObserver, a_plan, a_proposal, a_recipe
    from worker_models import a_hazard_space
    from tuneit.study import ClusterSpec
    from tuneit.training.builders.builder import load_builder
    from tuneit.training.cluster.actors import Actor, ActorPool
    from tuneit.training.cluster.trainer import ClusterTrainer

    class Told(AnObserver):
        def epoch(self, *what):
            print("epoch", flush=True)

    builder = load_builder("worker_models.py:build_hazard", Path({here!r}))
    plan = a_plan(epochs=10**6)
    recipe = a_recipe(builder, a_hazard_space(), plan=plan, models=Path({models!r}))
    trainer = ClusterTrainer(recipe, ActorPool(ClusterSpec(), Path({here!r}), 1))
    list(trainer.train((a_proposal(n, what="fine", units=3, rate=0.05) for n in count()), Told()))
"""


def test_no_actor_outlives_a_driver_that_is_killed(
    ray_cluster: Any, actors: ActorPool, tmp_path: Path
) -> None:
    actors.end()
    script = tmp_path / "search.py"
    text = SEARCH.format(path=[str(HERE)], here=str(HERE), models=str(tmp_path / "models"))
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    driver = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert driver.stdout is not None
    assert driver.stdout.readline() == b"epoch\n"
    orphans = [psutil.Process(pid) for pid in pids(ray_cluster)]
    assert orphans
    driver.kill()
    driver.stdout.close()
    driver.wait(30)
    deadline = time.monotonic() + 60
    while any(orphan.is_running() for orphan in orphans):
        assert time.monotonic() < deadline, "an actor trains for nobody"
        time.sleep(0.2)


def test_resources_that_no_node_has_are_refused(ray_cluster: Any) -> None:
    spec = ClusterSpec.model_validate({"resources": {"cpus": 4.0}})
    with (
        ActorPool(spec) as pool,
        pytest.raises(WorkError, match="no node of the cluster has room for a trial with 4 CPUs"),
    ):
        pool.fill()
