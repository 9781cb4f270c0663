"""Trainings that pause and are continued by another trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from full_disk import full_disk
from training_models import HERE, AnObserver, a_dataset, a_plan, a_recipe

from tuneit.errors import NoRoomError, UnwritableError
from tuneit.study import EarlyStopping
from tuneit.training.builders.builder import load_builder
from tuneit.training.saving.prediction import load_model, predict
from tuneit.training.single import SingleTrainer
from tuneit.trials import Memory, Proposal, Trial, TrialState

pytestmark = pytest.mark.eager


def train(
    folder: Path,
    *memories: dict[str, int],
    builder: str = "build_momentum",
    observer: Any = None,
    **plan: Any,
) -> list[Trial]:
    """Train trials 0, 1, … of one configuration with these memories."""
    loaded = load_builder(f"training_models.py:{builder}", HERE)
    recipe = a_recipe(loaded, plan=a_plan(**{"epochs": 6, **plan}), models=folder / "models")
    trainer = SingleTrainer(recipe)
    first = (
        len(list((folder / "paused").glob("*.json"))) if folder.joinpath("paused").exists() else 0
    )
    proposals = [
        Proposal(first + n, {"units": 3}, 7 + n, Memory(**memory), repeat_seeds=(70 + n,))
        for n, memory in enumerate(memories)
    ]
    return list(trainer.train(iter(proposals), observer or AnObserver()))


def test_a_child_goes_on_with_weights_optimiser_and_curve(tmp_path: Path) -> None:
    observer = AnObserver(keep=True)
    parent, child = train(tmp_path, {"epochs": 4}, {"epochs": 6, "parent": 0}, observer=observer)
    assert parent.epochs == 4
    assert child.epochs == 6
    assert parent.curve is not None
    assert child.curve is not None
    assert child.curve.head(4).to_dict() == parent.curve.to_dict()
    assert child.facts.continued == 4
    assert [epoch for number, epoch, _ in observer.epochs if number == 1] == [5, 6]
    # 60 rows in batches of 32 are two steps an epoch: the optimiser has counted on.
    assert int(load_model(tmp_path / "models/0001.keras").optimizer.iterations) == 12
    assert child.curve["loss"][4] < parent.curve["loss"][3]
    # The whole budget is used: nothing is left to continue.
    assert [p.name for p in sorted((tmp_path / "paused").iterdir())] == [
        "0000.json", "0000.weights.h5"
    ]  # fmt: skip


def test_the_best_epoch_may_be_the_parents(tmp_path: Path) -> None:
    observer = AnObserver(keep=True)
    metric = {"metric": "val_loss", "goal": "maximize"}  # the first epoch is the worst: the best
    parent, child = train(
        tmp_path, {"epochs": 4}, {"epochs": 6, "parent": 0}, observer=observer, **metric
    )
    assert parent.best_epoch == child.best_epoch == 1
    assert child.score == parent.score
    data = a_dataset().validation.x
    models = [tmp_path / f"models/000{n}.keras" for n in (0, 1)]
    np.testing.assert_allclose(predict(models[0], data), predict(models[1], data), rtol=1e-5)


def test_repeats_pause_and_go_on_each_for_itself(tmp_path: Path) -> None:
    parent, child = train(tmp_path, {"epochs": 2}, {"epochs": 6, "parent": 0}, executions=2)
    assert len(child.scores) == 2
    assert child.repeats[0].head(2).to_dict() == parent.repeats[0].to_dict()


def test_patience_counts_on(tmp_path: Path) -> None:
    stopping = EarlyStopping(patience=3, min_delta=10.0)
    _, child = train(tmp_path, {"epochs": 3}, {"epochs": 6, "parent": 0}, early_stopping=stopping)
    assert child.epochs == 4


def test_without_the_parents_weights_all_is_trained_anew(tmp_path: Path) -> None:
    [child] = train(tmp_path, {"epochs": 3, "parent": 99})
    assert child.state is TrialState.COMPLETE
    assert child.epochs == 3
    assert child.facts.continued == 0


@pytest.mark.parametrize("ending", ["json", "weights.h5", "best.npz"])
def test_a_checkpoint_that_was_cut_short_is_none(tmp_path: Path, ending: str) -> None:
    # The second epoch is worse than the first, whose weights are then kept in best.npz.
    metric = {"metric": "val_loss", "goal": "maximize"}
    train(tmp_path, {"epochs": 2}, **metric)
    cut = tmp_path / f"paused/0000.{ending}"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    [child] = train(tmp_path, {"epochs": 3, "parent": 0}, **metric)
    assert child.state is TrialState.COMPLETE
    assert (child.epochs, child.facts.continued) == (3, 0)


def test_where_no_weights_can_be_kept_the_trial_has_not_ended(tmp_path: Path) -> None:
    with full_disk(at=2000), pytest.raises(NoRoomError, match="paused cannot be written"):
        train(tmp_path, {"epochs": 2})
    assert not list((tmp_path / "paused").glob("*.json"))
    (tmp_path / "another").mkdir()
    (tmp_path / "another/paused").touch()
    with pytest.raises(UnwritableError, match="paused cannot be written"):
        train(tmp_path / "another", {"epochs": 2})


@pytest.mark.parametrize("builder", ["OwnFit"])
def test_a_hypermodels_own_fit_is_trained_anew(tmp_path: Path, builder: str) -> None:
    parent, child = train(tmp_path, {"epochs": 2}, {"epochs": 3, "parent": 0}, builder=builder)
    assert (parent.epochs, child.epochs) == (2, 3)
    assert child.facts.continued == 0
    assert not (tmp_path / "paused").exists()
