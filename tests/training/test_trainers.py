"""The contract that every trainer keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_models import (
    HERE,
    AnObserver,
    a_dataset,
    a_network,
    a_plan,
    a_proposal,
    a_recipe,
    data_of_several,
    data_of_texts_and_masks,
    keras_tuner,
)

from tuneit.curves import LearningCurve
from tuneit.data.dataset import Dataset
from tuneit.errors import FatalTrialError, NoRoomError, ObjectiveError, UnwritableError
from tuneit.study import ClusterSpec, EarlyStopping
from tuneit.training.builders.builder import load_builder
from tuneit.training.builders.compiling import CompileArguments
from tuneit.training.cluster.actors import ActorPool
from tuneit.training.cluster.trainer import ClusterTrainer
from tuneit.training.cohort.trainer import CohortTrainer
from tuneit.training.keras_loader import load_keras
from tuneit.training.saving.checkpoints import Checkpoints
from tuneit.training.saving.prediction import load_model, predict
from tuneit.training.saving.rebuilding import ModelRebuilder
from tuneit.training.single import SingleTrainer
from tuneit.training.workers.pool import WorkerPool
from tuneit.training.workers.trainer import WorkerTrainer
from tuneit.trials import EndedExecution, Trial, TrialState

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.eager

TRAINERS: dict[str, Callable[..., Any]] = {
    "single": SingleTrainer,
    "workers": WorkerTrainer,
    # What cannot be fused, a lone proposal among it, goes to the ordinary trainer from here.
    "cohort": CohortTrainer,
    "cluster": partial(ClusterTrainer, lent=True),
}

POOLS = {"workers": "pool", "cluster": "actors"}

Train = Callable[..., list[Trial]]


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """A process that stays warm for all tests; those in workers/ let several train at once."""
    with WorkerPool(1) as shared:
        yield shared


@pytest.fixture(scope="module")
def actors(ray_cluster: Any) -> Iterator[ActorPool]:
    """An actor that stays warm for all tests; those in cluster/ let several train at once."""
    with ActorPool(ClusterSpec(), HERE, 1) as shared:
        yield shared


@pytest.fixture(params=list(TRAINERS))
def train(request: pytest.FixtureRequest, tmp_path: Path) -> Train:
    """Train proposals with a builder of training_models.py."""
    warm = {}
    if request.param in POOLS:
        warm["pool"] = request.getfixturevalue(POOLS[request.param])

    def run(
        name: str,
        *proposals: Any,
        observer: Any = None,
        plan: Any = None,
        specs: Any = None,
        dataset: Any = None,
        compiled_with: Any = None,
    ) -> list[Trial]:
        builder = load_builder(f"training_models.py:{name}", HERE).with_specs(specs or {})
        builder = replace(builder, compiled_with=compiled_with)
        recipe = a_recipe(builder, plan=plan, models=tmp_path / "models", dataset=dataset)
        trainer = TRAINERS[request.param](recipe, **warm)
        trials = list(trainer.train(iter(proposals), observer or AnObserver()))
        return sorted(trials, key=lambda trial: trial.number)

    return run


alone = pytest.mark.parametrize("train", ["single", "workers"], indirect=True)
"""For what a cohort hands to the ordinary trainer as it is; its own tests train it fused."""

remote = pytest.mark.parametrize("train", ["single", "workers", "cluster"], indirect=True)
"""The same, where it matters that files or decisions travel between machines."""


@pytest.mark.eager(False)
@pytest.mark.parametrize("builder", ["build_model", "build_with_shared_metrics"])
def test_the_same_proposal_gives_the_same_curve_whatever_ran_before(
    train: Train, builder: str
) -> None:
    first, other, again = train(
        builder,
        a_proposal(0, units=3, rate=0.05),
        a_proposal(1, seed=8, units=8, rate=0.01),
        a_proposal(2, units=3, rate=0.05),
    )
    assert first.curve is not None
    assert again.curve is not None
    assert other.curve is not None
    assert first.curve.to_dict() == again.curve.to_dict()
    assert first.curve.to_dict() != other.curve.to_dict()
    assert set(first.curve.series) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert first.epochs == 3
    assert first.score == min(first.curve["val_loss"])
    assert first.state is TrialState.COMPLETE
    assert first.facts.parameters == 4 * 3 + 3 + 3 * 2 + 2
    assert first.trivial.answer == "the class shares"
    assert first.trivial.scores == (first.trivial.loss,)
    assert first.trivial == other.trivial


@alone
def test_tells_the_observer_of_every_epoch(train: Train) -> None:
    observer = AnObserver()
    [trial] = train("build_model", a_proposal(5, units=3, rate=0.05), observer=observer)
    assert observer.begun == [5]
    assert [(number, epoch) for number, epoch, _ in observer.epochs] == [(5, 1), (5, 2), (5, 3)]
    assert observer.asked == [trial.score]


def test_a_builder_that_raises_costs_one_trial(train: Train) -> None:
    bad, good = train("build_badly", a_proposal(0, bad=True), a_proposal(1, bad=False))
    assert bad.state is TrialState.FAILED
    assert bad.score is None
    assert bad.error is not None
    assert "ValueError: no such layer (training_models.py:" in bad.error
    assert good.state is TrialState.COMPLETE


@alone
def test_a_loss_that_becomes_nan_ends_the_trial_at_once(train: Train) -> None:
    [trial] = train("build_diverging", a_proposal(rate=1e30), plan=a_plan(epochs=9))
    assert trial.state is TrialState.FAILED
    assert trial.error is not None
    # Which of them is seen first depends on the processor's arithmetic.
    assert trial.error.startswith(("loss became", "weights became"))
    assert trial.curve is not None
    assert trial.epochs < 9


def test_weights_that_become_nan_behind_a_finite_loss_end_the_trial(train: Train) -> None:
    trials = train("build_losing_weights", *(a_proposal(n, rate=0.05) for n in range(2)))
    for trial in trials:
        assert trial.state is TrialState.FAILED
        assert trial.error is not None
        assert "weights became NaN or infinite in epoch 1 (lost/kernel)" in trial.error
        assert trial.curve is not None
        assert np.isfinite(trial.curve["val_loss"]).all()


def test_what_was_never_finite_and_is_not_trained_is_no_fault(train: Train) -> None:
    trials = train("build_with_a_mask", *(a_proposal(n, rate=0.05) for n in range(2)))
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 2


@remote
def test_a_pruned_trial_keeps_its_score_so_far(train: Train) -> None:
    observer = AnObserver(prune_at=2, keep=True)
    [trial] = train("build_model", a_proposal(units=3, rate=0.05), observer=observer)
    assert trial.state is TrialState.PRUNED
    assert trial.epochs in (2, 3)  # in another process the reason may arrive an epoch later
    assert trial.score is not None
    assert trial.facts.pruned == "poor"
    assert observer.asked == []


def test_executions_that_are_not_worth_it_are_not_trained(train: Train) -> None:
    observer = AnObserver(prune_after=2, keep=True)
    [trial] = train(
        "build_model",
        a_proposal(4, units=3, rate=0.05),
        observer=observer,
        plan=a_plan(executions=4),
    )
    assert trial.state is TrialState.PRUNED
    assert trial.facts.pruned == "worse"
    assert len(trial.scores) == 2
    assert trial.score == pytest.approx(np.mean(trial.scores))
    assert observer.executions == [(4, trial.scores[:1]), (4, trial.scores)]
    assert observer.asked == []


def test_models_are_compiled_with_what_is_given(train: Train) -> None:
    metrics = [keras.metrics.SparseTopKCategoricalAccuracy(2, name="top")]
    given = CompileArguments.of(keras.optimizers.SGD(0.05), None, metrics)
    named = CompileArguments.of(None, None, ["accuracy"])
    proposals = [a_proposal(n, units=3, rate=0.05) for n in range(2)]
    for trial, plain in zip(
        train("build_model", *proposals, compiled_with=given),
        train("build_model", *proposals, compiled_with=named),
        strict=True,
    ):
        assert trial.curve is not None
        assert plain.curve is not None
        assert trial.curve["val_top"].tolist() == [1.0, 1.0, 1.0]
        assert "val_accuracy" not in trial.curve
        assert trial.score == pytest.approx(plain.score)  # the same optimizer and loss


@alone
def test_executions_are_averaged(train: Train) -> None:
    [trial] = train("build_model", a_proposal(units=3, rate=0.05), plan=a_plan(executions=3))
    assert len(trial.scores) == 3
    assert len(set(trial.scores)) == 3
    assert trial.score == pytest.approx(np.mean(trial.scores))
    assert len(trial.repeats) == 2


@remote
def test_executions_are_kept_when_they_end_but_the_last(train: Train, tmp_path: Path) -> None:
    observer = AnObserver()
    [trial] = train(
        "build_model",
        a_proposal(units=3, rate=0.05),
        observer=observer,
        plan=a_plan(executions=3),
    )
    kept = observer.ended[0]
    assert [one.score for one in kept] == list(trial.scores[:2])
    assert kept[1].curve.to_dict() == trial.repeats[0].to_dict()
    assert 0 < sum(one.seconds for one in kept) < trial.duration_s
    assert kept[0].seconds > 0


def test_executions_that_ended_before_are_not_trained_again(train: Train, tmp_path: Path) -> None:
    plan = a_plan(executions=3)
    proposals = [a_proposal(n, units=3, rate=0.05 + 0.01 * n) for n in range(2)]
    wholes = train("build_model", *proposals, plan=plan, observer=AnObserver(keep=True))
    best = load_model(tmp_path / "models/0000.keras").get_weights()
    ended = {t.number: ended_of(t)[:2] for t in wholes}
    for trial in wholes:  # their weights tell which model is the best in the end
        place = int(np.argmin(trial.scores[:2]))
        marked = [array + 1 for array in best]
        Checkpoints(tmp_path / "paused", place).save_ended(trial.number, marked)
    observer = AnObserver(keep=True)
    resumed = [replace(p, ended=ended[p.number]) for p in proposals]
    for whole, trial in zip(
        wholes, train("build_model", *resumed, plan=plan, observer=observer), strict=True
    ):
        assert trial.scores == pytest.approx(whole.scores, rel=1e-5)
        assert [len(curve) for curve in trial.repeats] == [3, 3]
        assert trial.duration_s > 20
        assert trial.facts.unused is None
        weights = load_model(tmp_path / f"models/{trial.number:04d}.keras").get_weights()
        is_taken_over = np.argmin(trial.scores) < 2
        assert np.allclose(weights[0], marked[0]) == is_taken_over
    assert observer.epochs == []  # those of the first execution
    assert observer.ended == {}


def ended_of(trial: Trial) -> tuple[EndedExecution, ...]:
    curves = [curve for curve in (trial.curve, *trial.repeats) if curve is not None]
    pairs = zip(trial.scores, curves, strict=True)
    return tuple(EndedExecution(score, curve, 1, seconds=10.0) for score, curve in pairs)


def test_without_their_weights_all_executions_train_anew(train: Train) -> None:
    whole = EndedExecution(0.0, LearningCurve.from_history({"val_loss": [0.0]}), 1)
    proposal = replace(a_proposal(5, units=3, rate=0.05), ended=(whole,))
    [trial] = train("build_model", proposal, plan=a_plan(executions=2))
    assert len(trial.scores) == 2
    assert min(trial.scores) > 0


@remote
def test_the_kept_model_has_its_best_weights(train: Train, tmp_path: Path) -> None:
    [trial] = train(
        "build_model",
        a_proposal(7, units=3, rate=0.05),
        observer=AnObserver(keep=True),
        plan=a_plan(epochs=4, callbacks=("training_models.py:Spoil",)),
    )
    assert trial.error is None
    assert trial.best_epoch == 3
    data = a_dataset().validation
    loss, _ = load_model(tmp_path / "models/0007.keras").evaluate(data.x, data.y, verbose=0)
    assert loss == pytest.approx(trial.score, rel=1e-4)
    assert load_model(tmp_path / "models/0007.keras").count_params() == trial.facts.parameters
    assert [p.name for p in (tmp_path / "models").iterdir()] == ["0007.keras"]


@alone
def test_of_a_model_that_keras_cannot_save_its_weights_are_kept(
    train: Train, tmp_path: Path
) -> None:
    proposal = a_proposal(0, units=3, rate=0.05)
    [trial] = train("build_without_config", proposal, observer=AnObserver(keep=True))
    assert trial.state is TrialState.COMPLETE, trial.error
    [left] = (tmp_path / "models").iterdir()
    assert left.name == "0000.weights.h5"
    builder = load_builder("training_models.py:build_without_config", HERE)
    model = ModelRebuilder(a_recipe(builder), trial.params).with_weights(left)
    validation = a_dataset().validation
    loss, _ = model.evaluate(validation.x, validation.y, verbose=0)
    assert loss == pytest.approx(trial.score, rel=1e-5)


@alone
def test_early_stopping_looks_at_the_objective(train: Train) -> None:
    stopping = EarlyStopping(patience=1, min_delta=10.0)
    [trial] = train(
        "build_model",
        a_proposal(units=3, rate=0.05),
        plan=a_plan(epochs=8, early_stopping=stopping),
    )
    assert trial.epochs == 2
    assert trial.state is TrialState.COMPLETE


# That it also ends the workers is shown in workers/test_workers.py.
@pytest.mark.parametrize("train", ["single", "cohort"], indirect=True)
def test_a_metric_that_is_missing_is_named_at_once(train: Train) -> None:
    with pytest.raises(ObjectiveError, match=r"'val_accurac' is not .*did you mean 'val_accuracy'"):
        train(
            "build_model",
            a_proposal(units=3, rate=0.1),
            plan=a_plan("val_accurac", goal="maximize"),
        )


@alone
def test_batch_size_and_epochs_go_to_fit(train: Train) -> None:
    [trial] = train("build_model", a_proposal(units=3, rate=0.1, epochs=2, batch_size=5))
    assert trial.epochs == 2


@alone
def test_hyperparameters_of_fit_are_drawn_and_reported(train: Train) -> None:
    [trial] = train("OwnFit", a_proposal(units=3))
    assert trial.params["batch_size"] in (16, 32)
    assert trial.epochs == 3
    # Discovery had met it already: nothing is late.
    assert not trial.facts.late
    [same] = train("OwnFit", a_proposal(units=3))
    assert same.params == trial.params


@alone
def test_a_loop_of_the_users_own_may_return_a_number(train: Train) -> None:
    [trial] = train("OwnLoop", a_proposal(rate=0.01), plan=a_plan("error"))
    assert trial.score == pytest.approx(1 / 3 + 0.01)
    assert trial.curve is not None
    assert list(trial.curve["error"]) == pytest.approx([1.01, 0.51, 1 / 3 + 0.01])


def test_hyperparameters_that_nobody_asked_for_are_set_apart(train: Train) -> None:
    rest = {"units_0": 3, "units_1": 4, "units_2": 5, "rate": 0.01}
    two, three, refused = train(
        "build_layers",
        a_proposal(0, layers=2, batch_size=16, **rest),
        a_proposal(1, layers=3, **rest),
        a_proposal(2, layers=1, **rest | {"units_0": 8}),
        plan=a_plan(max_parameters=50),
    )
    assert two.params == {
        "layers": 2,
        "batch_size": 16,
        "units_0": 3,
        "units_1": 4,
        "rate": 0.01,
    }
    assert two.facts.unused == {"units_2": 5}
    assert three.params == {"layers": 3, **rest}
    assert three.facts.unused is None
    assert refused.params == {"layers": 1, "units_0": 8, "rate": 0.01}


def test_what_a_builder_that_raised_would_have_asked_for_is_not_known(train: Train) -> None:
    [bad] = train("build_badly", a_proposal(0, bad=True, more=1))
    assert bad.params == {"bad": True, "more": 1}


def test_late_hyperparameters_stand_in_the_notes(train: Train) -> None:
    # `rate` is behind an `if` on a number that discovery does not try.
    [trial] = train("build_late", a_proposal(units=77))
    [late] = trial.facts.late
    assert late.name == "rate"
    assert late.contains(trial.params["rate"])


def test_an_oversized_model_is_refused_before_training(train: Train) -> None:
    observer = AnObserver()
    large, small = train(
        "build_model",
        a_proposal(0, units=8, rate=0.05),
        a_proposal(1, units=3, rate=0.05),
        observer=observer,
        plan=a_plan(max_parameters=30),
    )
    assert large.state is TrialState.FAILED
    assert large.error == (
        "refused: the model has 58 parameters, but constraints.max_parameters is 30"
    )
    assert large.facts.parameters == 58
    assert large.epochs == 0
    assert small.state is TrialState.COMPLETE
    assert {number for number, *_ in observer.epochs} == {1}


def test_a_slow_trial_ends_after_its_epoch(train: Train) -> None:
    slow, other = train(
        "build_model",
        a_proposal(0, units=3, rate=0.05),
        a_proposal(1, units=3, rate=0.01),
        plan=a_plan(epochs=5, max_seconds=1e-6, executions=2),
    )
    for trial in (slow, other):
        assert trial.state is TrialState.PRUNED
        assert trial.epochs < 5
        assert trial.score is not None
        assert "constraints.max_seconds is 1e-06" in trial.facts.pruned


@alone
def test_cross_validation_trains_on_each_fold(train: Train) -> None:
    from tuneit.data.load import dataset_from_arrays

    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 4)).astype(np.float32)
    data = dataset_from_arrays(x, (x.sum(axis=1) > 0).astype(int), folds=3)
    unfolded = dataset_from_arrays(x, (x.sum(axis=1) > 0).astype(int))
    proposal, plan = a_proposal(units=3, rate=0.05), a_plan(epochs=1, executions=3)
    [trial] = train("build_model", proposal, plan=plan, dataset=data)
    [other] = train("build_model", proposal, plan=plan, dataset=unfolded)
    assert set(trial.scores).isdisjoint(other.scores)
    assert len(set(trial.scores)) == 3
    assert trial.score == pytest.approx(np.mean(trial.scores))
    assert len(trial.repeats) == 2


@pytest.mark.parametrize(
    ("build", "data"),
    [
        ("build_of_several", data_of_several(folds=2)),
        ("build_of_texts_and_masks", data_of_texts_and_masks(folds=2)),
    ],
    ids=["by place", "by name"],
)
def test_so_it_does_with_several_inputs_outputs_and_weights(
    train: Train, build: str, data: Dataset
) -> None:
    proposals = [a_proposal(number, units=units) for number, units in enumerate((3, 4))]
    trials = train(build, *proposals, plan=a_plan(epochs=1, executions=2), dataset=data)
    assert [trial.error for trial in trials] == [None, None]
    assert all(len(set(trial.scores)) == 2 for trial in trials)


def test_models_predict_where_an_interrupt_has_left_tensorflow_tracing() -> None:
    from tensorflow.python.eager.context import graph_mode

    model = a_network()
    with graph_mode():
        assert predict(model, np.ones((3, 4), np.float32)).shape == (3, 2)


# ---------------------------------------------------------------------- what ends the search
# Last of all, since an error that ends the search ends the warm processes too.


# That fatal errors come from workers is enough.
@pytest.mark.parametrize("train", ["single", "cohort"], indirect=True)
def test_a_full_disk_ends_the_training_and_not_the_trial(train: Train) -> None:
    with pytest.raises(NoRoomError, match="make room"):
        train("FillsTheDisk", a_proposal(units=3))


@pytest.mark.parametrize("train", ["single", "cluster"], indirect=True)
def test_so_does_a_folder_that_cannot_be_written(train: Train, tmp_path: Path) -> None:
    (tmp_path / "models/0000.keras").mkdir(parents=True)
    with pytest.raises(UnwritableError, match=r"0000\.keras cannot be written"):
        train("build_model", a_proposal(units=3, rate=0.05), observer=AnObserver(keep=True))


FATAL = {
    "build": (4, "FatalValueError: no such device"),
    "fit": (5, "FatalError: no such licence"),
    "callback": (6, "FatalRuntimeError: no such file"),
}


def ends_the_search(train: Train, place: str) -> None:
    units, reason = FATAL[place]
    with pytest.raises(
        FatalTrialError, match=rf"Fatal raised {reason} .*ends the search"
    ) as caught:
        train("Fatal", a_proposal(0, units=3), a_proposal(1, units=units))
    assert isinstance(caught.value, keras_tuner.errors.FatalError)


def test_keras_tuners_fatal_error_ends_the_search(train: Train) -> None:
    ends_the_search(train, "build")


@pytest.mark.parametrize("train", ["single"], indirect=True)
@pytest.mark.parametrize("place", ["fit", "callback"])
def test_wherever_it_is_raised(train: Train, place: str) -> None:
    # All trainers train by the same code; cohorts alone build by their own.
    ends_the_search(train, place)
