"""Searches over streams: tf.data, PyDatasets and generators, in the single trainer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.training.cohort.fusion_plan import fusion_plan
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from tuneit.data.dataset import Output, Split  # noqa: E402
from tuneit.data.load import as_dataset  # noqa: E402
from tuneit.data.stream import StreamSplit  # noqa: E402
from tuneit.data.stream_reading import RawStreams  # noqa: E402
from tuneit.data.stream_sources import Indexed, Part, TfDataset, source_of  # noqa: E402
from tuneit.errors import DataError  # noqa: E402
from tuneit.study import PythonData  # noqa: E402
from tuneit.training.fitting.feeding import Feed  # noqa: E402
from tuneit.training.models.head import heads_of  # noqa: E402
from tuneit.training.models.matching import check_inputs  # noqa: E402
from tuneit.training.randomness_kept import randomness_kept  # noqa: E402
from tuneit.training.saving.prediction import evaluate_on_test  # noqa: E402

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

X = np.arange(480, dtype=np.float32).reshape(120, 4) / 480
Y = (np.arange(120) % 8 < 4).astype(int)
PASSES: list[int] = []
ENDED: list[int] = []


def build(hp):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.SGD(hp.Float("rate", 0.01, 0.1)), "binary_crossentropy")
    return model


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 15

    def __getitem__(self, index):
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]

    def on_epoch_end(self):
        ENDED.append(1)


def pipeline():
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)


def generated():
    PASSES.append(1)
    for index in range(15):
        x, y = Batches()[index]
        yield x + len(PASSES), y, 1.0 + y


def endless():
    def batches():
        while True:
            yield from generated()

    held = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    return batches, held, held


def wrong_later():
    PASSES.clear()

    def batches():
        PASSES.append(1)
        yield from ((X[:64], Y[:64]) for _ in range(9))
        yield X[:64, : 4 if len(PASSES) < 6 else 3], Y[:64]  # not in the passes before training

    return batches, pipeline(), pipeline()


def by_index():
    return Batches()


def search(function, tmp_path, **settings):
    data = {"source": "python", "function": f"{__name__}:{function.__name__}"}
    return tuneit.search(
        build, data, **{"trials": 1, "epochs": 3, **settings}, output=tmp_path, quiet=True
    )


def test_the_global_seed_is_what_it_was_before_a_search():
    """Else a second search would take what a pipeline draws at random for other data."""

    def noisy():
        return pipeline().map(lambda x, y: (x + tf.random.normal(tf.shape(x)), y))

    def print_():
        return prepared(noisy(), pipeline(), pipeline()).fingerprint()

    first = print_()
    with randomness_kept():
        keras.utils.set_random_seed(3)
        assert print_() != first
    assert print_() == first


@pytest.mark.eager(
    False
)  # a model that hardly learns is tried on a few rows, for hundreds of steps
@pytest.mark.parametrize("function", [pipeline, by_index, generated])
def test_a_stream_is_searched_evaluated_and_resumed(function, tmp_path):
    PASSES.clear()
    result = search(function, tmp_path)
    assert result.trials[0].error is None
    assert len(result.trials[0].curve) == 3
    assert result.evaluation is not None
    assert result.evaluation.n == 24
    plan = fusion_plan(result.prepared.recipe, 8)
    assert "its data are streamed" in str(plan)
    if function is generated:
        assert len(PASSES) >= 3
        again = search(function, tmp_path, trials=2)
        assert [trial.state.value for trial in again.trials] == ["complete"] * 2
        assert len(PASSES) >= 2 * 3


def test_steps_make_epochs_of_an_endless_generator(tmp_path):
    result = search(endless, tmp_path, steps_per_epoch=4)
    assert result.trials[0].error is None
    assert len(result.trials[0].curve) == 3
    assert result.prepared.dataset.rows["train"] == 32


def test_a_batch_of_another_shape_fails_the_trial_in_one_sentence(tmp_path):
    result = search(wrong_later, tmp_path)
    assert result.trials[0].error == (
        "batch 10 of the train stream has rows of x of shape (3,), but the first batch has (4,): "
        "give all batches one shape, padded where needed; only the lengths of sequences may "
        "differ, not the number of their features"
    )


class Sequences(keras.utils.PyDataset):
    """Batches of token ids, each as long as its longest row, and a tag for each token."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        ids = 1 + (np.arange(4 * (3 + index % 4)).reshape(4, -1) + index) % 7
        return ids, ids % 3


def padded():
    rows = [(ids, tags) for i in range(10) for ids, tags in zip(*Sequences()[i], strict=True)]
    kinds = (tf.TensorSpec((None,), tf.int64),) * 2
    return tf.data.Dataset.from_generator(lambda: iter(rows), output_signature=kinds).padded_batch(
        8
    )


