"""A network beside a reference model: better only beyond the noise of both scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tuneit.curves import LearningCurve
from tuneit.diagnosis.comparison import Comparison, comparisons
from tuneit.diagnosis.view import view_of
from tuneit.findings import Reference
from tuneit.findings.reference_models import (
    TRIVIAL,
    PairedDifference,
    ReferenceModels,
    ReferenceScore,
)


@pytest.mark.parametrize(
    ("reference", "better", "said"),
    [
        (0.10, True, "boosting reaches accuracy 90.0 %, the network only 80.0 %; boosting"),
        (
            0.17,
            False,
            "boosting reaches accuracy 83.0 %, the network 80.0 %: within noise; boosting",
        ),
        (
            0.23,
            False,
            "boosting reaches accuracy 77.0 %, the network 80.0 %: within noise; boosting",
        ),
        (0.40, False, "the network reaches accuracy 80.0 %, boosting only 60.0 %; the network"),
    ],
)
def test_differences_within_noise_are_none(reference: float, better: bool, said: str) -> None:
    found = Comparison("boosting", "accuracy", 0.2, 0.02, reference, 0.02, trivial=0.5)
    assert found.is_better == better
    assert str(found).startswith(f"{said} is ahead by ")
    if abs(found.ahead) > 0.1:
        assert float(str(found).split(" is ahead by ")[1].split()[0]) > 0


def test_the_interval_of_the_difference_is_told() -> None:
    found = Comparison("boosting", "accuracy", 0.2, 0.02, 0.1, 0.02, trivial=0.5)
    assert found.interval == pytest.approx((0.0446, 0.1554), abs=1e-4)
    assert "ahead by 4.5 to 15.5 points (95 %, at most: as if on different rows)" in str(found)


def test_models_that_predicted_the_same_rows_are_compared_row_by_row() -> None:
    """Both fail at the same hard rows, so the difference is more certain than either score."""
    rows = PairedDifference("boosting", "accuracy", 1200, 0.2, 0.17, 0.01, 0.0104, 0.0496)
    found = Comparison("boosting", "accuracy", 0.2, 0.02, 0.17, 0.02, trivial=0.5, paired=rows)
    assert found.is_better
    assert found.interval == (0.0104, 0.0496)
    assert str(found).endswith("ahead by 1.0 to 5.0 points (95 %, row by row on 1,200 rows)")
    assert not replace(found, paired=None).is_better


def test_only_the_difference_to_the_same_model_is_taken() -> None:
    models = ReferenceModels(
        (ReferenceScore(TRIVIAL, {"accuracy": 0.5}, {"accuracy": 0.02}),
         ReferenceScore("boosting", {"accuracy": 0.9}, {"accuracy": 0.02})),
        validation_rows=500,
    )  # fmt: skip
    curve = LearningCurve.from_history(
        {"accuracy": [0.7, 0.75, 0.8, 0.8], "val_accuracy": [0.7, 0.75, 0.8, 0.8]}
    )
    for model, error in (("boosting", 0.01), ("ridge regression", None)):
        rows = PairedDifference(model, "accuracy", 500, 0.21, 0.1, 0.01, 0.09, 0.13)
        known = Reference(metric="accuracy", models=models, paired=(rows,))
        (found,) = comparisons(view_of(curve, known))
        assert (found.paired is not None) == (error is not None)
        assert found.network == pytest.approx(0.2 if error is None else 0.21)


def test_a_network_is_weak_if_it_is_no_better_than_a_linear_model() -> None:
    costs = ("boosting", "accuracy", 0.2, 0.02, 0.1, 0.02, 0.5)
    assert Comparison(*costs, linear=0.19).is_weak
    assert not Comparison(*costs, linear=0.1).is_weak
    assert not Comparison(*costs).is_weak
