from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from tuneit.evaluation import evaluate_classification, evaluate_regression
from tuneit.evaluation.row_inputs import Column, RowInputs
from tuneit.evaluation.segments import FEWEST_ROWS, weak_segments


def test_a_value_and_a_range_with_more_errors_are_found() -> None:
    rng = np.random.default_rng(0)
    city = np.array(["Oslo", "Rome", "Bonn"], dtype=object)[rng.integers(3, size=900)]
    age, noise = rng.uniform(20, 80, 900), rng.normal(size=900)
    right = rng.random(900) < np.where((city == "Rome") | (age > 66), 0.6, 0.97)
    columns = [Column("city", city), Column("age", age), Column("noise", noise)]
    found = weak_segments(columns, right, are_errors=False)
    assert found is not None
    assert found.looked_at == 3 + 4 + 4
    assert [s.says.split(" from ")[0] for s in found.found] == ["city = Rome", "age"]
    rome = found.found[0]
    assert rome.rows == (city == "Rome").sum()
    assert rome.score == pytest.approx(right[city == "Rome"].mean())
    assert rome.others == pytest.approx(right[city != "Rome"].mean())
    assert rome.interval[0] < rome.score < rome.interval[1] < rome.others
    table = [
        [(right & (city == "Rome")).sum(), (~right & (city == "Rome")).sum()],
        [(right & (city != "Rome")).sum(), (~right & (city != "Rome")).sum()],
    ]
    # Holm's correction of the least p-value multiplies it by all looks.
    assert rome.p_value == pytest.approx(11 * fisher_exact(table, alternative="less").pvalue)


@pytest.mark.parametrize("are_errors", [False, True])
def test_chance_names_a_segment_as_seldom_as_is_said(are_errors: bool) -> None:
    named = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        columns = [Column(f"x{i}", rng.normal(size=300)) for i in range(10)]
        scores = rng.exponential(size=300) if are_errors else rng.random(300) < 0.8
        found = weak_segments(columns, scores, are_errors=are_errors)
        assert found is not None
        named += bool(found.found)
    assert named <= 8  # 3 of 60 are expected; more than 8 are seen once in 200


def test_errors_of_numbers_are_compared_too_and_small_segments_are_not() -> None:
    rng = np.random.default_rng(1)
    kind = np.repeat([0, 1, 2], [150, 150, FEWEST_ROWS - 1])
    errors = rng.exponential(np.where(kind == 1, 3.0, 1.0))
    found = weak_segments([Column("kind", kind)], errors, are_errors=True)
    assert found is not None
    assert (found.looked_at, [s.says for s in found.found]) == (2, ["kind = 1"])
    assert found.found[0].score > 2 * found.found[0].others
    assert weak_segments([Column("kind", kind[:10])], errors[:10], are_errors=True) is None
    assert weak_segments([Column("kind", np.full(319, np.nan))], errors, are_errors=True) is None


def test_evaluations_have_weak_segments_and_worst_rows() -> None:
    rng = np.random.default_rng(2)
    kind, true = np.repeat(["a", "b"], 100).astype(object), rng.integers(2, size=200)
    shares = np.where(true == 1, 0.9, 0.1)
    shares[150:] = rng.random(50)
    inputs = RowInputs([Column("kind", kind), Column("size", np.arange(200.0))])
    result = evaluate_classification(true, shares, ["no", "yes"], inputs=inputs)
    assert result.segments is not None
    assert result.segments.found[0].says.startswith(("kind = b", "size from"))
    wrong = (shares > 0.5) != true
    assert result.worst is not None
    first = result.worst.rows[0]
    own = np.where(true == 1, shares, 1 - shares)
    assert first.score == pytest.approx(own.min())
    assert first.row == int(np.argmin(own))
    assert first.values == ("b", f"{first.row:.4g}")
    assert len(result.worst.rows) == min(10, wrong.sum())
    assert result.to_dict()["worst_rows"][0]["values"]["kind"] == "b"
    assert result.to_dict()["segments"]["looked_at"] == 6

    errors = rng.uniform(0, 1, 200) + 5 * (kind == "b")
    numbers = evaluate_regression(np.arange(200.0), np.arange(200.0) + errors, inputs=inputs)
    assert numbers.segments is not None
    assert numbers.segments.found[0].says == "kind = b"
    assert numbers.worst is not None
    assert numbers.worst.rows[0].score == pytest.approx(errors.max())


def test_of_weighted_rows_the_places_are_those_that_were_given() -> None:
    result = evaluate_classification(
        [0, 1, 1], [0.2, 0.9, 0.1], weight=[0, 1, 1], inputs=RowInputs([Column("x", np.arange(3))])
    )
    assert result.worst is not None
    assert [(one.row, one.values) for one in result.worst.rows] == [(2, ("2",))]


def test_pictures_of_the_worst_rows_come_in_their_order() -> None:
    images = np.arange(6).reshape(6, 1, 1) * np.ones((6, 4, 4)) / 5
    result = evaluate_classification(
        np.zeros(6, dtype=int), np.linspace(0.4, 0.9, 6), inputs=RowInputs(array=images)
    )
    assert result.worst is not None
    assert [one.row for one in result.worst.rows] == [5, 4, 3, 2]
    pictures = result.worst.pictures
    assert pictures is not None
    assert pictures.pixels[:, 0, 0].tolist() == [255, 170, 85, 0]