def tagger(steps: Any = None) -> Any:
    layers = keras.layers
    tokens = layers.Embedding(8, 2, mask_zero=True)
    model = keras.Sequential([keras.Input((steps,)), tokens, layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    return model


@pytest.mark.parametrize("given", [Sequences, padded], ids=["PyDataset", "padded_batch"])
def test_batches_of_other_lengths_are_trained_on_and_evaluated(given):
    model = tagger()
    data = prepared(given(), ask=lambda: heads_of(model))
    check_inputs(model, data)
    feed = Feed(data, 8, seed=1).arguments()
    history = model.fit(**feed, epochs=2, verbose=0).history
    assert len(history["val_loss"]) == 2
    tokens = sum(int((b.x > 0).sum()) for b in data.streams["test"].batches())
    assert evaluate_on_test(model, data).tokens == tokens  # what fills rows up does not count
    with pytest.raises(DataError, match=r"differ in the length of x, but .* rows of shape \(6,\)"):
        check_inputs(tagger(6), data)


def prepared(*datasets: Any, ask: Any = tuple, **steps: int) -> Any:
    names = ("train", "validation", "test")
    sources = {n: source_of(d, n) for n, d in zip(names, datasets, strict=False)}
    spec = PythonData(source="python", function="a:b")
    return as_dataset(RawStreams("s", {}, sources=sources), spec, 0, ask, steps)


def test_a_pipeline_that_may_never_end_is_refused_before_training(monkeypatch):
    monkeypatch.setattr("tuneit.data.stream_sources.MOST_COUNTED", 50)

    def rows():
        while True:
            yield X[:8], Y[:8]

    kinds = (tf.TensorSpec((None, 4)), tf.TensorSpec((None,), tf.int64))
    unknown = tf.data.Dataset.from_generator(rows, output_signature=kinds)
    for train, words in (
        (unknown, r"gave more than 50 batches and may never end: .*\(steps_per_epoch\)"),
        (pipeline().repeat(), r"the train stream never ends: say how many .*\(steps_per_epoch\)"),
    ):
        with pytest.raises(DataError, match=words):
            prepared(train, pipeline(), pipeline())
        assert prepared(train, pipeline(), pipeline(), train=3).rows["train"] == 24
    ends = tf.data.Dataset.from_generator(lambda: generated(), output_signature=(*kinds, kinds[1]))
    assert prepared(ends).rows == {"train": 72, "validation": 24, "test": 24}


def test_images_of_a_folder_and_records_are_streams(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(10):
            keras.utils.save_img(tmp_path / name / f"{number}.png", np.full((4, 4, 3), number))
    images = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(4, 4), batch_size=2, seed=0, verbose=False
    )
    data = prepared(images, images, images)
    assert data.class_names == ("cat", "dog")
    assert data.describe()["classes"]["dog"] == dict.fromkeys(("train", "validation", "test"), 10)

    file = str(tmp_path / "rows.tfrecord")
    with tf.io.TFRecordWriter(file) as writer:
        for x, y in zip(X, Y, strict=True):
            writer.write(np.append(x, np.float32(y)).tobytes())

    def parsed(record):
        row = tf.ensure_shape(tf.io.decode_raw(record, tf.float32), [5])
        return row[:4], tf.cast(row[4], tf.int32)

    records = tf.data.TFRecordDataset(file).map(parsed).batch(8)  # of unknown cardinality
    data = prepared(records)
    assert data.rows == {"train": 72, "validation": 24, "test": 24}
    fed = Feed(data, 8).arguments()["x"]
    assert int(fed.cardinality()) == 9


@pytest.mark.parametrize("batch", [None, 7])
def test_parts_of_a_pipeline_share_no_row(batch):
    rows = tf.data.Dataset.range(35).map(lambda i: (i[None], i))
    source = TfDataset(rows if batch is None else rows.batch(batch))
    seen = []
    for places in ((0, 2, 4), (1,), (3,)):
        stream = StreamSplit("train", source, None, Part(5, places))
        read = np.concatenate([batch.y for batch in stream.batches()])
        assert stream.count == (-(-len(read) // 32) if batch is None else len(places))
        seen += read.tolist()
    assert sorted(seen) == list(range(35))


@pytest.mark.parametrize("function", [pipeline, by_index, generated])
def test_training_rows_are_weighted_by_class_and_their_own_weight(function):
    PASSES.clear()
    source = source_of(function if function is generated else function(), "train")
    streams = {name: StreamSplit(name, source) for name in ("train", "validation")}
    rows = Split(X, Y)
    output = Output("classification", class_names=("0", "1"), codes=(0, 1))
    splits = dict.fromkeys(streams, rows)
    made = SimpleNamespace(streams=streams, splits=splits, outputs=(output,), lengths_differ=False)
    fed = Feed(made, 8, [(1.0, 3.0)]).arguments()
    batches = [fed["x"][i] for i in range(15)] if function is by_index else list(fed["x"])
    assert len(batches) == 15
    for (_, y, weights), (_, again, *own) in zip(batches, streams["train"].batches(), strict=True):
        np.testing.assert_array_equal(y, again)
        expected = (1.0 + 2 * np.asarray(y)) * (1.0 + np.asarray(y) if own[0] is not None else 1)
        np.testing.assert_array_equal(weights, expected)
        assert np.asarray(weights).dtype == np.float32
    given = next(iter(fed["validation_data"])) if function is not by_index else batches[0]
    assert len(given) == (2 if function is pipeline else 3)


def test_steps_go_on_in_the_next_epoch_where_the_one_before_stopped():
    stream = StreamSplit("train", source_of(generated, "train"), 4)
    rows = SimpleNamespace(streams={"train": stream}, splits={"train": Split(X, Y)})
    read = Feed(rows, 8)._read(stream)
    firsts = [float(next(read)[0][0, 1] * 480) % 480 for _ in range(16)]
    assert np.diff(firsts[:15]).tolist() == [32.0] * 14


def test_the_users_py_dataset_keeps_its_workers_and_hears_of_epochs():
    given = Batches(workers=3)
    ENDED.clear()

    streams = {
        name: StreamSplit(name, Indexed(given), None, Part(5, places))
        for name, places in (("train", (0, 2, 4)), ("validation", (1,)))
    }
    arguments = Feed(SimpleNamespace(streams=streams, lengths_differ=False), 32).arguments()
    assert (arguments["x"].workers, arguments["x"].num_batches) == (3, 9)
    np.testing.assert_array_equal(arguments["validation_data"][1][0], Batches()[6][0])
    arguments["x"].on_epoch_end()
    arguments["validation_data"].on_epoch_end()
    assert ENDED == [1]
