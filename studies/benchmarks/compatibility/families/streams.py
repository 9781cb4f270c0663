"""Streams: data that come batch by batch."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from cases import FIVE, Family, Given
from networks import L, binary, classifier
from small_data import ROWS, classes, features, images, numbers, table, texts, two_classes

family = Family("streams", objective="val_accuracy")
case = family.case

slices = tf.data.Dataset.from_tensor_slices


def _split(parts, batch=16):
    """Three quarters of the rows, in batches, and the rest for the validation."""
    whole = slices(parts)
    train, held = whole.take(72), whole.skip(72)
    return Given(train.batch(batch), None, {"validation_data": held.batch(batch)})


def _plain():
    given = table()
    return _split((given.x, given.y))


@case("units", data=_plain, strategies=FIVE)
def tf_dataset(hp):
    """tf.data, and another for the validation."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(
    "units",
    data=lambda: Given(slices((table().x, table().y)).batch(8)),
    tools=("tuneit",),
)
def tf_dataset_alone(hp):
    """tf.data without validation: whole batches are split off."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _weighted():
    given = table()
    return _split((given.x, given.y, np.linspace(0.5, 1.5, ROWS)))


@case("units", data=_weighted)
def tf_dataset_with_weights(hp):
    """(x, y, weight)."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _joined(hp, first, second):
    hidden = L.Dense(hp.Int("units", 4, 8))(L.Concatenate()([first, second]))
    model = keras.Model([first, second], L.Dense(3, "softmax")(hidden))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _tuples():
    given = table()
    return _split(((given.x[:, :2], given.x[:, 2:]), given.y))


@case("units", data=_tuples)
def tf_dataset_of_tuples(hp):
    """((a, b), y)."""
    return _joined(hp, keras.Input((2,)), keras.Input((4,)))


def _dicts():
    given = table()
    return _split(({"left": given.x[:, :2], "right": given.x[:, 2:]}, given.y))


@case("units", data=_dicts)
def tf_dataset_of_dicts(hp):
    """({"left": a, "right": b}, y)."""
    return _joined(hp, keras.Input((2,), name="left"), keras.Input((4,), name="right"))


def _two_targets():
    x = features()
    return _split((x, {"kind": classes(x), "size": x[:, 0]}))


@case("units", data=_two_targets, objective=keras_tuner.Objective("val_kind_accuracy", "max"))
def tf_dataset_of_two_outputs(hp):
    """(x, {"kind": …, "size": …})."""
    inputs = keras.Input((6,))
    hidden = L.Dense(hp.Int("units", 4, 8), "relu")(inputs)
    kind, size = L.Dense(3, "softmax", name="kind")(hidden), L.Dense(1, name="size")(hidden)
    model = keras.Model(inputs, {"kind": kind, "size": size})
    losses = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    model.compile("adam", losses, metrics={"kind": ["accuracy"]})
    return model


_passes: list[int] = []


def _drawn():
    given = table()
    _passes.clear()

    def batches():
        _passes.append(len(_passes))
        for start in range(0, 72, 8):
            noise = 0.1 * np.random.default_rng(len(_passes)).normal(size=(8, 6))
            yield given.x[start : start + 8] + noise, given.y[start : start + 8]

    kinds = (tf.TensorSpec((None, 6)), tf.TensorSpec((None,), tf.int64))
    train = tf.data.Dataset.from_generator(batches, output_signature=kinds)
    return Given(train, None, {"validation_data": (given.x[72:], given.y[72:])})


def _drawn_each_epoch(outcome):
    assert len(_passes) >= 2 * 3, f"the training rows were drawn {len(_passes)} times"


@case("units", data=_drawn, epochs=3, check=_drawn_each_epoch)
def drawn_anew(hp):
    """A map with noise is drawn anew each epoch; validation by arrays."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _endless():
    given = table()

    def batches():
        for count in range(5000):
            at = 8 * (count % 9)
            yield given.x[at : at + 8], given.y[at : at + 8]
        raise RuntimeError("an endless stream was read whole")

    kinds = (tf.TensorSpec((None, 6)), tf.TensorSpec((None,), tf.int64))
    train = tf.data.Dataset.from_generator(batches, output_signature=kinds)
    held = slices((given.x[72:], given.y[72:])).batch(8).repeat()
    steps = {"steps_per_epoch": 9, "validation_steps": 3}
    return Given(train, None, {"validation_data": held, **steps})


@case("units", data=_endless)
def endless_dataset(hp):
    """A repeated tf.data with steps_per_epoch and validation_steps."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _generator():
    given = table()

    def batches(first, last):
        while True:
            for at in range(first, last, 8):
                yield given.x[at : at + 8], given.y[at : at + 8]

    steps = {"steps_per_epoch": 9, "validation_steps": 3}
    return Given(batches(0, 72), None, {"validation_data": batches(72, 96), **steps})


@case("units", data=_generator)
def generator(hp):
    """A Python generator with steps_per_epoch."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y, batch=8, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch = x, y, batch

    def __len__(self):
        return -(-len(self.x) // self.batch)

    def __getitem__(self, index):
        rows = slice(index * self.batch, (index + 1) * self.batch)
        return self.x[rows], self.y[rows]


def _py_dataset():
    given = table()
    held = Batches(given.x[72:], given.y[72:])
    return Given(Batches(given.x[:72], given.y[:72]), None, {"validation_data": held})


@case("units", data=_py_dataset)
def py_dataset(hp):
    """keras.utils.PyDataset, and another for the validation."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@functools.cache
