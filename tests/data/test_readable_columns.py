from __future__ import annotations

import numpy as np
import pytest

from tuneit.data.load import dataset_from_arrays
from tuneit.data.readable_columns import readable_columns


def test_scaling_is_undone_and_categories_are_whole() -> None:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "size": rng.integers(1, 9, 60),
            "mfr": rng.choice(["K", "G", "N"], 60),
            "w": rng.random(60),
        }
    )
    kinds = rng.integers(2, size=60)
    dataset = dataset_from_arrays(table, kinds, scale="standard")
    columns = {c.name: c for c in readable_columns(dataset, dataset.train)}
    assert list(columns) == ["size", "mfr", "w"]
    assert set(np.round(columns["size"].values, 3)) <= set(map(float, range(1, 9)))
    assert set(columns["mfr"].values) == {"K", "G", "N"}
    assert columns["mfr"].is_text
    assert columns["w"].values.min() >= 0


def test_pictures_have_no_columns_and_several_inputs_have_those_of_each() -> None:
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, size=40)
    pictures = dataset_from_arrays(rng.random((40, 8, 8)), kinds)
    assert readable_columns(pictures, pictures.test) == ()
    several = dataset_from_arrays(
        {"age": rng.random((40, 1)), "text": np.array(["a", "b"] * 20, dtype=object)}, kinds
    )
    assert [c.name for c in readable_columns(several, several.test)] == ["age", "text"]
    plain = dataset_from_arrays(rng.random((40, 2)), kinds)
    assert [c.name for c in readable_columns(plain, plain.test)] == ["feature 0", "feature 1"]
