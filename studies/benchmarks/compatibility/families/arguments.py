"""What people type: arguments of keras-tuner's `search`, of `fit`, and of the data."""

from __future__ import annotations

import keras
import numpy as np
from cases import Family, Given
from networks import L, classifier, regressor
from small_data import classes, features, table, two_classes

family = Family("arguments", objective="val_accuracy")
case = family.case


def _typed(**keywords):
    given = table()
    return lambda: Given(given.x, given.y, keywords)


_HELD = (features()[:30], classes(features())[:30])


@case("units", data=_typed(validation_data=_HELD))
def validation_data(hp):
    """validation_data=(x, y)."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=_typed(validation_split=0.3))
def validation_split(hp):
    """validation_split=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=lambda: Given(keywords={"x": table().x, "y": table().y}))
def x_and_y_by_name(hp):
    """x=, y=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=lambda: Given(table().x, table().y, {"class_weight": {0: 1.0, 1: 2.0, 2: 1.0}}))
def class_weight(hp):
    """class_weight= by label."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=_typed(steps_per_epoch=2))
def steps_per_epoch(hp):
    """steps_per_epoch= with arrays."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=_typed(verbose=0))
def verbose(hp):
    """verbose=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=_typed(batch_size=16))
def batch_size(hp):
    """batch_size=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _watched():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1)
    slower = keras.callbacks.ReduceLROnPlateau("val_loss", patience=1)
    return Given(table().x, table().y, {"callbacks": [stop, slower]})


@case("units", data=_watched, epochs=2)
def callbacks_of_keras(hp):
    """callbacks= as instances of Keras's classes."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


_ended: list[int] = []


class Counting(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_epoch_end(self, epoch, logs=None):
        _ended.append(self.step)


def _counted():
    _ended.clear()
    return Given(table().x, table().y, {"callbacks": [Counting(3)]})


def _all_epochs(outcome):
    assert len(_ended) >= 4, f"called {len(_ended)} times"
    assert set(_ended) == {3}, _ended


@case("units", data=_counted, epochs=2, check=_all_epochs)
def own_callback(hp):
    """callbacks= with an instance of one's own class, called after each epoch."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _local(scale):
    def builder(hp):
        return classifier(L.Dense(scale * hp.Int("units", 2, 4)))

    builder.__name__ = "local_function"
    builder.__doc__ = "A builder that a function makes."
    return builder


case("units", data=table)(_local(2))

_anonymous = lambda hp: classifier(L.Dense(hp.Int("units", 4, 8)))  # noqa: E731 - what is tried
_anonymous.__name__ = "lambda_builder"
_anonymous.__doc__ = "A lambda."
case("units", data=table)(_anonymous)


# ---------------------------------------------------------------------------- tuneit's alone


def _parts(count):
    x, y = features(), classes(features())
    cuts = [(x[:60], y[:60]), (x[60:78], y[60:78]), (x[78:], y[78:])]
    return lambda: Given(tuple(cuts[:count]), rows=x)


@case("units", data=_parts(2), tools=("tuneit",))
def two_pairs(hp):
    """((x, y), (xv, yv)): given validation."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=_parts(3), tools=("tuneit",))
def three_pairs(hp):
    """((x, y), (xv, yv), (xt, yt)): given validation and test."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _rated():
    x = features()
    return Given(x, classes(x, 5))


@case("units", data=_rated, objective="val_loss", tuneit={"task": "regression"}, tools=("tuneit",))
def task(hp):
    """task="regression" of integers."""
    return regressor(L.Dense(hp.Int("units", 4, 8)))


@case(
    "units",
    data=table,
    tuneit={"split": {"validation": 0.3, "test": 0.1}},
    tools=("tuneit",),
)
def split(hp):
    """split=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


def _no_test(outcome):
    dataset = outcome.result.prepared.dataset
    assert len(dataset.train) + len(dataset.validation) == 96, "rows went to a test split"


@case("units", data=table, tuneit={"test": 0}, check=_no_test, tools=("tuneit",))
def no_test_rows(hp):
    """test=0: all rows train or validate."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=table, tuneit={"folds": 3}, tools=("tuneit",))
def folds(hp):
    """folds=: cross-validation."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=table, tuneit={"scale": "standard"}, tools=("tuneit",))
def scale(hp):
    """scale=."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case(
    "units",
    data=lambda: Given(table().x, np.array(["low", "mid", "top"])[table().y]),
    tools=("tuneit",),
)
def labels_of_text(hp):
    """Labels that are text, which keras-tuner leaves to its user."""
    return classifier(L.Dense(hp.Int("units", 4, 8)))


@case("units", data=two_classes, tuneit={"workers": 2, "trainer": "single"}, tools=("tuneit",))
def two_workers(hp):
    """workers=2."""
    return classifier(L.Dense(hp.Int("units", 4, 8)), classes=2)


@case("units", data=two_classes, tuneit={"deterministic": True}, tools=("tuneit",))
def deterministic(hp):
    """deterministic=True."""
    return classifier(L.Dense(hp.Int("units", 4, 8)), classes=2)
