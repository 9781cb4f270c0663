"""The cohort trainer as a whole: what leaves, what stays, what is not fused."""

from __future__ import annotations

import weakref
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohort_zoo import Bench, Quiet, a_plan, rows_of

from tuneit.study import EarlyStopping
from tuneit.training.cohort import epoch, program, programs, trainer
from tuneit.training.cohort.capacity import model_bytes
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.trainer import _batch
from tuneit.training.keras_loader import load_keras
from tuneit.training.single import SingleTrainer
from tuneit.trials import Objective, Proposal, Trial, TrialState, execution_seeds

load_keras()
import keras  # noqa: E402
import keras_tuner  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

pytestmark = pytest.mark.eager

RNG = np.random.default_rng(1)
X = RNG.normal(size=(60, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.int64)
DATA = rows_of(X, Y, train=40)


def build(hp: Any) -> Any:
    units = hp.Choice("units", [4, 6])
    model = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(units, "relu"),
            layers.Dropout(hp.Float("dropout", 0.0, 0.5)),
            layers.Dense(2, "softmax"),
        ]
    )
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    optimizer = keras.optimizers.Adam(rate)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)  # traces sooner alone
    return model


def a_bench(tmp_path: Path, **changes: Any) -> Bench:
    return Bench(build, DATA, a_plan(**changes), tmp_path)


def a_proposal(number: int, **params: Any) -> Proposal:
    defaults = {"units": 4, "dropout": 0.2, "learning_rate": 0.01}
    repeats = execution_seeds(1, number, 4)[1:]
    return Proposal(number, defaults | params, 50 + number, repeat_seeds=repeats)


def train(bench: Bench, proposals: list[Proposal], observer: Any = None) -> list[Trial]:
    trials = list(bench.trainer.train(iter(proposals), observer or Quiet()))
    return sorted(trials, key=lambda trial: trial.number)


SIX = [a_proposal(i, dropout=0.1 * i, learning_rate=0.01 * (i + 1)) for i in range(6)]


@cache
def six_trials() -> list[Trial]:
    """SIX trained in one cohort, once: what other ways to train them are compared with."""
    return train(Bench(build, DATA, a_plan()), SIX)


def same_curve(one: Trial, other: Trial) -> None:
    assert one.curve is not None
    assert other.curve is not None
    for name, values in one.curve.series.items():
        np.testing.assert_allclose(values, other.curve[name], rtol=1e-4, atol=1e-5)


def test_a_trial_does_not_depend_on_its_company(tmp_path: Path) -> None:
    bench = a_bench(tmp_path)
    many = train(bench, [a_proposal(i, dropout=0.1 * i) for i in range(5)])
    few = train(bench, [a_proposal(i, dropout=0.1 * i) for i in (3, 1)])
    same_curve(many[1], few[0])
    same_curve(many[3], few[1])


def test_structures_train_apart_and_programs_are_kept(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, epochs=1)
    proposals = [a_proposal(i, batch_size=4 if i % 2 else 8) for i in range(4)]
    assert [t.state for t in train(bench, proposals)] == [TrialState.COMPLETE] * 4
    kept = dict(bench.trainer._programs._kept)
    assert len(kept) == 2
    train(bench, proposals)
    assert bench.trainer._programs._kept == kept


def test_what_cannot_be_compiled_trains_together_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise tf.errors.InternalError(None, None, "libdevice not found")

    expected = six_trials()[:2]
    monkeypatch.setattr(programs, "compiling_saves_time", lambda *_: True)
    monkeypatch.setattr(program, "_compile", fail)
    bench = a_bench(tmp_path)
    for one, other in zip(train(bench, SIX[:2]), expected, strict=True):
        same_curve(one, other)
    [used] = bench.trainer._programs._kept.values()
    assert list(used._graphs) == [2]


def test_trials_leave_as_they_end(tmp_path: Path) -> None:
    plan = {"epochs": 6, "early_stopping": EarlyStopping(monitor="val_loss", patience=1)}
    bench = a_bench(tmp_path, **plan)
    observer = Quiet(prune={0: 2})
    proposals = [
        a_proposal(0),
        a_proposal(1, learning_rate=1e30),
        a_proposal(2, learning_rate=0.1),
        a_proposal(3, learning_rate=0.001),
    ]
    pruned, diverged, stopped, whole = train(bench, proposals, observer)
    assert pruned.state is TrialState.PRUNED
    assert pruned.epochs == 2
    assert pruned.facts.pruned == "poor"
    assert diverged.state is TrialState.FAILED
    assert diverged.error is not None
    # Which of them is seen first depends on the processor's arithmetic.
    assert diverged.error.startswith(("loss became", "weights became"))
    assert stopped.state is whole.state is TrialState.COMPLETE
    assert whole.epochs == 6
    # Nobody noticed that others left.
    [alone, _] = train(bench, [proposals[3], a_proposal(9)])
    same_curve(whole, alone)


