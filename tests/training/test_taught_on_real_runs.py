"""What courses teach of learning curves, on real small trainings."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tuneit
from tuneit.evaluation import evaluate_classification
from tuneit.evaluation.row_inputs import RowInputs
from tuneit.findings import Diagnosis
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

CLASSES = 6
CENTRES = np.random.default_rng(0).normal(size=(CLASSES, 8))


def rows(n: int, spread: float, seed: int) -> tuple[Any, Any]:
    """Points around a centre for each class."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % CLASSES
    return (CENTRES[y] + rng.normal(0, spread, (n, 8))).astype("float32"), y


@cache
def fitted(
    units: int,
    rate: float,
    *,
    n: int,
    spread: float,
    epochs: int,
    slow: bool = False,
    batch: int = 32,
    dropout: float = 0.0,
) -> dict[str, list[float]]:
    """The log of a training with Adam, or with plain descent where it is to be `slow`."""
    keras.utils.set_random_seed(1)
    x, y = rows(n, spread, 1)
    hidden = [keras.layers.Dense(units, "relu") for _ in range(1 if units < 3 else 2)]
    dropped = [keras.layers.Dropout(dropout)] if dropout else []
    model = keras.Sequential(
        [keras.Input((8,)), *hidden, *dropped, keras.layers.Dense(CLASSES, activation="softmax")]
    )
    optimizer = keras.optimizers.SGD(rate) if slow else keras.optimizers.Adam(rate)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    held = rows(600, spread, 2)
    log: dict[str, list[float]] = model.fit(
        x, y, batch_size=batch, epochs=epochs, validation_data=held, validation_batch_size=600,
        verbose=0,
    ).history  # fmt: skip
    return log


def diagnosed(log: dict[str, list[float]], **known: Any) -> Diagnosis:
    return tuneit.diagnose(log, n_validation=600, n_classes=CLASSES, **known)


def actions_of(diagnosis: Diagnosis) -> list[str]:
    return [advice.key for advice in diagnosis.recommendations]


@pytest.mark.parametrize(
    ("verdicts", "firsts", "among", "never", "run"),
    [
        # D1, D5: few rows for a wide network; validation rises. Data, not units.
        ({"overfitting"}, {"early_stopping"}, {"more_data", "dropout"}, {"more_capacity"},
         {"units": 96, "rate": 0.005, "n": 150, "spread": 1.2, "epochs": 20}),
        # D2, D5: one unit cannot tell six classes apart, where people err in 2 %. Units, not data.
        ({"underfitting"}, {"more_capacity"}, set(), {"more_data"},
         {"units": 1, "rate": 0.1, "n": 600, "spread": 0.4, "epochs": 40, "human_error": 0.02}),
        # D4 C: both good.
        ({"healthy"}, set(), set(), set(),
         {"units": 16, "rate": 0.01, "n": 600, "spread": 0.4, "epochs": 12}),  # again in D10
        # D6: far too small and far too large steps.
        ({"not_converged"}, {"raise_learning_rate"}, set(), set(),
         {"units": 24, "rate": 0.0003, "slow": True, "n": 600, "spread": 0.4, "epochs": 8}),
        ({"diverged", "unstable", "no_learning"}, {"lower_learning_rate", "check_labels"},
         set(), set(),
         {"units": 24, "rate": 20.0, "slow": True, "n": 600, "spread": 0.4, "epochs": 8}),
        # D7: stopped in the middle of its fall.
        ({"not_converged"}, {"more_epochs", "raise_learning_rate"}, set(), set(),
         {"units": 24, "rate": 0.001, "n": 600, "spread": 0.4, "epochs": 7}),
        # D8: within eleven epochs.
        ({"overfitting"}, {"early_stopping"}, set(), {"more_epochs"},
         {"units": 96, "rate": 0.005, "n": 150, "spread": 1.0, "epochs": 11}),
        # D9: batches of two rows.
        ({"unstable"}, {"lower_learning_rate"}, {"larger_batch_size"}, set(),
         {"units": 24, "rate": 0.3, "slow": True, "batch": 2, "n": 200, "spread": 0.6,
          "epochs": 14}),
    ],
    ids=["D1 and D5", "D2 and D5", "D4", "D6 low", "D6 high", "D7", "D8", "D9"],
)  # fmt: skip
def test_it_comes_out_as_taught(
    verdicts: set[str], firsts: set[str], among: set[str], never: set[str], run: dict[str, Any]
) -> None:
    known = {name: run[name] for name in ("human_error",) if name in run}
    diagnosis = diagnosed(fitted(**{k: v for k, v in run.items() if k not in known}), **known)
    assert diagnosis.verdict in verdicts, str(diagnosis)
    actions = actions_of(diagnosis)
    assert set(actions[:1]) <= firsts
    assert bool(actions) == bool(firsts)
    assert among <= set(actions)
    assert not never & set(actions)


def test_the_same_training_is_weak_or_good_by_what_people_reach() -> None:
    """D3."""
    log = fitted(8, 0.01, n=1500, spread=0.6, epochs=10)
    weak, good = (diagnosed(log, human_error=error) for error in (0.005, 0.07))
    assert weak.verdict == "underfitting"
    assert "more_capacity" in actions_of(weak)
    assert good.verdict == "healthy"
    assert good.finding("at_the_limit") is not None


