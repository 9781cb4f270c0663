"""Arrays that stay in their files: no more than batches of them are in memory."""

from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.data import mapped, stream_scan
from tuneit.data.head import Head
from tuneit.data.load import as_dataset
from tuneit.data.mapped import MappedRows, is_mapped, stays_in_files
from tuneit.data.raw import RawData, RawSplit
from tuneit.data.scale import fit_scaler
from tuneit.data.stream_sources import WHOLE
from tuneit.data.streamed import StreamedDataset
from tuneit.data.target_mismatch import target_mismatch
from tuneit.errors import DataError
from tuneit.study import PythonData

ROWS, WIDTH = 300, 4


def made(raw: RawData, **settings: Any) -> StreamedDataset:
    spec = PythonData(source="python", function="memory:arrays", **settings)
    data = as_dataset(raw, spec, 0, tuple, {})
    assert isinstance(data, StreamedDataset)
    return data


@pytest.fixture
def x(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(mapped, "MOST_LOADED", 1000)
    np.save(tmp_path / "x.npy", np.arange(ROWS * WIDTH, dtype=np.uint16).reshape(ROWS, WIDTH))
    return np.load(tmp_path / "x.npy", mmap_mode="r")


def raw_of(x: Any, y: Any = None, **keys: Any) -> RawData:
    return RawData("m", {"train": RawSplit(x, np.arange(len(x)) % 3 if y is None else y)}, **keys)


def rows_of(data: StreamedDataset) -> dict[str, list[int]]:
    return {
        name: np.concatenate([b.x[:, 0] // WIDTH for b in stream.batches()]).tolist()
        for name, stream in data.streams.items()
    }


def test_rows_are_split_at_random_and_keep_their_dtype(x: Any) -> None:
    data = made(raw_of(x))
    rows = rows_of(data)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(ROWS))
    assert {name: len(found) for name, found in rows.items()} == {
        "train": 180,
        "validation": 60,
        "test": 60,
    }
    assert data.describe()["rows"] == {"train": 180, "validation": 60, "test": 60}
    batch = next(data.streams["train"].batches())
    assert (batch.x.dtype, is_mapped(batch.x)) == (np.uint16, False)
    assert (batch.x[:, 0] // WIDTH % 3 == batch.y).all()
    assert "split at random" in " ".join(data.notes)
    assert data.fingerprint() == made(raw_of(x)).fingerprint()
    assert data.fingerprint() != made(raw_of(x), split={"test": 0.0}).fingerprint()


def test_each_epoch_of_a_training_has_its_order(x: Any) -> None:
    source: Any = made(raw_of(x)).streams["train"].source
    first, again = source.trained(32, 1), source.trained(32, 1)
    epochs = [np.concatenate([b[1] for b in first.elements(WHOLE)]) for _ in range(2)]
    assert not np.array_equal(*epochs)
    assert np.array_equal(np.sort(epochs[0]), np.sort(epochs[1]))
    assert np.array_equal(epochs[0], np.concatenate([b[1] for b in again.elements(WHOLE)]))
    assert first.count(WHOLE) == 6


def test_groups_times_and_given_rows_decide_splits_here_too(x: Any) -> None:
    groups = np.arange(ROWS) // 10
    kept = [set(groups[rows]) for rows in rows_of(made(raw_of(x, groups=groups))).values()]
    assert sum(map(len, kept)) == len(set.union(*kept)) == 30
    times = -np.arange(ROWS)
    for data in (made(raw_of(x, times=times)), made(raw_of(x[::-1]), order="time")):
        found = rows_of(data)
        assert min(found["train"]) > max(found["validation"])
        assert min(found["validation"]) > max(found["test"])
    both = {
        "train": RawSplit(x, np.arange(ROWS) % 3),
        "validation": RawSplit(x[:30], [0, 1, 2] * 10),
    }
    assert rows_of(made(RawData("m", both)))["validation"] == list(range(30))


def test_several_inputs_and_targets_in_files(x: Any) -> None:
    data = made(raw_of({"a": x, "b": np.asarray(x)[:, 0]}, x[:, :2]))
    assert data.input_shape == {"a": (WIDTH,), "b": (1,)}
    assert data.outputs[0].row_shape == (2,)


def test_arrays_travel_to_other_processes_by_their_files(x: Any) -> None:
    data = made(raw_of(x[10:, ::2]))
    sent = pickle.dumps(data)
    assert len(sent) < 20_000
    assert rows_of(pickle.loads(sent)) == rows_of(data)
    with pytest.raises(DataError, match="train with `workers: 1`"):
        pickle.dumps(made(raw_of(x[::-1])))


def test_small_arrays_and_those_in_memory_are_loaded(x: Any) -> None:
    assert not stays_in_files(raw_of(np.array(x)))
    assert not stays_in_files(raw_of(x[:10]))


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_scales_are_fitted_in_pieces_as_those_of_rows_in_memory(x: Any, kind: Any) -> None:
    data = pickle.loads(pickle.dumps(made(raw_of(x), scale=kind)))
    rows = np.array(x)[np.sort(data.streams["train"].source.rows)]
    whole = fit_scaler(rows, kind)
    assert whole is not None
    scaled = np.concatenate([b.x for b in data.streams["train"].batches()])
    np.testing.assert_allclose(scaled, whole.apply(rows), rtol=1e-5, atol=1e-6)
    assert data.scaler.to_dict()["kind"] == data.describe()["scale"] == kind
    assert data.fingerprint() != made(raw_of(x)).fingerprint()


def test_folds_are_rows_of_the_files(x: Any) -> None:
    sent = pickle.dumps(made(raw_of(x, groups=np.arange(ROWS) // 10), folds=3, scale="standard"))
    data = pickle.loads(sent)
    test = {int(row) for row in data.streams["test"].source.rows}  # type: ignore[attr-defined]
    held = []
    for index in range(3):
        fold = data.of_execution(index)
        train, validation = (set(fold.streams[n].source.rows) for n in ("train", "validation"))
        assert not train & validation
        assert not (train | validation) & test
        assert not {row // 10 for row in train} & {row // 10 for row in validation}
        assert len(fold.validation) == len(validation)
        held += validation
    assert sorted(held) == sorted(set(range(ROWS)) - test)
    assert "each trial trains on 3 folds, whole groups each" in " ".join(data.notes)
    assert data.fingerprint() != made(raw_of(x), folds=4, scale="standard").fingerprint()


def test_texts_are_class_numbers_and_weights_stand_as_the_targets_do(x: Any) -> None:
    data = made(raw_of(x, ["no", "yes", "no"] * 100), positive="no")
    assert (data.class_names, data.positive_class) == (("yes", "no"), "no")
    batch = next(data.streams["train"].batches())
    assert batch.y.tolist() == [int(row // WIDTH % 3 != 1) for row in batch.x[:, 0]]
    y = (np.arange(ROWS) % 2, np.arange(ROWS) / 7)
    raw = RawData("m", {"train": RawSplit(x, y, [np.ones(ROWS), np.arange(ROWS) + 1.0])})
    batch = next(made(raw).streams["train"].batches())
    assert [array.shape for array in batch.weight] == [(180,), (180,)]


def test_labels_are_counted_of_all_rows_however_large_the_inputs(
    x: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_scan, "MOST_BYTES", 10)
    y = np.arange(ROWS) % 3
    y[-1] = 7
    data = made(raw_of(x, y), order="time", task="classification")
    assert data.outputs[0].codes == (0, 1, 2, 7)
    assert data.knows_classes(data.outputs[0])
    head = Head("sparse_categorical_crossentropy", (3,), 3, "softmax")
    said = "takes the labels 0 to 2, but the test rows of the data 'm' hold other labels, such as 7"
    assert said in str(target_mismatch(head, data))


@pytest.mark.parametrize(
    ("raw", "settings", "reason"),
    [
        (lambda x: raw_of(x, np.zeros(10)), {}, "x has 300 and y 10"),
        (
            lambda x: RawData("m", dict.fromkeys(("train", "validation"), RawSplit(x, x[:, 0]))),
            {"folds": 3},
            "comes with a validation split, which folds replace",
        ),
    ],
    ids=["rows", "folds"],
)
def test_what_does_not_fit_is_refused(x: Any, raw: Any, settings: Any, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        made(raw(x), **settings)


def test_memory_stays_flat(tmp_path: Path) -> None:
    rows = 150_000
    x = np.lib.format.open_memmap(  # of zeros, which take no room on the disk
        tmp_path / "x.npy", mode="w+", dtype=np.float32, shape=(rows, 500)
    )
    size = x.nbytes
    assert size > mapped.MOST_LOADED
    tracemalloc.start()
    try:
        data = made(raw_of(x, np.arange(rows) % 2))
        source = data.streams["train"].source
        assert isinstance(source, MappedRows)
        seen = sum(len(batch[1]) for batch in source.trained(64, 0).elements(WHOLE))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == 0.6 * rows
    assert peak < size / 10