def test_the_kept_model_has_its_best_weights(tmp_path: Path) -> None:
    # The first epoch is the worst: the best.
    bench = a_bench(tmp_path, epochs=4, objective=Objective("val_loss", "maximize"))
    [trial, _] = train(bench, [a_proposal(0, dropout=0.1), a_proposal(1)], Quiet(keep=True))
    assert trial.best_epoch == 1
    model = keras.models.load_model(tmp_path / "0000.keras")
    loss = model.evaluate(DATA.validation.x, DATA.validation.y, verbose=0)[0]
    assert trial.score == pytest.approx(loss, rel=1e-4)
    assert [layer.name for layer in model.layers] == ["dense", "dropout", "dense_1"]
    assert int(model.optimizer.iterations) == 4 * 5


def test_executions_train_together(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, executions=3)
    [trial] = train(bench, [a_proposal(0)])
    assert len(trial.scores) == 3
    assert len(set(trial.scores)) == 3
    assert trial.score == pytest.approx(np.mean(trial.scores))
    [pruned] = train(bench, [a_proposal(0)], Quiet(prune={0: 1}))
    assert pruned.state is TrialState.PRUNED
    assert len(pruned.scores) == 1


def test_batch_size_and_epochs_may_be_searched(tmp_path: Path) -> None:
    proposals = [
        a_proposal(0, batch_size=8),
        a_proposal(1, batch_size=8, epochs=1),
        a_proposal(2, batch_size=16),
        a_proposal(3, batch_size=16, epochs=0),
        a_proposal(4, batch_size=16, epochs=4),
    ]
    trials = train(a_bench(tmp_path, epochs=3), proposals)
    assert [t.epochs for t in trials] == [3, 1, 3, 0, 4]
    assert trials[3].state is TrialState.FAILED


def test_keras_may_limit_the_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.config, "max_epochs", lambda: 2)
    trials = train(a_bench(tmp_path, epochs=3), [a_proposal(0), a_proposal(1, epochs=1)])
    assert [t.epochs for t in trials] == [2, 1]


def test_equals_the_single_trainer_in_distribution(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, epochs=5)
    proposals = [a_proposal(i, learning_rate=0.02) for i in range(8)]
    fused = train(bench, proposals)
    single = SingleTrainer(replace(bench.recipe, models=tmp_path))
    alone = list(single.train(iter(proposals[:4]), Quiet()))
    scores = np.array([t.score for t in fused], dtype=float)
    others = np.array([t.score for t in alone], dtype=float)
    spread = np.hypot(scores.std() / np.sqrt(8), others.std() / np.sqrt(4)) + 1e-3
    assert abs(scores.mean() - others.mean()) < 4 * spread
    # Initial weights, data and steps are the same, only the order of rows and the noise differ.
    assert abs(fused[0].curve["val_loss"][0] - alone[0].curve["val_loss"][0]) < 0.05  # type: ignore[index]


