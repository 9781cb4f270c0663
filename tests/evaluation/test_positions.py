from __future__ import annotations

import numpy as np
import pytest

from tuneit.errors import DataError
from tuneit.evaluation.positions import PositionTargets, read_positions

TAGS = np.array([[1, 2, 0], [2, 1, 1]])


@pytest.mark.parametrize(
    "y", [TAGS, TAGS[..., None], np.eye(3)[TAGS]], ids=["labels", "a column each", "one-hot"]
)
def test_targets_in_all_forms_give_the_same_classes(y: np.ndarray) -> None:
    read = read_positions(PositionTargets(y), np.eye(3)[TAGS], (), None, positions=(3,))
    assert read.true.tolist() == read.predicted.tolist() == TAGS.ravel().tolist()
    assert (read.class_names, read.left_out) == (("0", "1", "2"), 0)


@pytest.mark.parametrize(
    ("hidden", "left"),
    [
        ({}, [1, 2, 0, 2, 1, 1]),
        ({"weight": np.array([[1, 0, 2], [1, 1, 0]])}, [1, 0, 2, 1]),
        ({"weight": np.array([0.0, 1.0])}, [2, 1, 1]),
        ({"mask": np.array([[True, True, False], [True, False, False]])}, [1, 2, 2]),
        ({"ignored": 1}, [2, 0, 2]),
        ({"ignored": 1, "weight": np.array([[1.0], [0.0]])}, [2, 0]),
    ],
)
def test_padding_is_what_mask_weight_or_ignored_label_say(hidden: dict, left: list[int]) -> None:
    read = read_positions(
        PositionTargets(TAGS, **hidden), np.eye(3)[TAGS], (), None, positions=(3,)
    )
    assert read.true.tolist() == left
    assert read.left_out == 6 - len(left)


def test_one_hot_positions_without_a_one_are_padding() -> None:
    y = np.eye(3)[TAGS]
    y[1, 1:] = 0
    read = read_positions(PositionTargets(y), np.eye(3)[TAGS], (), None, positions=(3,))
    assert read.true.tolist() == [1, 2, 0, 2]


def test_a_label_that_the_loss_ignores_need_not_be_a_class() -> None:
    y = np.where(TAGS == 0, 255, TAGS)
    read = read_positions(
        PositionTargets(y, ignored=255),
        np.eye(3)[TAGS],
        ("one", "two"),
        None,
        positions=(3,),
        codes=(1, 2),
    )
    assert read.class_names == ("0", "one", "two")
    assert read.true.tolist() == [1, 2, 2, 1, 1]


def test_one_unit_a_position_is_a_probability_or_a_logit() -> None:
    y = PositionTargets(np.array([[[0, 1], [1, 0]]]))
    outputs = np.array([[[0.4, 0.6], [0.9, 0.5]]])
    read = read_positions(y, outputs[..., None], (), None, positions=(2, 2))
    assert read.predicted.tolist() == [0, 1, 1, 0]
    logits = read_positions(y, outputs, (), None, positions=(2, 2), from_logits=True)
    assert logits.predicted.tolist() == [1, 1, 1, 1]


def test_the_trivial_class_is_that_of_the_training_positions_that_count() -> None:
    train = PositionTargets(np.array([[0, 0, 2]]), mask=np.array([[1, 1, 1]]), ignored=0)
    read = read_positions(PositionTargets(TAGS), np.eye(3)[TAGS], (), train, positions=(3,))
    assert read.majority == 2


def test_what_cannot_be_read_is_refused_in_words() -> None:
    with pytest.raises(DataError, match=r"positions \(3,\) of 2 rows, but got .* \(2, 4\)"):
        read_positions(PositionTargets(TAGS), np.ones((2, 4)), (), None, positions=(3,))
    with pytest.raises(DataError, match="NaN for 2 of 2 rows"):
        read_positions(PositionTargets(TAGS), np.full((2, 3, 3), np.nan), (), None, positions=(3,))
    with pytest.raises(DataError, match="all positions of the test rows are padding"):
        read_positions(
            PositionTargets(TAGS, weight=np.zeros(2)), np.eye(3)[TAGS], (), None, positions=(3,)
        )
