"""What a model's outputs mean for the rows: names, probabilities, numbers, and their table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tuneit.data.head import Head
from tuneit.data.output import Output
from tuneit.errors import InputError
from tuneit.result.predictions import OutputPredictions, Predictions, named_predictions

YES_NO = Output("classification", class_names=("no", "yes"), codes=(0, 1))


@pytest.mark.parametrize(
    ("output", "head", "raw", "values", "second"),
    [
        (YES_NO, Head(), [[0.9], [0.2]], ["yes", "no"], [0.9, 0.2]),
        (YES_NO, Head(from_logits=True), [[0.0], [0.9]], ["no", "yes"], [0.5, 0.7109495]),
        (
            Output("classification", class_names=("a", "b", "c"), codes=(0, 1, 2)),
            None,
            [[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]],
            ["b", "a"],
            [0.7, 0.2],
        ),
        (
            Output("classification", class_names=("low", "high"), codes=(-1, 1)),
            Head(loss="mean_squared_error", activation="tanh"),
            [[-0.4], [0.3]],
            ["low", "high"],
            None,
        ),
        (Output("regression"), None, [[1.5], [2.5]], [1.5, 2.5], None),
        (
            Output("multilabel", class_names=("x", "y"), row_shape=(2,)),
            None,
            [[0.9, 0.1], [0.6, 0.7]],
            [[1, 0], [1, 1]],
            [0.1, 0.7],
        ),
        (
            Output("classification", class_names=("B", "I"), codes=(0, 1), row_shape=(3,)),
            None,
            np.eye(2)[[[0, 1, 1], [1, 0, 0]]],
            [["B", "I", "I"], ["I", "B", "B"]],
            None,
        ),
    ],
    ids=["sigmoid", "logit", "softmax", "tanh", "regression", "multilabel", "tags"],
)
def test_values_and_probabilities(output, head, raw, values, second) -> None:
    found = named_predictions(output, head, np.asarray(raw, np.float32))
    assert found.values.tolist() == values
    shares = None if found.probabilities is None else found.probabilities[:, 1]
    assert second is None if shares is None else np.allclose(shares, second, atol=1e-6)


def test_the_table_and_the_arrays(tmp_path: Path) -> None:
    one = named_predictions(YES_NO, None, np.array([[0.75], [0.25]]))
    found = Predictions((one,), rows=("a.png", "=b.png"))
    path = found.write(tmp_path / "out" / "predictions.csv")
    assert path.read_text().splitlines() == [
        "row,prediction,probability.no,probability.yes",
        "a.png,yes,0.25,0.75",
        "'=b.png,no,0.75,0.25",
    ]
    with np.load(found.write(tmp_path / "predictions.npz"), allow_pickle=False) as arrays:
        assert arrays["prediction"].tolist() == ["yes", "no"]
        assert arrays["classes"].tolist() == ["no", "yes"]
    assert list(np.asarray(found)) == ["yes", "no"]
    assert len(found) == 2
    with pytest.raises(InputError, match=r"written as \.csv or \.npz"):
        found.write(tmp_path / "predictions.xlsx")


def test_outputs_stand_side_by_side_and_wide_ones_need_arrays() -> None:
    price = OutputPredictions("price", np.array([[1.0, 2.0]]))
    sold = OutputPredictions("sold", np.array(["yes"], dtype=object))
    columns = Predictions((price, sold)).columns()
    assert list(columns) == ["price.prediction.0", "price.prediction.1", "sold.prediction"]
    assert set(Predictions((price, sold)).values) == {"price", "sold"}
    wide = Predictions((OutputPredictions("", np.zeros((1, 2000))),))
    with pytest.raises(InputError, match="2000 numbers"):
        wide.to_csv()
