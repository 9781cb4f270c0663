"""Several inputs and outputs out of files: columns of a table, arrays of an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset
from tuneit.data.load import as_dataset, read_data
from tuneit.errors import DataError
from tuneit.study import CsvData, NpzData

ROWS = 40
CODES = np.arange(ROWS) % 7
NOTES = [f"text number {i}" for i in range(ROWS)]
PRICE, SOLD = CODES * 1.5, (CODES > 3).astype(int)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    lines = [
        f"{i / 3},{'red' if i % 2 else 'blue'},{NOTES[i]},{CODES[i]},{PRICE[i]},{SOLD[i]},{i % 2}"
        for i in range(ROWS)
    ]
    (tmp_path / "t.csv").write_text("a,colour,note,code,price,sold,new\n" + "\n".join(lines) + "\n")
    return tmp_path


def of_csv(folder: Path, **settings: Any) -> Dataset:
    spec = CsvData(source="csv", path="t.csv", **settings)
    return as_dataset(read_data(spec, folder, 0), spec, 0)


def test_columns_are_grouped_into_inputs_and_outputs(table: Path) -> None:
    inputs = {"numbers": ("a", "colour"), "text": "note", "code": "code"}
    data = of_csv(table, inputs=inputs, target={"price": "price", "sold": "sold"}, scale="minmax")
    x: Any = data.train.x
    assert list(x) == ["numbers", "text", "code"]
    assert data.input_shape == {"numbers": (3,), "text": (1,), "code": (1,)}
    assert [array.dtype.kind for array in x.values()] == ["f", "O", "i"]
    assert x["numbers"][:, 0].max() == 1
    rows = np.array([NOTES.index(note) for note in x["text"][:, 0]])
    assert x["code"][:, 0].tolist() == CODES[rows].tolist()
    assert [(o.name, o.task) for o in data.outputs] == [
        ("price", "regression"),
        ("sold", "classification"),
    ]
    np.testing.assert_allclose(data.train.y["price"], PRICE[rows])  # type: ignore[call-overload,index]


def test_one_input_of_some_columns_or_of_a_text(table: Path) -> None:
    data = of_csv(table, inputs=("a", "colour"), target=("sold", "new"), task="multilabel")
    assert data.feature_names == ("a", "colour=blue", "colour=red")
    assert (data.task, data.outputs[0].row_shape) == ("multilabel", (2,))
    assert of_csv(table, inputs="note", target="sold").has_texts
    copy = of_csv(table, inputs=("a", "price"), target=("a", "price"), scale="none")
    assert copy.outputs[0].is_copy_of_input


def test_missing_values_of_inputs_are_filled_or_dropped(table: Path) -> None:
    path = table / "t.csv"
    path.write_text(path.read_text().replace("text number 3,3", ",").replace("\n0.0,", "\n,"))
    kept: dict[str, Any] = {"inputs": {"a": "a", "text": "note", "code": "code"}}
    with pytest.raises(DataError, match=r"'a' \(1\), 'note' \(1\), 'code' \(1\) of 40 rows"):
        of_csv(table, **kept, target="sold")
    assert len(of_csv(table, **kept, target="sold", missing="drop").train) == 22
    filled: Any = of_csv(table, **kept, target="sold", missing="median").train
    assert np.isfinite(filled.x["a"]).all()
    assert all(isinstance(text, str) for text in filled.x["text"][:, 0])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"target": ("sold", "nwe")}, "no target column 'nwe'.*did you mean 'new'"),
        ({"target": "sold", "inputs": {"a": ("a", "colur")}}, "'inputs' names .* 'colur'"),
        ({"target": {"x": "sold"}, "drop": ("sold",)}, "'sold' cannot be dropped as well"),
        ({"target": "sold", "inputs": "a", "drop": ("a",)}, "'a' cannot be dropped as well"),
        ({"target": "sold", "inputs": {"text": ("note",)}}, "no feature column is left"),
        (
            {"target": "sold", "inputs": {"text": ("note",), "a": "a"}},
            r"no column of the input 'text' is left: .*\(text: note\)",
        ),
        ({"target": ("colour", "note")}, "give each column as the target of an output of its own"),
    ],
)
def test_columns_that_do_not_fit_are_told(
    table: Path, settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        of_csv(table, **settings)


@pytest.mark.parametrize("end", ["", "_train"])
def test_arrays_of_an_archive_are_inputs_and_outputs(tmp_path: Path, end: str) -> None:
    arrays = {"image": np.zeros((ROWS, 3, 3), np.uint8), "table": np.ones((ROWS, 2)), "w": PRICE}
    arrays |= {"price": PRICE, "sold": SOLD, "v": SOLD}
    np.savez(tmp_path / "t.npz", **{f"{name}{end}": array for name, array in arrays.items()})
    names: dict[str, Any] = {"x": ("image", "table"), "y": {"p": "price", "s": "sold"}}
    spec = NpzData(source="npz", path="t.npz", **names, sample_weight={"p": "w", "s": "v"})
    data = as_dataset(read_data(spec, tmp_path, 0), spec, 0)
    assert data.input_shape == ((3, 3), (2,))
    assert [o.name for o in data.outputs] == ["p", "s"]
    weight: Any = data.train.weight
    np.testing.assert_allclose(weight["p"], data.train.y["p"])  # type: ignore[call-overload,index]
    for wrong, reason in (
        ({"x": ("image", "tabel")}, r"has no 'tabel.*did you mean 'table"),
        ({"y": "z"}, r"has no .z" if end else r"has no .z.*for an autoencoder, give x as y"),
        ({"sample_weight": {"p": "w", "s": "u"}}, "has no 'u.*the weights of the training rows"),
    ):
        with pytest.raises(DataError, match=reason):
            read_data(spec.model_copy(update=wrong), tmp_path, 0)
