from __future__ import annotations

import json

import numpy as np
import pytest

from tuneit.errors import DataError
from tuneit.evaluation.unmatched import evaluate_unmatched


def test_predictions_of_quantiles_say_what_share_of_the_truth_lies_below_each() -> None:
    true = np.arange(10.0)[:, None]
    predicted = np.tile([0.5, 4.5, 20.0], (10, 1))
    result = evaluate_unmatched(true, predicted, np.arange(5.0))
    assert [column.share_below for column in result.columns] == [0.1, 0.5, 1.0]
    assert result.columns[1].mae == pytest.approx(2.5)
    assert result.baseline_mae == pytest.approx(np.abs(true - 2).mean())
    assert result.headline() == (
        "the model predicts 3 numbers for each of 10 rows, but the target has 1: only the loss "
        "knows what each of them means, and no error can be told; share of true values at or below "
        "each: 0.1000, 0.5000, 1.0000"
    )
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (record["task"], record["columns"][2]["column"]) == ("unmatched", 2)
    assert "0.5000" in result._repr_html_()


def test_of_other_shapes_there_is_the_sentence_alone() -> None:
    several = evaluate_unmatched(np.zeros((4, 2)), np.zeros((4, 6)))
    assert (several.columns, several.headline()) == ((), several.said)
    features = evaluate_unmatched(np.zeros(4), np.zeros((4, 500)))
    assert features.columns == ()
    with pytest.raises(DataError, match="NaN or infinity for 4 of 4 rows"):
        evaluate_unmatched(np.zeros(4), np.full((4, 3), np.nan))
    with pytest.raises(DataError, match="as many predictions"):
        evaluate_unmatched(np.zeros(4), np.zeros((3, 3)))