def test_capacity_is_added_until_validation_stops_improving() -> None:
    """D10: and more than that does no harm where it is regularised."""
    runs = {
        1: fitted(1, 0.1, n=600, spread=0.4, epochs=40),
        16: fitted(16, 0.01, n=600, spread=0.4, epochs=12),
        128: fitted(128, 0.002, n=600, spread=0.4, epochs=12, dropout=0.3),
    }
    found = {units: diagnosed(log, human_error=0.02) for units, log in runs.items()}
    assert actions_of(found[1])[0] == "more_capacity"
    for units in (16, 128):
        assert found[units].verdict == "healthy", str(found[units])
        assert "more_capacity" not in actions_of(found[units])
    best = {units: max(log["val_accuracy"]) for units, log in runs.items()}
    assert best[16] > best[1] + 0.1
    assert best[128] > best[16] - 0.02


@pytest.mark.parametrize(
    ("verdict", "finding", "words", "deep"),
    [
        ("no_learning", "vanishing_gradients", ("relu", "he_normal", "batch normalisation"),
         {"activation": "sigmoid"}),
        ("diverged", "exploding_gradients", ("learning rate", "clip"),
         {"activation": "relu",
          "kernel_initializer": keras.initializers.RandomNormal(stddev=3.0, seed=1)}),
    ],
    ids=["vanish", "explode"],
)  # fmt: skip
def test_gradients_that_vanish_or_explode_ask_for_their_remedies(
    verdict: str, finding: str, words: tuple[str, ...], deep: dict[str, Any]
) -> None:
    """D12."""
    keras.utils.set_random_seed(1)
    hidden = [keras.layers.Dense(16, **deep) for _ in range(8)]
    model = keras.Sequential(
        [keras.Input((8,)), *hidden, keras.layers.Dense(CLASSES, activation="softmax")]
    )
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(0.01), loss, metrics=["accuracy"], jit_compile=False)
    x, y = rows(200, 0.4, 1)
    watch = tuneit.DiagnosisCallback(probes=True, report=[].append)
    model.fit(x, y, epochs=5, verbose=0, validation_data=rows(200, 0.4, 2), callbacks=[watch])
    seen = watch.diagnosis
    assert seen.verdict == verdict, str(seen)
    assert seen.finding(finding) is not None
    first = seen.recommendations[0]
    assert first.key == "mend_the_layers"
    assert all(word in first.reason for word in words)


def of_pictures(hp: Any) -> Any:
    """A wide network for pictures; batches of 256 rows end as where memory is short."""
    if hp.Choice("batch_size", [16, 256]) > 16:
        # TensorFlow itself would wait for memory for half a minute before it says so.
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(96, "relu"),
         keras.layers.Dense(3, activation="softmax")]
    )  # fmt: skip
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.003), loss, metrics=["accuracy"], jit_compile=False)
    return model


@pytest.mark.eager
@pytest.mark.usefixtures("undrawn")
def test_few_pictures_ask_for_a_pretrained_base_and_little_memory_for_half_the_batch(
    tmp_path: Path,
) -> None:
    """D14 and D15."""
    rng = np.random.default_rng(3)
    y = np.arange(120) % 3
    x = (rng.normal(0, 1.0, (120, 8, 8, 3)) + 0.15 * y[:, None, None, None]).astype("float32")
    options: dict[str, Any] = {
        "objective": "val_accuracy", "strategy": "grid", "quiet": True, "trials": 2,
    }  # fmt: skip
    few = tuneit.search(of_pictures, x, y, epochs=15, output=tmp_path / "few", **options)
    found = few.diagnose()
    assert found.verdict == "overfitting", str(found)
    assert "transfer_learning" in actions_of(found)
    exceeded = found.finding("out_of_memory")
    assert exceeded is not None
    assert "1 of 2 trials exceeded the memory" in exceeded.summary
    short = tuneit.search(of_pictures, x, y, epochs=2, output=tmp_path / "short", **options)
    assert "smaller_batch_size" in actions_of(short.diagnose())


def test_wrong_labels_are_among_the_pictures_that_a_model_gets_wrong() -> None:
    """D13."""
    rng = np.random.default_rng(4)
    y = np.arange(200) % 2
    x = rng.normal(0, 0.3, (200, 6, 6, 1)).astype("float32")
    x[y == 1, 2:4, 2:4] += 2.0
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Flatten(),
         keras.layers.Dense(2, activation="softmax")]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(x[:150], y[:150], epochs=8, verbose=0)
    labels = y[150:].copy()
    labels[[7, 20]] = 1 - labels[[7, 20]]
    said = model.predict(x[150:], verbose=0)
    pictures = RowInputs(array=x[150:])
    worst = evaluate_classification(labels, said, ("empty", "square"), inputs=pictures).worst
    assert worst is not None
    assert worst.pictures is not None
    assert len(worst.pictures.pixels) == len(worst.rows)
    seen = {row.row: (row.true, row.predicted) for row in worst.rows}
    assert (seen[7], seen[20]) == (("empty", "square"), ("square", "empty"))


def test_stacked_linear_layers_are_seen_before_training() -> None:
    """D11."""
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16), keras.layers.Dense(16),
         keras.layers.Dense(CLASSES, activation="softmax")]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    found = tuneit.check_model(model, *rows(120, 0.4, 1))
    assert {"no_nonlinearity", "linear_layers_in_a_row"} & {finding.name for finding in found}
