"""Streams of batches: how they are split, told apart, described, and what is refused."""

from __future__ import annotations

import itertools
import pickle
import textwrap

import numpy as np
import pytest

from tuneit.data.checks.balance import check_balance
from tuneit.data.head import Head
from tuneit.data.load import as_dataset, read_data
from tuneit.data.stream import StreamSplit
from tuneit.data.stream_reading import RawStreams
from tuneit.data.stream_scan import _Reservoir
from tuneit.data.stream_sources import Generating, InMemory, Part
from tuneit.data.stream_splits import parts_of
from tuneit.data.weights import balanced, class_weights_of
from tuneit.errors import DataError
from tuneit.study import PythonData, Split

X = np.arange(240, dtype=np.float32).reshape(120, 2)
Y = np.arange(120) % 3

LOADERS = """
    import itertools

    import numpy as np

    X = np.arange(240, dtype=np.float32).reshape(120, 2)
    Y = np.arange(120) % 3
    passes = []

    def batches(size=8, shift=0, columns=2, late=2):
        for first in range(0, 120, size):
            rows = slice(first, first + size)
            width = columns if first < 80 else late
            yield (X[rows] + shift)[:, :width], Y[rows]

    def whole():
        return batches

    def three():
        return batches, batches, batches

    def two():
        return batches, batches

    def drawn():
        def noisy():
            passes.append(1)
            yield from batches(shift=len(passes))
        return noisy

    def shuffled():
        order = np.random.default_rng(0)
        def anew():
            for first in order.permutation(15) * 8:
                yield X[first:first + 8], Y[first:first + 8] * 0 + first % 3
        return anew

    def weighted():
        def with_weights():
            for x, y in batches():
                yield x, y, 1.0 + y
        return with_weights

    def empty():
        return lambda: iter(())

    def endless():
        return lambda: itertools.repeat((X[:8], Y[:8]))

    def few():
        return lambda: iter([(X[:8], Y[:8])] * 2)

    def three_short():
        return (few(),) * 3

    def changing():
        return lambda: batches(late=1)

    def changing_early():
        return lambda: iter([(X[:8, : 1 + (n != 3)], Y[:8]) for n in range(5)])

    def uneven():
        return lambda: iter([(X[:8], Y[:7])])

    def single():
        return lambda: iter([X[0, 0]])

    def texts():
        return lambda: iter([(X[:8], Y[:8].astype(str))] * 10)

    def broken():
        def raises():
            yield X[:8], Y[:8]
            raise OSError("no such file")
        return raises
"""


@pytest.fixture
def load(tmp_path):
    (tmp_path / "loaders.py").write_text(textwrap.dedent(LOADERS))

    def load(function, seed=0, steps_per_epoch=None, **settings):
        spec = PythonData(source="python", function=f"loaders.py:{function}", **settings)
        return as_dataset(
            read_data(spec, tmp_path, seed), spec, seed, steps={"train": steps_per_epoch}
        )

    return load


def _rows(stream):
    return np.concatenate([batch.x for batch in stream.batches()])[:, 0].tolist()


@pytest.mark.parametrize("function", ["batches", "whole"])
def test_whole_batches_are_split_off_so_that_no_row_is_in_two_splits(load, function):
    data = load(function)
    rows = {name: _rows(stream) for name, stream in data.streams.items()}
    assert {name: len(found) for name, found in rows.items()} == {
        "train": 72,
        "validation": 24,
        "test": 24,
    }
    assert sorted(itertools.chain(*rows.values())) == X[:, 0].tolist()
    assert data.rows == {"train": 72, "validation": 24, "test": 24}
    assert data.describe()["rows"] == data.rows
    assert any("of every 5 batches 3 for train" in note for note in data.notes)


@pytest.mark.parametrize(
    ("validation", "test", "cycle"), [(0.2, 0.2, 5), (0.1, 0.3, 10), (0.25, 0.25, 4), (0.3, 0, 10)]
)
def test_shares_of_a_cycle_of_batches(validation, test, cycle):
    parts = parts_of({"validation": validation, "test": test})
    places = [place for part in parts.values() for place in part.places]
    assert sorted(places) == list(range(cycle))
    assert len(parts["validation"].places) == pytest.approx(validation * cycle)


