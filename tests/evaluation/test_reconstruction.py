from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.errors import DataError
from tuneit.evaluation.reconstruction import evaluate_reconstruction


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
def test_errors_are_over_all_values_beside_the_mean_row(
    seed: int, rows: int, shape: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    true, predicted, train = (rng.normal(size=(n, *shape)) for n in (rows, rows, 5))
    result = evaluate_reconstruction(true, predicted, train)
    mean = np.broadcast_to(train.mean(axis=0), true.shape)
    for scores, answer in ((result.scores, predicted), (result.baseline, mean)):
        known, found = true.ravel(), answer.ravel()
        assert scores.mae == pytest.approx(metrics.mean_absolute_error(known, found))
        assert scores.rmse == pytest.approx(metrics.root_mean_squared_error(known, found))
    by_row = [
        metrics.root_mean_squared_error(t.ravel(), p.ravel())
        for t, p in zip(true, predicted, strict=True)
    ]
    assert result.rows.largest == pytest.approx(max(by_row))
    assert result.rows.median == pytest.approx(np.median(by_row))


def test_images_are_kept_with_the_input_only_where_it_is_not_the_truth() -> None:
    clean = np.linspace(0, 255, 6 * 9 * 9).reshape(6, 9, 9, 1).astype(np.uint8)
    itself = evaluate_reconstruction(clean, clean / 2, inputs=clean)
    assert [image.title for image in itself.images] == ["truth", "prediction"]
    assert itself.images[0].pixels.shape == (4, 9, 9)
    assert (itself.images[0].pixels.min(), itself.images[0].pixels.max()) == (0, 255)
    noisy = evaluate_reconstruction(clean, clean / 2, inputs=255.0 - clean)
    assert [image.title for image in noisy.images] == ["input", "truth", "prediction"]
    assert not evaluate_reconstruction(clean[..., 0, 0], clean[..., 0, 0]).images


def test_it_goes_to_json_and_refuses_what_does_not_fit() -> None:
    result = evaluate_reconstruction(np.zeros((3, 2)), np.ones((3, 2)))
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (record["mae"], record["baseline"]["mae"], record["row_shape"]) == (1.0, 0.0, [2])
    assert "RMSE 1.0000 on 3 rows (always the mean row: MAE 0.0000" in result._repr_html_()
    with pytest.raises(DataError, match=r"\(3, 2\) and \(3, 4\)"):
        evaluate_reconstruction(np.zeros((3, 4)), np.ones((3, 2)))