def short_of_memory(bench: Bench, most: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let there be memory for `most` trainings at once; the returned list tells what was tried."""
    [program] = bench.trainer._programs._kept.values()
    make, tried = program._make, []

    def small(members: int) -> Any:
        graphs = make(members)

        def begin(*arguments: Any) -> Any:
            tried.append(members)
            if members > most:
                raise tf.errors.ResourceExhaustedError(None, None, "too many")
            return graphs.begin(*arguments)

        return graphs._replace(begin=begin)

    program._graphs.clear()
    monkeypatch.setattr(program, "_make", small)
    return tried


@pytest.mark.parametrize("executions", [1, 3])
def test_an_out_of_memory_halves_the_cohort(
    executions: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = a_bench(tmp_path, executions=executions, early_stopping=EarlyStopping(patience=1))
    trials = 5 if executions == 1 else 3
    proposals = [a_proposal(i, learning_rate=0.01 * (1 + i)) for i in range(trials)]
    expected = train(bench, proposals, Quiet(prune={1: 0}))
    tried = short_of_memory(bench, 2, monkeypatch)
    found = train(bench, proposals, Quiet(prune={1: 0}))
    for one, other in zip(found, expected, strict=True):
        assert one.state is other.state
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-4)
        same_curve(one, other)
    assert all(t.duration_s > 0 for t in found)
    # Once is enough: what was too many is not tried again.
    too_many = [members for members in tried if members > 2]
    assert len(too_many) == len(set(too_many))
    train(bench, proposals)
    assert [members for members in tried if members > 2] == too_many


def test_an_out_of_memory_in_one_of_two_stacks_halves_the_cohort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = six_trials()[:5]
    monkeypatch.setattr(programs, "threads", lambda: 2)
    bench = a_bench(tmp_path)
    train(bench, SIX[:5])
    tried = short_of_memory(bench, 2, monkeypatch)
    for one, other in zip(train(bench, SIX[:5]), expected, strict=True):
        same_curve(one, other)
    assert max(tried) == 3
    assert tried.count(3) <= 2  # once in each thread


def test_an_epoch_in_pieces_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is heard between pieces, which are of a few seconds."""
    bench = a_bench(tmp_path)
    proposals = [a_proposal(i, dropout=0.1 * i) for i in range(3)]
    expected = train(bench, proposals)
    pieces = short_of_memory(bench, 3, monkeypatch)
    train(bench, proposals)
    assert len(pieces) == 2  # epochs
    monkeypatch.setattr(epoch, "_PIECE", 1.0)
    pieces.clear()
    for one, other in zip(train(bench, proposals), expected, strict=True):
        same_curve(one, other)
    assert len(pieces) == 2 * 40 // 8  # a batch each


def test_a_trial_pruned_in_one_half_leaves_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = a_bench(tmp_path, executions=2, epochs=2)
    proposals = [a_proposal(i) for i in range(3)]
    expected = train(bench, proposals, Quiet(prune={1: 1}))
    tried = short_of_memory(bench, 3, monkeypatch)
    for one, other in zip(train(bench, proposals, Quiet(prune={1: 1})), expected, strict=True):
        same_curve(one, other)
    assert [t.state for t in expected] == ["complete", "pruned", "complete"]
    assert tried[:2] == [6, 3]


def test_models_of_trials_that_have_ended_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: weakref.WeakSet[Any] = weakref.WeakSet()

    def watched(hp: Any) -> Any:
        alive.add(model := build(hp))
        return model

    monkeypatch.setattr(programs, "max_members", lambda *_: 2)
    monkeypatch.setattr(trainer, "_GARBAGE", 0)
    bench = Bench(watched, DATA, a_plan(epochs=1), tmp_path)
    ends = bench.trainer.train(iter([a_proposal(i) for i in range(6)]), Quiet())
    # All are built before; the first lends its structure, and stays.
    assert [len(alive) for _ in ends] == [6, 6, 5, 5, 3, 3]


def test_one_training_too_large_for_the_memory_goes_to_the_single_trainer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = a_bench(tmp_path, epochs=1)
    proposals = [a_proposal(i) for i in range(3)]
    train(bench, proposals)
    tried = short_of_memory(bench, 0, monkeypatch)
    trials = train(bench, proposals)
    assert [t.state for t in trials] == [TrialState.COMPLETE] * 3
    assert tried == [3, 2, 1]


def test_no_more_models_are_built_than_there_is_memory_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watched(hp: Any) -> Any:
        begun.append(len(observer.begun))
        return build(hp)

    begun: list[int] = []
    observer = Quiet()
    bench = Bench(watched, DATA, a_plan(), tmp_path)
    expected = six_trials()
    size = model_bytes(build(keras_tuner.HyperParameters()))
    monkeypatch.setattr(trainer, "room_for_models", lambda: 2 * size)
    begun.clear()
    for one, other in zip(train(bench, SIX, observer), expected, strict=True):
        same_curve(one, other)
    assert begun == [0, 0, 2, 2, 4, 4]
    monkeypatch.setattr(trainer, "room_for_models", lambda: 0)
    assert len(train(bench, SIX[:2])) == 2


def test_what_does_not_fit_beside_the_others_begins_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "max_members", lambda *_: 2)
    first_seen: list[int] = []

    class Watched(Quiet):
        def epoch(self, number: int, epoch: int, logs: Any) -> str | None:
            first_seen.append(len(self.begun))
            return super().epoch(number, epoch, logs)

    train(a_bench(tmp_path, epochs=1), [a_proposal(i) for i in range(5)], Watched())
    assert first_seen == [2, 2, 4, 4, 5]


def test_what_cannot_be_traced_goes_to_the_single_trainer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, members: int) -> None:
        raise TypeError("no converter")

    monkeypatch.setattr(Program, "trace", fail)
    bench = a_bench(tmp_path, epochs=1)
    observer = Quiet()
    trials = train(bench, [a_proposal(0), a_proposal(1)], observer)
    assert [t.state for t in trials] == [TrialState.COMPLETE] * 2
    assert observer.begun == [0, 1]