def test_a_part_counts_and_finds_its_batches():
    part = Part(5, (1, 3))
    assert [part.count(total) for total in (0, 1, 2, 4, 5, 7)] == [0, 0, 1, 2, 2, 3]
    assert [part.index(position) for position in range(4)] == [1, 3, 6, 8]
    assert list(part.of("abcdefg")) == ["b", "d", "g"]


def test_given_streams_are_read_whole(load):
    data = load("three")
    assert [len(_rows(stream)) for stream in data.streams.values()] == [120, 120, 120]
    # Two streams of a function are to train on and to test on, as with arrays.
    two = load("two")
    assert [len(_rows(stream)) for stream in two.streams.values()] == [96, 24, 120]
    assert any("two parts, to train and to test on" in note for note in two.notes)
    assert not any("two parts" in note for note in data.notes)


def test_a_shuffled_stream_beside_a_validation_stream_gives_no_test_rows():
    order = np.random.default_rng(0)

    def shuffled():
        for first in order.permutation(15) * 8:
            yield X[first : first + 8], np.full(8, first % 3)

    raw = RawStreams("s", {}, sources={"train": Generating(shuffled), "validation": InMemory(X, Y)})
    data = as_dataset(raw, PythonData(source="python", function="a:b"), 0)
    assert list(data.streams) == ["train", "validation"]
    assert (len(data.test), data.rows["train"]) == (0, 120)
    assert any("there are no test rows" in note for note in data.notes)


def test_batches_are_drawn_anew_and_the_first_rows_stand_for_all(load):
    data = load("drawn")
    first, second = _rows(data.streams["train"]), _rows(data.streams["train"])
    assert np.subtract(second, first).tolist() == [1.0] * 72
    assert len(data.train) == 72
    assert load("weighted").train.weight.tolist() == (1 + load("whole").train.y).tolist()


def test_the_fingerprint_is_of_what_stays(load):
    prints = {load("drawn").fingerprint() for _ in range(2)}
    assert len(prints) == 1
    others = [load("whole"), load("batches", arguments={"shift": 1}), load("three")]
    assert len(prints | {data.fingerprint() for data in others}) == 4
    assert load("whole").fingerprint() == others[0].fingerprint()


@pytest.mark.parametrize(
    ("function", "settings", "reason"),
    [
        ("empty", {}, "the train stream is empty: it gave no batch of rows"),
        ("few", {}, "too few batches to keep 1 of every 5 for the test split"),
        ("three_short", {"steps_per_epoch": 90}, "has 90 steps, but the stream ends after 2 b"),
        ("endless", {}, r"more than 10,000 batches and may never end: .* \(steps_per_epoch\)"),
        ("endless", {"steps_per_epoch": 9}, "the length of the train stream is unknown"),
        ("shuffled", {}, "its batches come in another order in each pass"),
        ("changing", {}, r"batch 11 .* of shape \(1,\), but the first batch has \(2,\)"),
        ("changing_early", {}, r"batch 4 of the train stream .* of shape \(1,\)"),
        ("uneven", {}, "as many rows in every array, but has x 8, y 7"),
        (
            "single",
            {},
            r"must be \(x, y\) or \(x, y, sample_weight\), or x alone .* but are a float32",
        ),
        ("texts", {}, "targets of a stream must be numbers"),
        ("broken", {}, "the train stream raised OSError: no such file"),
        ("batches", {"scale": "standard"}, "`scale` needs all rows .* in memory"),
        ("batches", {"folds": 3}, "`folds` needs all rows"),
        ("batches", {"order": "time"}, "`order` needs all rows"),
        ("batches", {"one_hot": True}, "`one_hot` needs all rows"),
        (
            "batches",
            {"class_weight": {"9": 2}},
            "class '9', which the data lack; they have 0",
        ),
    ],
)
def test_what_cannot_be_streamed_is_refused_in_one_sentence(load, function, settings, reason):
    with pytest.raises(DataError, match=reason) as refused:
        load(function, **settings)
    assert "\n" not in str(refused.value)


def long_stream(forms=(), labels=2, rows=6400):
    """Batches of 64 rows that are sorted by label; `forms` are batches that come at the end."""

    def batches():
        for first in range(0, rows, 64):
            places = np.arange(first, first + 64)
            yield places[:, None].astype(np.float32), places * labels // rows
        yield from forms

    return Generating(batches)


