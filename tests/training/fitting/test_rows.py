from __future__ import annotations

import numpy as np

from tuneit.training.fitting.rows import drawn, shuffled


def test_an_epoch_of_all_rows_is_one_shuffling() -> None:
    for epoch in range(3):
        assert drawn(7, epoch, 5, 5).tolist() == shuffled(7, epoch, 5).tolist()


def test_shorter_and_longer_epochs_go_on_where_the_one_before_stopped() -> None:
    whole = np.concatenate([shuffled(7, index, 5) for index in range(8)]).tolist()
    for count in (3, 12):
        rows = np.concatenate([drawn(7, epoch, 5, count) for epoch in range(3)]).tolist()
        assert rows == whole[: 3 * count]