@pytest.mark.parametrize(
    "error", [tf.errors.InvalidArgumentError(None, None, "not for XLA"), TypeError("no tensor")]
)
def test_what_fails_while_training_goes_to_the_single_trainer(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any, *_: Any) -> None:
        raise error

    monkeypatch.setattr(Program, "run", fail)
    bench = a_bench(tmp_path, epochs=1)
    trials = train(bench, [a_proposal(0), a_proposal(1)])
    assert [t.state for t in trials] == [TrialState.COMPLETE] * 2


def test_a_failing_builder_costs_one_trial(tmp_path: Path) -> None:
    def sometimes(hp: Any) -> Any:
        model = build(hp)
        if hp.get("learning_rate") == 0.02:
            raise ValueError("no such thing")
        return model

    bench = Bench(sometimes, DATA, a_plan(epochs=1), tmp_path)
    trials = train(bench, [a_proposal(0), a_proposal(1, learning_rate=0.02), a_proposal(2)])
    assert [t.state for t in trials] == [
        TrialState.COMPLETE, TrialState.FAILED, TrialState.COMPLETE
    ]  # fmt: skip


def test_batches_end_at_multiples_of_their_size() -> None:
    proposals = iter([a_proposal(i) for i in range(3, 12)])
    batches = [[p.number for p in _batch(proposals, 4)] for _ in range(4)]
    # A search that was interrupted after its third trial ends that batch first.
    assert batches == [[3], [4, 5, 6, 7], [8, 9, 10, 11], []]


def test_survivors_of_halving_go_on_as_if_alone(tmp_path: Path) -> None:
    # As asha does: of 8 trials 4 go on after the first epoch, 2 after the second.
    proposals = [a_proposal(i, learning_rate=0.01 * (i + 1)) for i in range(8)]
    halving = Quiet(prune={0: 1, 2: 1, 4: 1, 6: 1, 1: 2, 5: 2})
    bench = a_bench(tmp_path, epochs=4)
    pruned = train(bench, proposals, halving)
    assert [t.epochs for t in pruned] == [1, 2, 1, 4, 1, 2, 1, 4]
    [program] = bench.trainer._programs._kept.values()
    assert list(program._graphs) == [8]
    whole = train(bench, proposals)
    same_curve(pruned[3], whole[3])
    same_curve(pruned[7], whole[7])


def test_a_session_is_cleared_where_something_trained_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[int] = []
    monkeypatch.setattr(trainer, "fresh_session", cleared.append)
    bench = Bench(build, DATA, a_plan(epochs=1, seed=7), tmp_path, members=2)
    rows = [8, 8, 8, 8, 8, 4, 8, 8]
    trials = train(bench, [a_proposal(i, batch_size=n) for i, n in enumerate(rows)])
    assert [t.state for t in trials] == [TrialState.COMPLETE] * 8
    # Before the first batch; the third one's two batches differ in size, and so train alone.
    assert cleared == [7, 7]


def test_a_smaller_cohort_uses_the_graphs_of_a_larger_one(tmp_path: Path) -> None:
    bench = a_bench(tmp_path)
    first = train(bench, [a_proposal(i) for i in range(5)])
    again = train(bench, [a_proposal(i) for i in range(4)])
    [program] = bench.trainer._programs._kept.values()
    assert list(program._graphs) == [5]
    for one, other in zip(again, first, strict=False):
        same_curve(one, other)


def test_other_objectives_are_measured(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, epochs=1, others=(Objective.named("parameters"),))
    [first, _] = train(bench, [a_proposal(0), a_proposal(1)])
    assert first.facts.measured == {"parameters": 4 * 4 + 4 + 4 * 2 + 2}


@pytest.mark.usefixtures("on_cpu")
def test_a_single_trial_of_many_small_steps_has_a_program(tmp_path: Path) -> None:
    long = a_bench(tmp_path, epochs=2_000)
    assert long.trainer._trains_together(long.trainer._prepare([a_proposal(0)]))
    short = a_bench(tmp_path, epochs=2)
    assert not short.trainer._trains_together(short.trainer._prepare([a_proposal(0)]))
    # Another width uses the same program.
    [wide] = long.trainer._prepare([a_proposal(1, units=6)])
    [narrow] = long.trainer._prepare([a_proposal(2, units=4)])
    assert wide.structure == narrow.structure
    own = [trial.executions[0].fingerprint.structure for trial in (wide, narrow)]
    assert own[0] != own[1]
