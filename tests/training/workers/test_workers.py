"""Worker processes: what they train, how they die, and what they leave behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from training_models import HERE, AnObserver, a_dataset, a_network, a_plan, a_proposal, a_recipe
from worker_models import a_hazard_space

import tuneit.training.workers.pool as pools
import tuneit.training.workers.process as processes
import tuneit.training.workers.trainer as trainers
from tuneit.errors import BuilderError, InputError, ObjectiveError, WorkError
from tuneit.ledger import Ledger
from tuneit.screen.views import QuietView
from tuneit.search import Limits, Outcome, SearchConfig, run_search
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.strategies.registry import make_strategy
from tuneit.study import Budget, ParameterSpec, PruningSpec, StrategySpec
from tuneit.training.builders.builder import Builder, as_builder, load_builder
from tuneit.training.single import SingleTrainer
from tuneit.training.workers.child import own_device
from tuneit.training.workers.pool import WorkerPool, threads_each
from tuneit.training.workers.shared_recipe import SharedRecipe, load_shared
from tuneit.training.workers.trainer import WorkerTrainer
from tuneit.trials import Objective, Proposal, Trial, TrialState

KILLED = "the worker was killed by signal 9 (out of memory?)"


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPool]:
    with pytest.MonkeyPatch.context() as patch, WorkerPool(2) as shared:
        # Workers see the environment in which they were started.
        patch.setenv("TUNEIT_TEST_MARKER", str(tmp_path_factory.mktemp("once") / "marker"))
        yield shared


@pytest.fixture
def trainer(pool: WorkerPool, tmp_path: Path) -> Any:
    def make(**changes: Any) -> WorkerTrainer:
        plan = changes.pop("plan", None)
        recipe = a_recipe(a_builder(), a_hazard_space(), plan=plan, models=tmp_path)
        return WorkerTrainer(recipe, **{"pool": pool, **changes})

    return make


def a_builder() -> Builder:
    return load_builder("worker_models.py:build_hazard", HERE)


def hazards(*whats: str) -> Iterator[Proposal]:
    for number, what in enumerate(whats):
        yield a_proposal(number, seed=7, what=what, units=3, rate=0.05)


def by_number(trials: Iterator[Trial]) -> list[Trial]:
    return sorted(trials, key=lambda trial: trial.number)


def wait_until(condition: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def a_search(pool: WorkerPool, folder: Path, strategy: str, plan: Any, **changes: Any) -> Outcome:
    """A search of twelve networks or fewer by a strategy, with the real loop and ledger."""
    specs = {"rate": ParameterSpec(value=0.05), "units": ParameterSpec(values=[2, 3, 5])}
    builder = load_builder("training_models.py:build_model", HERE).with_specs(specs)
    recipe = a_recipe(builder, plan=plan, models=folder / "models")
    budget = Budget(trials=changes.pop("trials"), epochs=plan.epochs)
    name, _, sampler = strategy.partition(":")
    spec = StrategySpec(name=name, sampler=sampler or None, options=changes.pop("options", {}))
    with Ledger.open(None, folder, "study", plan.objective, plan.others) as ledger:
        return run_search(
            SearchConfig(
                space=recipe.space,
                objective=plan.objective,
                strategy=make_strategy(spec, budget),
                trainer=WorkerTrainer(recipe, pool=pool),
                store=ledger,
                seed=3,
                limits=Limits(trials=budget.trials),
                pruner=make_pruner(PruningSpec(name="none"), plan.objective),
                view=QuietView(),
                judge=lambda trial: "healthy",
                keep=lambda trial, is_best: None,
                others=plan.others,
            )
        )


def trials_in(folder: Path, plan: Any) -> tuple[Trial, ...]:
    with Ledger.read(None, folder, "study", plan.objective, plan.others) as ledger:
        return ledger.trials()


# ---------------------------------------------------------------------- what is trained


def test_promotions_go_on_with_another_workers_weights_in_an_exhausted_space(
    pool: WorkerPool, tmp_path: Path
) -> None:
    plan = a_plan(epochs=4)
    outcome = a_search(pool, tmp_path, "one_epoch", plan, trials=9, options={"best": 2})
    first, continued = (
        [t for t in trials_in(tmp_path, plan) if (t.parent is None) == new] for new in (True, False)
    )
    assert sorted(t.params["units"] for t in first) == [2, 3, 5]
    assert [t.epochs for t in first] == [1, 1, 1]
    best = sorted(first, key=lambda t: t.score or 0.0)[:2]
    assert {t.parent for t in continued} == {t.number for t in best}
    for trial in continued:
        parent = first[trial.parent or 0]
        assert trial.params == parent.params
        assert (trial.epochs, trial.facts.continued) == (4, 1)
        assert trial.curve is not None
        assert parent.curve is not None
        assert trial.curve.head(1).to_dict() == parent.curve.to_dict()
    assert outcome.stopped == "every configuration of the search space has been tried"


def test_hyperband_keeps_its_budget_with_workers(pool: WorkerPool, tmp_path: Path) -> None:
    plan = a_plan(epochs=3)
    outcome = a_search(pool, tmp_path, "hyperband", plan, trials=4)
    trials = trials_in(tmp_path, plan)
    assert [t.number for t in trials] == list(range(4))
    assert all(t.finished for t in trials)
    assert outcome.stopped == "the budget of 4 trials is used up"
    assert sum(t.parent is not None for t in trials) == 1


def test_several_objectives_are_measured_in_the_workers(pool: WorkerPool, tmp_path: Path) -> None:
    others = tuple(Objective.named(m) for m in ("parameters", "seconds", "latency_ms"))
    plan = a_plan(epochs=1, others=others)
    options = {"population_size": 2}
    a_search(pool, tmp_path, "optuna:nsga2", plan, trials=3, options=options)
    for trial in trials_in(tmp_path, plan):
        score, parameters, seconds, latency = trial.values
        assert score == trial.score
        assert parameters == trial.facts.parameters
        assert seconds == pytest.approx(trial.duration_s)
        assert latency > 0


def test_devices_are_dealt_out_in_turn() -> None:
    assert [own_device(["gpu:0", "gpu:1"], slot) for slot in range(5)] == [
        "gpu:0", "gpu:1", "gpu:0", "gpu:1", "gpu:0"
    ]  # fmt: skip


def test_curves_are_those_of_this_process(trainer: Any, tmp_path: Path) -> None:
    proposals = [
        a_proposal(number, seed=number, what="fine", units=2 + number, rate=0.05)
        for number in range(2)
    ]
    plan = a_plan(executions=2)
    single = SingleTrainer(a_recipe(a_builder(), a_hazard_space(), plan=plan, models=tmp_path))
    expected = by_number(single.train(iter(proposals), AnObserver()))
    found = by_number(trainer(plan=plan).train(iter(proposals), AnObserver()))
    assert len(found) == 2
    for one, other in zip(expected, found, strict=True):
        assert one.curve is not None
        assert other.curve is not None
        # A worker has fewer threads, which may add numbers up in another order.
        assert one.params == other.params
        assert other.scores == pytest.approx(one.scores, rel=1e-4)
        assert list(one.curve.series) == list(other.curve.series)
        for name, values in one.curve.series.items():
            np.testing.assert_allclose(other.curve[name], values, rtol=1e-4, err_msg=name)


def test_a_proposal_is_pulled_only_when_a_worker_is_free(trainer: Any) -> None:
    running, most, seen = set(), [], []

    def proposals() -> Iterator[Proposal]:
        for number in range(5):
            running.add(number)
            most.append(len(running))
            yield a_proposal(number, what="fine", units=3, rate=0.05)

    observer = AnObserver()
    for trial in trainer().train(proposals(), observer):
        running.remove(trial.number)
        seen.append(trial.number)
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert observer.begun == [0, 1, 2, 3, 4]
    assert max(most) == 2
    epochs = sorted((number, epoch) for number, epoch, _ in observer.epochs)
    assert epochs == [(number, epoch) for number in range(5) for epoch in (1, 2, 3)]


def test_pruning_takes_effect_by_the_next_epoch(trainer: Any) -> None:
    observer = AnObserver(prune_at=2)
    trials = by_number(trainer(plan=a_plan(epochs=30)).train(hazards("fine", "fine"), observer))
    assert [trial.state for trial in trials] == [TrialState.PRUNED] * 2
    assert all(trial.epochs in (2, 3) for trial in trials)
    assert all(trial.facts.pruned == "poor" for trial in trials)


def test_kept_models_are_saved(trainer: Any, tmp_path: Path) -> None:
    observer = AnObserver(keep=True)
    trials = list(trainer().train(hazards("fine", "fine"), observer))
    assert sorted(observer.asked) == sorted(trial.score for trial in trials)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0000.keras", "0001.keras"]


def test_late_hyperparameters_join_the_space(trainer: Any) -> None:
    late = a_proposal(0, what="late", units=5, rate=0.05)
    [trial] = trainer().train(iter([late]), AnObserver())
    [parameter] = trial.facts.late
    assert parameter.name == "other_rate"
    assert parameter.contains(trial.params["other_rate"])


# ---------------------------------------------------------------------- what goes wrong


def test_a_trial_whose_worker_dies_is_trained_again(trainer: Any) -> None:
    once, raised, fine = by_number(trainer().train(hazards("once", "raise", "fine"), AnObserver()))
    assert once.state is TrialState.COMPLETE
    assert once.facts.retried == KILLED
    # What a builder raises is no death: there is nothing to try again.
    assert raised.state is TrialState.FAILED
    assert "ValueError: no such layer (worker_models.py:" in str(raised.error)
    assert raised.facts.retried is None
    assert fine.state is TrialState.COMPLETE
    assert fine.facts.retried is None


def test_a_trial_that_hangs_twice_fails(trainer: Any) -> None:
    workers = trainer(trial_timeout=1.0)
    [trial] = workers.train(hazards("hang"), AnObserver())
    assert trial.state is TrialState.FAILED
    assert trial.error == "no epoch ended for 1 s (trial_timeout)"
    assert trial.facts.retried == trial.error


WITHOUT_TENSORFLOW = """
import sys; sys.path[:] = {path!r}
from multiprocessing.connection import Connection
from tuneit.training.workers.messages import Ready
connection, taken = Connection(({arguments})[0]), []
connection.send(Ready(10**8))
connection.recv()
while True:
    taken.append(bytearray(b"x") * 2**23)
