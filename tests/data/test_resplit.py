"""Fresh splits of the development rows."""

from __future__ import annotations

import numpy as np

from tuneit.data.load import dataset_from_arrays
from tuneit.data.resplit import with_fresh_splits


def test_each_seed_splits_all_rows_but_the_tests_anew() -> None:
    x, y = np.arange(100.0).reshape(-1, 1), np.arange(100) % 4
    before = dataset_from_arrays(x, y, seed=1)
    after = with_fresh_splits(before, [0, 1])
    tested = set(before.test.x.ravel())
    validated = []
    for index in range(2):
        one = after.of_execution(index)
        rows = [set(split.x.ravel()) for split in (one.train, one.validation, one.test)]
        assert [len(r) for r in rows] == [60, 20, 20]
        assert rows[2] == tested
        assert not rows[0] & rows[1]
        assert rows[0] | rows[1] == set(x.ravel()) - tested
        assert np.bincount(one.validation.y).tolist() == [5, 5, 5, 5]
        validated.append(rows[1])
    assert validated[0] != validated[1]
    assert with_fresh_splits(before, [1]).of_execution(0).validation.x.tolist() == (
        after.of_execution(1).validation.x.tolist()
    )


def test_a_dataset_says_where_rows_may_not_be_split_by_chance() -> None:
    x, y = np.arange(40.0).reshape(-1, 1), np.arange(40) % 2
    groups = np.arange(40) // 2
    assert dataset_from_arrays(x, y).split_by == "chance"
    assert dataset_from_arrays(x, y, groups=groups).split_by == "groups"
    assert dataset_from_arrays(x, y, in_time=True).split_by == "time"


def test_a_smaller_part_lies_within_a_larger_one() -> None:
    x = np.arange(50.0).reshape(-1, 1)
    data = dataset_from_arrays(x, x.ravel(), task="regression")
    parts = [set(with_fresh_splits(data, [3], share).train.x.ravel()) for share in (0.25, 0.5, 1.0)]
    assert parts[0] < parts[1] < parts[2]


def test_weights_follow_their_rows_and_validation_rows_count_once() -> None:
    x, y = np.arange(40.0).reshape(-1, 1), np.arange(40) % 2
    data = dataset_from_arrays(x, y, sample_weight=np.full(40, 3.0))
    fresh = with_fresh_splits(data, [0])
    assert set(np.unique(fresh.train.weight)) <= {1.0, 3.0}