def as_streams(*sources, ask=tuple, steps=None, **settings):
    names = ("train", "validation", "test")
    raw = RawStreams("s", {}, sources=dict(zip(names, sources, strict=False)))
    spec = PythonData(source="python", function="a:b", **settings)
    return as_dataset(raw, spec, 0, ask, {"train": steps})


def test_classes_and_sample_of_a_sorted_stream_are_those_of_all_its_rows():
    data = as_streams(long_stream(), long_stream(), long_stream(labels=4))
    assert data.class_names == ("0", "1", "2", "3")
    assert data.describe()["classes"]["1"] == {"train": 3200, "validation": 3200, "test": 1600}
    assert abs(np.mean(data.train.y) - 0.5) < 0.1
    assert len(data.train) == 512
    assert np.diff(data.train.x[:, 0]).min() > 0
    assert [f.name for f in check_balance(data)] == ["missing_class"] * 2
    assert as_streams(*[long_stream()] * 3, class_weight="balanced").class_weight == (1, 1)
    uneven = as_streams(*[Generating(lambda: iter([(X[:100], Y[:100]), (X[:20], Y[:20] * 0)]))] * 3)
    assert (uneven.rows["train"], uneven.sizes["train"]) == (120, (100, 20))
    assert class_weights_of(uneven, "balanced") == (balanced(np.array([54, 33, 33])),)


def test_of_a_stream_that_is_not_read_whole_the_model_tells_the_classes(monkeypatch):
    monkeypatch.setattr("tuneit.data.stream_scan.MOST_BYTES", 8000)
    heads = {
        5: Head("sparse_categorical_crossentropy", (5,), 5, "softmax"),
        2: Head("binary_crossentropy", (1,), 1, "sigmoid"),
    }
    for classes, head in heads.items():
        data = as_streams(*[long_stream()] * 3, ask=lambda head=head: (head,))
        assert len(data.class_names) == classes
        assert not data.knows_classes(data.outputs[0])
        assert data.describe()["classes"]["1"] == {}
        assert all(finding.name == "class_imbalance" for finding in check_balance(data))
        assert "were read before training" in " ".join(data.notes)


@pytest.mark.parametrize(
    ("forms", "steps", "reason"),
    [
        ([(X[:8], Y[:8])], None, r"batch 101 of the train stream has rows of x of shape \(2,\)"),
        ([(X[:8, :1], Y[:7])], None, "batch 101 of the train stream must have as many rows"),
        ([X[:8, :1]], None, "batch 101 of the train stream has rows of y of shape nothing"),
        ([], 101, "has 101 steps, but the stream ends after 100 batches"),
    ],
)
def test_a_pass_before_training_sees_what_comes_after_the_first_rows(forms, steps, reason):
    with pytest.raises(DataError, match=reason):
        as_streams(long_stream(forms), long_stream(), long_stream(), steps=steps)


def test_a_later_batch_of_another_shape_is_refused_where_it_comes(load):
    data = load("three")
    stream = StreamSplit("train", Generating(lambda: iter([(X[:8], Y[:8]), (X[:4], Y[:3])])))
    with pytest.raises(DataError, match="batch 2 of the train stream"):
        list(stream.batches())
    assert len(list(data.streams["train"].batches())) == 15


def test_the_function_travels_to_other_processes_and_not_the_rows(load):
    data = load("whole")
    again = pickle.loads(pickle.dumps(data))
    assert [_rows(s) for s in again.streams.values()] == [_rows(s) for s in data.streams.values()]
    alone = type(data)(**{**vars(data), "reopen": None})
    with pytest.raises(DataError, match="cannot travel to worker processes"):
        pickle.dumps(alone)


def test_arrays_beside_streams_are_read_in_batches():
    stream = StreamSplit("validation", InMemory(X, Y))
    assert [len(batch.y) for batch in stream.batches()] == [32, 32, 32, 24]
    assert stream.count == 4
    assert Split().validation == 0.2


def test_a_scan_draws_early_and_late_rows_alike() -> None:
    sample = _Reservoir(1000)
    for rows in np.split(np.arange(2000), 40):
        sample.add((rows, rows))
    kept = sample.split().y
    assert len(kept) == 1000
    assert list(kept) == sorted(kept)
    assert 440 < np.sum(kept < 1000) < 560  # 500 on average, with a standard deviation of 11