"""
"""What takes the place of a worker's code: a process that allocates when it has got its trial."""


def test_a_trial_that_allocates_without_end_is_stopped(
    trainer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_CODE", WITHOUT_TENSORFLOW)
    with WorkerPool(1) as pool:
        [trial] = trainer(pool=pool, max_memory=3 * 10**8).train(hazards("fine"), AnObserver())
    assert trial.state is TrialState.FAILED
    said = r"the worker took [\d.]+ [MG]B of memory, more than the 300 MB of `max_memory`"
    assert re.fullmatch(said, str(trial.error))
    assert re.fullmatch(said, str(trial.facts.retried))


def test_a_limit_below_what_a_worker_takes_is_refused(
    trainer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_CODE", WITHOUT_TENSORFLOW)
    with WorkerPool(1) as pool, pytest.raises(InputError, match="max_memory is 10 MB, but a"):
        list(trainer(pool=pool, max_memory=10**7).train(hazards("fine"), AnObserver()))


def test_a_worker_that_grows_is_replaced(trainer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainers, "MOST_GROWTH", 32 * 2**20)
    # One worker: among several it is the clock that says whose first trial would hoard.
    with WorkerPool(1) as pool:
        trials = trainer(pool=pool).train(hazards("fine", "grow", "fine"), AnObserver())
        assert next(trials).state is TrialState.COMPLETE
        [worker] = pool.workers
        assert next(trials).state is TrialState.COMPLETE
        assert pool.workers == ()  # the next trial would start a fresh one
        assert not psutil.pid_exists(worker.pid)
        trials.close()


def test_workers_that_cannot_start_are_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "_CODE", "raise SystemExit('no such library')")
    recipe = a_recipe(a_builder(), a_hazard_space(), models=tmp_path)
    workers = WorkerTrainer(recipe, workers=2)
    cause = "the worker ended with exit code 1; its last line of output: no such library"
    with pytest.raises(WorkError, match=f"cannot be started: {cause}"):
        list(workers.train(hazards("fine"), AnObserver()))


# ---------------------------------------------------------------------- what is left behind


def test_a_missing_objective_is_raised_and_ends_the_workers(trainer: Any) -> None:
    plan = a_plan("val_accurac", goal="maximize")
    with WorkerPool(1) as pool:
        with pytest.raises(ObjectiveError, match="did you mean 'val_accuracy'"):
            list(trainer(plan=plan, pool=pool).train(hazards("fine"), AnObserver()))
        assert pool.workers == ()


def test_ctrl_c_leaves_no_process(trainer: Any, pool: WorkerPool) -> None:
    endless = (a_proposal(n, what="fine", units=3, rate=0.05) for n in count())
    pids: list[int] = []

    class Interrupted(AnObserver):
        def epoch(self, number: int, epoch: int, logs: Any) -> None:
            super().epoch(number, epoch, logs)
            if not pids:
                # As from a terminal. The workers do not hear it, and train on.
                pids.extend(worker.pid for worker in pool.workers)
                for pid in pids:
                    os.kill(pid, signal.SIGINT)
            elif len(self.epochs) == 5:
                assert all(map(psutil.pid_exists, pids))
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        list(trainer().train(endless, Interrupted()))
    assert len(set(pids)) == 2
    assert not any(map(psutil.pid_exists, pids))


SEARCH = """
    import sys
    sys.path[:0] = {path!r}
    from itertools import count
    from pathlib import Path
    from training_models import AnObserver, a_plan, a_proposal, a_recipe
    from worker_models import a_hazard_space
    from tuneit.training.builders.builder import load_builder
    from tuneit.training.workers.trainer import WorkerTrainer

    class Told(AnObserver):
        def epoch(self, *what):
            print("epoch", flush=True)

    builder = load_builder("worker_models.py:build_hazard", Path({here!r}))
    plan = a_plan(epochs=10**6)
    recipe = a_recipe(builder, a_hazard_space(), plan=plan, models=Path({models!r}))
    trainer = WorkerTrainer(recipe, workers=1)
    list(trainer.train((a_proposal(n, what="fine", units=3, rate=0.05) for n in count()), Told()))
"""


def test_no_process_outlives_a_search_that_is_killed(tmp_path: Path) -> None:
    # No `if __name__ == "__main__"`: workers do not run the user's script.
    script = tmp_path / "search.py"
    text = SEARCH.format(path=[str(HERE)], here=str(HERE), models=str(tmp_path))
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    search = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert search.stdout is not None
    assert search.stdout.readline() == b"epoch\n"
    workers = psutil.Process(search.pid).children(recursive=True)
    assert len(workers) == 1
    search.kill()
    wait_until(lambda: not any(worker.is_running() for worker in workers), 10)
    search.stdout.close()
    assert search.wait(30) != 0


# ---------------------------------------------------------------------- parts


def test_a_builder_that_only_this_program_has_is_refused(tmp_path: Path) -> None:
    def build_here(hp: Any) -> Any:
        return a_network()

    def trainer() -> WorkerTrainer:
        return WorkerTrainer(a_recipe(as_builder(build_here), a_hazard_space(), models=tmp_path))

    with pytest.raises(BuilderError, match="put the builder into a file"):
        trainer()
    build_here.__module__, build_here.__qualname__ = "__main__", "build_here"
    with pytest.raises(BuilderError, match="or train with workers=1"):
        trainer()


def test_a_shared_recipe_holds_all_but_the_test_split() -> None:
    import training_models

    specs = {"units": ParameterSpec(max=5)}
    recipe = a_recipe(as_builder(training_models.build_model).with_specs(specs))
    shared = SharedRecipe.write(recipe)
    found = load_shared(shared.head, shared.spans, shared.file)
    expected = a_dataset()
    np.testing.assert_array_equal(found.dataset.train.x, expected.train.x)
    np.testing.assert_array_equal(found.dataset.validation.y, expected.validation.y)
    assert len(found.dataset.test) == 0
    assert found.dataset.test.x.shape[1:] == (4,)
    assert found.dataset.class_names == ("no", "yes")
    assert found.builder.target is training_models.build_model
    assert found.builder.specs == specs
    assert (found.space, found.plan, found.models) == (recipe.space, recipe.plan, recipe.models)
    # A user's own `fit` may write into its data; the next worker must not see it.
    found.dataset.train.x[:] = 0.0
    again = load_shared(shared.head, shared.spans, shared.file)
    np.testing.assert_array_equal(again.dataset.train.x, expected.train.x)


def test_cores_are_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "available_cores", lambda: 8)
    assert [threads_each(n) for n in (1, 2, 3, 8, 9)] == [8, 4, 2, 1, 1]
