from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from builders import a_curve

from tuneit.curves import LearningCurve
from tuneit.curves.series_names import canonical


def test_epochs_count_from_one() -> None:
    assert list(a_curve(loss=[3, 2, 1]).epochs) == [1, 2, 3]


def test_shorter_series_are_those_of_the_last_epochs() -> None:
    curve = a_curve(loss=[3, 2, 1], val_loss=[5])
    assert np.isnan(curve["val_loss"][:2]).all()
    assert curve.at("val_loss", 3) == 5


@pytest.mark.parametrize(
    ("reported", "epochs", "those"),
    [
        (4, 20, [5, 10, 15, 20]),  # validation_freq=5
        (2, 13, [6, 12]),
        (3, 4, [2, 3, 4]),  # began late
        (0, 3, []),
        (3, 3, [1, 2, 3]),
    ],
)
def test_a_shorter_series_was_reported_every_few_epochs_or_late(
    reported: int, epochs: int, those: list[int]
) -> None:
    curve = a_curve(loss=range(epochs), val_loss=range(reported))
    assert curve.epochs[np.isfinite(curve["val_loss"])].tolist() == those


def test_epochs_may_report_different_metrics() -> None:
    curve = LearningCurve.from_epochs([{"loss": 1.0}, {"loss": 0.5, "val_loss": 0.7}])
    assert math.isnan(curve.at("val_loss", 1))
    assert curve.at("val_loss", 2) == 0.7


def test_a_curve_cannot_be_changed() -> None:
    curve = a_curve(loss=[3, 2, 1])
    with pytest.raises(ValueError, match="read-only"):
        curve["loss"][0] = 9
    with pytest.raises(TypeError):
        curve.series["loss"] = curve["loss"]  # type: ignore[index]


def test_a_series_needs_one_value_an_epoch() -> None:
    with pytest.raises(ValueError, match="'loss' has 2 values for 3 epochs"):
        LearningCurve(np.arange(1, 4), {"loss": np.array([1.0, 2.0])})


def test_metrics_are_named_once_loss_first() -> None:
    curve = a_curve(accuracy=[0.5], loss=[1], val_loss=[1], learning_rate=[0.1], val_auc=[0.5])
    assert curve.metrics == ("loss", "accuracy", "auc")


def test_the_best_epoch_is_the_first_of_equals_and_never_nan() -> None:
    curve = a_curve(loss=[3, 1, 1, 2], auc=[math.nan, 0.5, 0.9, math.nan], bad=[math.nan] * 4)
    assert curve.best_epoch("loss", maximize=False) == 2
    assert curve.best_epoch("auc", maximize=True) == 3
    assert curve.best_epoch("bad", maximize=True) is None
    assert curve.best_epoch("absent", maximize=True) is None


def test_head_and_length() -> None:
    assert len(a_curve().head(2)) == 2
    assert len(a_curve(loss=[])) == 0
    assert len(LearningCurve.from_history({})) == 0


def test_a_curve_survives_pickling() -> None:
    curve = a_curve()
    again = pickle.loads(pickle.dumps(curve))
    assert again.to_dict() == curve.to_dict()
    assert "val_loss" in again
    assert again.get("absent") is None


def test_the_two_areas_under_curves_are_two_metrics() -> None:
    assert [canonical(name) for name in ("val_auc", "val_pr_auc", "aucpr")] == [
        "auc",
        "pr_auc",
        "pr_auc",
    ]
