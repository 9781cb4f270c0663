"""Models without code: each kind is built and trained for every form of data that it takes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import a_study

import tuneit
from tuneit.data.dataset import Dataset
from tuneit.data.load import dataset_from_arrays
from tuneit.errors import BuilderError
from tuneit.space import SearchSpace
from tuneit.training.builders.builder import load_builder
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.builders.location import BuilderLocation
from tuneit.training.ready_made import ReadyMade
from tuneit.training.ready_made.form import DataForm

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

RNG = np.random.default_rng(0)
ROWS = 48
WORDS = np.array(["good film", "a bad, bad film", "so good!", "rather bad"] * 12, dtype=object)

DATA: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "table, two classes": (RNG.normal(5, 3, (ROWS, 4)), np.arange(ROWS) % 2, {}),
    "table, texts as classes": (RNG.normal(size=(ROWS, 4)), np.array(["a", "b", "c"] * 16), {}),
    "table, one-hot": (RNG.normal(size=(ROWS, 4)), np.arange(ROWS) % 3, {"one_hot": True}),
    "table, numbers": (RNG.normal(size=(ROWS, 4)), RNG.normal(size=ROWS), {}),
    "table, several numbers": (RNG.normal(size=(ROWS, 4)), RNG.normal(size=(ROWS, 2)), {}),
    "table, labels": (
        RNG.normal(size=(ROWS, 4)),
        RNG.integers(0, 2, (ROWS, 3)),
        {"task": "multilabel"},
    ),
    "grey pictures": (RNG.uniform(0, 255, (ROWS, 12, 12)), np.arange(ROWS) % 3, {}),
    "pictures": (RNG.uniform(0, 1, (ROWS, 9, 16, 3)), np.arange(ROWS) % 2, {}),
    "sequences": (RNG.normal(size=(ROWS, 6, 2)), RNG.normal(size=ROWS), {}),
    "tokens": (RNG.integers(0, 50, (ROWS, 7)), np.arange(ROWS) % 2, {}),
    "texts": (WORDS, np.array([1, 0] * 24), {}),
    "two inputs": (
        {"table": RNG.normal(size=(ROWS, 3)), "note": WORDS},
        np.arange(ROWS) % 2,
        {},
    ),
}


def dataset(name: str) -> Dataset:
    x, y, settings = DATA[name]
    return dataset_from_arrays(x, y, **settings)


def built(kind: str, data: Dataset, **params: Any) -> Any:
    builder = load_builder(f"tuneit:{kind}", Path()).for_data(data, a_study())
    return builder.build(TrialHyperParameters(params, {}, known=SearchSpace(())))


@pytest.mark.parametrize(
    # Without graphs Keras takes no texts beside numbers.
    "name",
    [pytest.param(name, marks=pytest.mark.eager(name != "two inputs")) for name in DATA],
)
@pytest.mark.parametrize("kind", ["linear", "auto"])
def test_a_model_of_each_form_of_data_learns(kind: str, name: str) -> None:
    data = dataset(name)
    model = built(kind, data)
    from tuneit.training.fitting.fit import arrays_for_keras

    x, y = arrays_for_keras(data.train)
    model.jit_compile = False
    before = [np.array(w) for w in model.trainable_weights]
    loss = model.train_on_batch(x, y)[0]
    assert np.isfinite(loss)
    assert any(
        not np.array_equal(a, b) for a, b in zip(before, model.trainable_weights, strict=True)
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("mlp", "pictures"),
        ("cnn", "sequences"),
        ("rnn", "tokens"),
        ("rnn", "sequences"),
        ("transformer", "texts"),
        ("transformer", "sequences"),
        ("transformer", "two inputs"),
    ],
)
def test_kinds_take_data_that_they_are_made_for_and_others(kind: str, name: str) -> None:
    model = built(kind, dataset(name))
    assert model.count_params() > 0


def test_a_grey_picture_is_read_row_by_row() -> None:
    model = built("rnn", dataset("grey pictures"), cell="gru", recurrent_units=16)
    assert any(layer.name.startswith("gru") for layer in model.layers)


@pytest.mark.parametrize(
    ("kind", "name", "augment"),
    [
        ("cnn", "pictures", {"flip": "horizontal", "zoom": {"max": 0.2}, "noise": {"max": 0.1}}),
        ("rnn", "sequences", {"noise": 0.1}),
        ("mlp", "table, numbers", {"noise": {"min": 0.1, "max": 0.2}, "mixup": {"max": 0.4}}),
    ],
)
def test_augmentation_is_searched_with_the_model(kind: str, name: str, augment: Any) -> None:
    data, spec = dataset(name), {"source": "sklearn", "name": "digits", "augment": augment}
    builder = load_builder(f"tuneit:{kind}", Path()).for_data(data, a_study(data=spec))
    hp = TrialHyperParameters({}, {}, known=SearchSpace(()))
    model = builder.build(hp)
    searched = {
        f"augment_{name}" for name, strength in augment.items() if isinstance(strength, dict)
    }
    assert {name for name in hp.params if name.startswith("augment_")} == searched
    x = data.train.x[:8].astype(np.float32)
    assert np.array_equal(model(x, training=False), model(x, training=False))


def test_auto_chooses_by_the_data() -> None:
    kinds = {name: _for(dataset(name)).kind for name in DATA}
    assert {kinds[n] for n in ("grey pictures", "pictures", "sequences")} == {"cnn"}
    assert {kinds[n] for n in ("table, numbers", "texts", "two inputs")} == {"mlp"}


def _for(data: Dataset) -> ReadyMade:
    return ReadyMade("auto").for_data(data, a_study(), Path())


def test_numbers_are_scaled_by_the_training_rows_alone() -> None:
    form = DataForm.of(dataset("table, two classes"), a_study())
    train = dataset("table, two classes").train.x
    assert np.allclose(form.inputs[0].mean, train.mean(axis=0), atol=1e-4)
    assert DataForm.of(dataset("table, numbers"), a_study()).rows == len(train)


def test_a_schedule_counts_the_steps_of_a_trials_own_batches_and_epochs() -> None:
    study = a_study(batch_size=32, budget={"trials": 1, "epochs": 10})
    form = DataForm.of(dataset("table, numbers"), study)
    assert form.steps({}) == 10 * -(-form.rows // 32)
    assert form.steps({"batch_size": 8, "epochs": 3}) == 3 * -(-form.rows // 8)
    assert replace(form, steps_per_epoch=5).steps({"batch_size": 8}) == 50


def test_a_builder_travels_to_workers(tmp_path: Path) -> None:
    builder = load_builder("tuneit:auto", tmp_path).for_data(dataset("texts"), a_study())
    again = pickle.loads(pickle.dumps(BuilderLocation.of(builder))).load()
    assert again.target == builder.target
    assert again.target.kind == "mlp"
    assert again.root == tmp_path.resolve()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: load_builder("tuneit:mpl", Path()), "no model 'tuneit:mpl' - did you mean 'mlp'"),
        (lambda: ReadyMade("mlp").build(None), "adapts to data, but was given none"),
        (
            lambda: built("mlp", dataset_from_arrays(np.zeros((20, 2)), np.arange(20) % 2 * 2 - 1)),
            "numbered from 0, but these are -1, 1: set `one_hot: true`",
        ),
        (
            lambda: built("cnn", dataset_from_arrays(np.zeros((20, 2, 2, 2, 2)), np.arange(20.0))),
            r"rows of the input x have the shape \(2, 2, 2, 2\)",
        ),
        (
            lambda: built("cnn", dataset("table, numbers")),
            r"for pictures, sequences and texts, .* numbers of the shape \(4,\): take tuneit:mlp",
        ),
        (
            lambda: built("rnn", dataset("pictures")),
            r"is for sequences and texts, .* pictures of the shape \(9, 16, 3\): take tuneit:cnn",
        ),
    ],
)
def test_what_it_cannot_be_made_for_is_told(make: Any, said: str) -> None:
    with pytest.raises(BuilderError, match=said):
        make()


def test_a_search_without_code_trains_in_cohorts(tmp_path: Path) -> None:
    x = RNG.normal(3, 2, (120, 4))
    y = (x[:, 0] > 3).astype(int)
    result = tuneit.search(
        "tuneit:linear",
        (x, y),
        objective="val_accuracy",
        strategy="random",
        trials=4,
        epochs=8,
        trainer="cohort",
        output=tmp_path,
        quiet=True,
    )
    assert len(result.best_trials(4)) == 4
    assert result.best_score > 0.6


def test_tensorflow_says_nothing_before_the_first_model(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(
        "model: tuneit:linear\n"
        "data: {source: sklearn, name: iris}\n"
        "objective: val_accuracy\n"
        "budget: {trials: 1, epochs: 1}\n"
    )
    command = [sys.executable, "-m", "tuneit", "check", "study.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