def _folder(name):
    """A folder that lives as long as the process."""
    kept = tempfile.TemporaryDirectory(prefix=f"{name}-")
    return kept, Path(kept.name)


def _pictures():
    folder = _folder("pictures")[1]
    if not any(folder.iterdir()):
        for index, picture in enumerate(images(3)[:48]):
            kind = folder / ("bright", "dark")[index % 2]
            kind.mkdir(exist_ok=True)
            light = picture if index % 2 else 1 - picture / 2
            keras.utils.save_img(kind / f"{index}.png", 255 * light, scale=False)
    train, held = keras.utils.image_dataset_from_directory(
        folder,
        validation_split=0.25,
        subset="both",
        seed=1,
        image_size=(8, 8),
        batch_size=8,
        verbose=False,
    )
    return Given(train, None, {"validation_data": held})


@case("filters", data=_pictures)
def image_dataset(hp):
    """image_dataset_from_directory."""
    conv = L.Conv2D(hp.Int("filters", 2, 4), 3, activation="relu")
    return binary(L.Rescaling(1 / 255), conv, L.Flatten(), inputs=(8, 8, 3))


def _reviews():
    folder = _folder("reviews")[1]
    for index, (text, praise) in enumerate(zip(*texts(), strict=True)):
        kind = folder / ("poor", "good")[praise]
        kind.mkdir(exist_ok=True)
        (kind / f"{index}.txt").write_text(str(text))
    train, held = keras.utils.text_dataset_from_directory(
        folder, validation_split=0.25, subset="both", seed=1, batch_size=8, verbose=False
    )
    words = L.TextVectorization(max_tokens=40, output_sequence_length=4)
    words.adapt(texts()[0])
    train, held = (part.map(lambda x, y: (words(x), y)) for part in (train, held))
    return Given(train, None, {"validation_data": held})


@case("size", data=_reviews)
def text_dataset(hp):
    """text_dataset_from_directory, vectorised by a map."""
    embedding = L.Embedding(40, hp.Int("size", 2, 8))
    return binary(embedding, L.GlobalAveragePooling1D(), inputs=(4,))


def _series():
    walk = numbers().x.cumsum(0)
    window = functools.partial(
        keras.utils.timeseries_dataset_from_array, sequence_length=5, batch_size=8
    )
    kinds = (walk[5:, 0] > walk[4:-1, 0]).astype(int)
    held = window(walk[60:-5], kinds[60:])
    return Given(window(walk[:60], kinds[:60]), None, {"validation_data": held})


@case("cells", data=_series)
def timeseries_dataset(hp):
    """timeseries_dataset_from_array."""
    return binary(L.LSTM(hp.Int("cells", 2, 4)), inputs=(5, 6))


def _records():
    given = two_classes()
    path = _folder("records")[1] / "rows.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for x, y in zip(given.x, given.y, strict=True):
            floats = tf.train.Feature(float_list=tf.train.FloatList(value=x))
            label = tf.train.Feature(int64_list=tf.train.Int64List(value=[y]))
            features = tf.train.Features(feature={"x": floats, "y": label})
            writer.write(tf.train.Example(features=features).SerializeToString())
    form = {"x": tf.io.FixedLenFeature((6,), tf.float32), "y": tf.io.FixedLenFeature((), tf.int64)}

    def parsed(line):
        row = tf.io.parse_single_example(line, form)
        return row["x"], row["y"]

    rows = tf.data.TFRecordDataset(str(path)).map(parsed)
    train = rows.take(72).shuffle(72).batch(8).prefetch(1)
    return Given(train, None, {"validation_data": rows.skip(72).batch(8)})


@case("units", data=_records)
def tf_records(hp):
    """TFRecords, parsed, shuffled, prefetched."""
    return binary(L.Dense(hp.Int("units", 4, 8)))


def _sentences():
    rows = [1 + np.arange(3 + i % 5) % 19 for i in range(ROWS)]
    kinds = tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.int64)
    pairs = tf.data.Dataset.from_generator(
        lambda: ((ids, ids % 4) for ids in rows), output_signature=kinds
    )
    few = np.stack([np.pad(ids, (0, 8 - len(ids))) for ids in rows[:8]])
    return Given(pairs.padded_batch(8), rows=few)


@case("cells", data=_sentences, tools=("tuneit",))
def padded_batches(hp):
    """Sequences, padded to the longest of each batch, and a tag a token."""
    embedding = L.Embedding(20, 4, mask_zero=True)
    cells = L.LSTM(hp.Int("cells", 2, 6), return_sequences=True)
    return classifier(embedding, cells, inputs=(None,), classes=4)


@case(
    "code",
    data=lambda: Given(slices(features()).batch(8), rows=features()),
    tools=("tuneit",),
    objective="val_loss",
)
def inputs_alone(hp):
    """tf.data of x alone, for a model that makes its loss itself."""
    start = keras.Input((6,))
    end = L.Dense(6)(L.Dense(hp.Int("code", 1, 3))(start))
    model = keras.Model(start, Returns()([start, end]))
    model.compile("adam")
    return model


@keras.saving.register_keras_serializable("compatibility")
class Returns(keras.layers.Layer):
    """Adds the error of the second input from the first as a loss."""

    def call(self, inputs):
        first, second = inputs
        self.add_loss(keras.ops.mean((first - second) ** 2))
        return second


def _mapped():
    given = table()
    path = _folder("mapped")[1] / "x.npy"
    np.save(path, given.x)
    return Given(np.load(path, mmap_mode="r"), given.y)


@case("units", data=_mapped)
def memory_mapped(hp):
    """A memory-mapped array."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))
