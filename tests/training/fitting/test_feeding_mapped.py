"""Arrays in files as `keras.Model.fit` gets them: batches in an order of the training's seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tuneit.data import mapped
from tuneit.data.load import as_dataset
from tuneit.data.raw import RawData, RawSplit
from tuneit.data.streamed import StreamedDataset
from tuneit.study import PythonData
from tuneit.training.fitting.feeding import Feed


def test_batches_come_in_the_order_of_the_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "MOST_LOADED", 1)
    np.save(tmp_path / "x.npy", np.arange(100.0)[:, None])
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    raw = RawData("m", {"train": RawSplit(x, np.arange(100) % 2)})
    data = as_dataset(raw, PythonData(source="python", function="memory:arrays"), 0)
    assert isinstance(data, StreamedDataset)

    def epochs(seed: int) -> list[list[float]]:
        batches = Feed(data, 25, seed=seed).arguments()["x"]
        read = [[x.numpy() for x, _ in batches] for _ in range(2)]
        assert [len(batch) for batch in read[0]] == [25, 25, 10]
        assert read[0][0].dtype == np.float32
        return [np.concatenate(epoch)[:, 0].tolist() for epoch in read]

    first, second = epochs(1)
    assert first != second
    assert sorted(first) == sorted(second)
    assert epochs(1) == [first, second]
    assert epochs(2)[0] != first
    validation = Feed(data, 25, seed=1).arguments()["validation_data"]
    assert np.diff(np.concatenate([x.numpy() for x, _ in validation])[:, 0]).min() > 0
