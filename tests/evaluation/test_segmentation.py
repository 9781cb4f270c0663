from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tuneit.evaluation.images import ROWS, SIDE
from tuneit.evaluation.positions import PositionTargets
from tuneit.evaluation.segmentation import evaluate_segmentation


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5), st.integers(2, 5))
def test_the_numbers_are_scikit_learns(seed: int, rows: int, side: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(classes, size=(rows, side, side + 1))
    outputs = rng.normal(size=(rows, side, side + 1, classes))
    weight = (rng.random(true.shape) < 0.8).astype(float)
    weight[0, 0, 0] = 1
    result = evaluate_segmentation(
        PositionTargets(true, weight), outputs, positions=(side, side + 1)
    )

    counted = weight > 0
    known, found = true[counted], outputs.argmax(axis=-1)[counted]
    occur = np.union1d(known, found)
    assert result.scores.pixel_accuracy == pytest.approx(metrics.accuracy_score(known, found))
    for mean, one, score in (
        (result.scores.mean_iou, "iou", metrics.jaccard_score),
        (result.scores.mean_dice, "dice", metrics.f1_score),
    ):
        expected = score(known, found, labels=occur, average=None, zero_division=0)
        assert mean == pytest.approx(expected.mean())
        by_class = [getattr(region, one) for region in result.classes]
        assert [value for value in by_class if value is not None] == pytest.approx(
            expected.tolist()
        )
        assert {i for i, value in enumerate(by_class) if value is not None} == set(occur.tolist())
    for index, region in enumerate(result.classes):
        always = np.full(len(known), index)
        if region.support:
            assert region.baseline_iou == pytest.approx(
                metrics.jaccard_score(known == index, always == index)
            )
            assert region.baseline_dice == pytest.approx(
                metrics.f1_score(known == index, always == index)
            )


def test_two_classes_of_one_unit_a_pixel_stand_beside_the_background() -> None:
    true = np.zeros((2, 4, 4, 1))
    true[:, 1:3, 1:3] = 1
    outputs = np.full(true.shape, 0.1)
    outputs[0, 1:3, 1:3] = 0.9
    result = evaluate_segmentation(
        PositionTargets(true), outputs, ["ground", "disc"], positions=(4, 4)
    )
    assert [region.iou for region in result.classes] == pytest.approx([24 / 28, 4 / 8])
    assert result.majority_class == "ground"
    assert result.baseline.pixel_accuracy == 0.75
    assert result.baseline.mean_iou == pytest.approx(0.75 / 2)
    assert "mean IoU 0.6786 on 2 images (always 'ground': 0.3750)" in result.headline()


def test_a_few_rows_are_kept_as_small_pictures_of_input_truth_and_prediction() -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(3, size=(6, 100, 80))
    inputs = rng.random((6, 100, 80, 3))
    result = evaluate_segmentation(
        PositionTargets(true), np.eye(3)[true], positions=(100, 80), inputs=inputs
    )
    titles = [(image.title, image.classes) for image in result.images]
    assert titles == [("input", 0), ("truth", 3), ("prediction", 3)]
    assert result.images[0].pixels.shape == (ROWS, 50, 40, 3)
    assert max(result.images[1].pixels.shape[1:]) <= SIDE
    np.testing.assert_array_equal(result.images[1].pixels, true[:ROWS, ::2, ::2])
    np.testing.assert_array_equal(result.images[1].pixels, result.images[2].pixels)


def test_volumes_have_scores_but_no_pictures() -> None:
    true = np.arange(8).reshape(1, 2, 2, 2) % 2
    result = evaluate_segmentation(PositionTargets(true), np.eye(2)[true], positions=(2, 2, 2))
    assert (result.scores.mean_iou, result.images) == (1.0, ())


def test_it_goes_to_json_and_to_a_notebook() -> None:
    true = np.array([[[0, 1], [1, 0]]])
    result = evaluate_segmentation(
        PositionTargets(true), np.eye(3)[true], ["<b>", "c", "d"], positions=(2, 2)
    )
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert record["classes"][2]["iou"] is None
    assert "images" not in record
    assert "&lt;b&gt;" in result._repr_html_()
