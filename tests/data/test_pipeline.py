"""The pipeline of a trained model: raw rows become inputs as training rows did, or a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tuneit.data.dataset import Dataset
from tuneit.data.load import as_dataset, dataset_from_arrays, read_data
from tuneit.data.pipeline import Pipeline, load_pipeline, read_rows, save_pipeline
from tuneit.data.pipeline.rows import as_rows
from tuneit.errors import DataError
from tuneit.study import CsvData, ImagesData, NpzData

RNG = np.random.default_rng(0)


def a_table(rows: int = 60) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": RNG.integers(18, 80, rows),
            "code": RNG.choice(["007", "12", "A1"], rows),
            "gap": np.where(np.arange(rows) % 9 == 0, np.nan, RNG.normal(size=rows)),
            "bought": RNG.choice(["no", "yes"], rows),
        }
    )


def of_csv(folder: Path, **settings: Any) -> tuple[Dataset, Pipeline]:
    a_table().to_csv(folder / "rows.csv", index=False)
    spec = CsvData(
        source="csv",
        path="rows.csv",
        target="bought",
        missing="median",
        scale="standard",
        **settings,
    )
    data = as_dataset(read_data(spec, folder, 0), spec, 0)
    return data, Pipeline.of(data, spec)


def kept(pipeline: Pipeline, folder: Path) -> Pipeline:
    """The pipeline as its file gives it back."""
    save_pipeline(pipeline, folder / "best.pipeline.json")
    return load_pipeline(folder / "best.pipeline.json")


def test_raw_rows_of_a_table_become_what_was_trained_on(tmp_path: Path) -> None:
    data, pipeline = of_csv(tmp_path, split={"validation": 0.5, "test": 0.2, "stratify": False})
    raw = read_rows(kept(pipeline, tmp_path), tmp_path / "rows.csv", with_targets=True)
    x, notes = pipeline.features(raw.x, raw.where)
    assert not notes
    every = np.concatenate([split.x for split in data.splits.values()])
    assert np.array_equal(np.unique(x, axis=0), np.unique(every, axis=0))
    y = pipeline.targets(raw.y, raw.where)
    assert np.array_equal(y, (raw.y == "yes").to_numpy().astype(int))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"age": None}, "has no column 'age', which the model was trained with"),
        ({"age": [30, "old", 40]}, "column 'age' of .* must hold numbers, .* 'old' in data row 2"),
        ({"age": [30, 31, np.inf]}, "must be finite, but has 1 infinite value"),
    ],
)
def test_columns_that_the_model_cannot_take_are_named_with_their_row(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    _, pipeline = of_csv(tmp_path)
    rows = a_table(3).drop(columns=[n for n, v in change.items() if v is None])
    rows = rows.assign(**{n: v for n, v in change.items() if v is not None})
    with pytest.raises(DataError, match=said):
        pipeline.features(rows, "new.csv")


def test_missing_values_are_filled_as_in_training_or_refused(tmp_path: Path) -> None:
    data, pipeline = of_csv(tmp_path)
    rows = a_table(3).assign(gap=[0.5, np.nan, np.nan])
    x, _ = pipeline.features(rows, "new.csv")
    assert x.shape == (3, *data.input_shape)
    plain = dataset_from_arrays(a_table().drop(columns=["bought", "gap"]), a_table()["bought"])
    strict = Pipeline.of(plain, pipeline.data)
    with pytest.raises(DataError, match="lacks the value of column 'age' in data row 3"):
        strict.features(a_table(3).assign(age=[1, 2, None]), "new.csv")


def test_an_unknown_category_is_noted_with_its_row(tmp_path: Path) -> None:
    _, pipeline = of_csv(tmp_path)
    rows = a_table(4).assign(code=["12", "A1", "B9", "B9"])
    x, notes = pipeline.features(rows, "new.csv")
    assert "category 'B9' in data row 3 and 1 more row" in notes[0]
    place = ["age", "code=007", "code=12", "code=A1", "gap"].index("code=A1")
    assert pipeline.scaler is not None
    assert x[2, place] == pipeline.scaler.apply(np.zeros((1, 5), np.float32))[0, place]


def test_a_table_of_one_feature(tmp_path: Path) -> None:
    pd.DataFrame({"age": range(20), "y": np.arange(20) / 3}).to_csv(tmp_path / "a.csv", index=False)
    spec = CsvData(source="csv", path="a.csv", target="y")
    pipeline = Pipeline.of(as_dataset(read_data(spec, tmp_path, 0), spec, 0), spec)
    (tmp_path / "new.csv").write_text("age\n5\n")
    raw = read_rows(pipeline, tmp_path / "new.csv")
    assert pipeline.features(raw.x, raw.where)[0].tolist() == [[5]]


def test_records_and_columns_are_rows_too(tmp_path: Path) -> None:
    _, pipeline = of_csv(tmp_path)
    row = {"age": 30, "code": "12", "gap": 0.1}
    for given in (row, [row], {name: [value] for name, value in row.items()}):
        x, _ = pipeline.features(as_rows(pipeline, given).x, "these")
        assert x.shape == (1, 5)


def test_classes_are_known_by_name_and_by_number(tmp_path: Path) -> None:
    _, pipeline = of_csv(tmp_path, one_hot=True)
    assert pipeline.targets(["yes", "no"], "new.csv").tolist() == [[0, 1], [1, 0]]
    with pytest.raises(DataError, match="has 'maybe' in data row 2, which no training row has"):
        pipeline.targets(["yes", "maybe"], "new.csv")
    digits = dataset_from_arrays(np.zeros((8, 1)), [3, 5] * 4, positive=3, task="classification")
    swapped = Pipeline.of(digits, pipeline.data)
    assert swapped.targets([3, 5], "new.npz").tolist() == [5, 3]


def test_arrays_and_their_shape(tmp_path: Path) -> None:
    spec = NpzData(source="npz", path="rows.npz", x=("a", "b"))
    x = (RNG.normal(size=(20, 3)), RNG.integers(0, 9, (20, 4)))
    data = dataset_from_arrays(list(x), RNG.normal(size=20), scale="minmax")
    pipeline = kept(Pipeline.of(data, spec), tmp_path)
    np.savez(tmp_path / "new.npz", a=x[0], b=x[1], y=np.ones(20))
    raw = read_rows(pipeline, tmp_path / "new.npz", with_targets=True)
    first, second = pipeline.features(raw.x, raw.where)[0]
    assert (first.shape, second.shape) == ((20, 3), (20, 4))
    assert pipeline.targets(raw.y, raw.where).shape == (20,)
    with pytest.raises(DataError, match=r"rows of input '0' of these must have the shape \(3,\)"):
        pipeline.features((x[0][:, :2], x[1]), "these")
    np.savez(tmp_path / "half.npz", a=x[0])
    with pytest.raises(DataError, match="has no 'b'"):
        read_rows(pipeline, tmp_path / "half.npz")


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "train" / name).mkdir(parents=True)
        for index in range(4):
            pixels = RNG.integers(0, 255, (9, 7, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "train" / name / f"{index}.png")
    spec = ImagesData(source="images", path="train", size=(6, 5))
    data = as_dataset(read_data(spec, tmp_path, 0), spec, 0)
    pipeline = kept(Pipeline.of(data, spec), tmp_path)
    raw = read_rows(pipeline, tmp_path / "train" / "dog")
    assert raw.names == ("0.png", "1.png", "2.png", "3.png")
    assert pipeline.features(raw.x, raw.where)[0].shape == (4, 6, 5, 3)
    labelled = read_rows(pipeline, tmp_path / "train", with_targets=True)
    assert pipeline.targets(labelled.y, "train").tolist() == [0] * 4 + [1] * 4
    (tmp_path / "train" / "cat" / "0.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"0.png cannot be read"):
        read_rows(pipeline, tmp_path / "train" / "cat")


def test_a_file_that_is_no_pipeline(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no best.pipeline.json beside the model"):
        load_pipeline(tmp_path / "best.pipeline.json")
    (tmp_path / "best.pipeline.json").write_text('{"version": 99}')
    with pytest.raises(DataError, match="is not a pipeline that this version of tuneit reads"):
        load_pipeline(tmp_path / "best.pipeline.json")


def test_pictures_that_a_table_lists(tmp_path: Path) -> None:
    from PIL import Image

    for index in range(8):
        Image.fromarray(np.full((5, 5), 20 * index, np.uint8)).save(tmp_path / f"{index}.png")
    listed = pd.DataFrame({"file": [f"{i}.png" for i in range(8)], "label": np.arange(8) / 3})
    listed.to_csv(tmp_path / "listed.csv", index=False)
    spec = ImagesData(source="images", path=".", labels="listed.csv", size=(4, 4), grayscale=True)
    data = as_dataset(read_data(spec, tmp_path, 0), spec, 0)
    pipeline = kept(Pipeline.of(data, spec), tmp_path)
    raw = read_rows(pipeline, tmp_path / "listed.csv", with_targets=True)
    assert pipeline.features(raw.x, raw.where)[0].shape == (8, 4, 4, 1)
    assert np.allclose(pipeline.targets(raw.y, raw.where), np.arange(8) / 3)
    listed[["file"]].head(2).to_csv(tmp_path / "new.csv", index=False)
    raw = read_rows(pipeline, tmp_path / "new.csv")
    assert (len(raw.x), raw.y, raw.names) == (2, None, ("0.png", "1.png"))
    with pytest.raises(DataError, match=r"new.csv must have a target and at least one feature"):
        read_rows(pipeline, tmp_path / "new.csv", with_targets=True)
    with pytest.raises(DataError, match="pictures that a CSV file lists"):
        read_rows(pipeline, tmp_path, with_targets=True)
