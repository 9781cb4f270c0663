"""Transfer: a frozen base with a new head, whose last layers are trained in a second phase."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import a_study
from command import tuneit as run
from training_models import AnObserver, a_plan, a_recipe

import tuneit
from tuneit.data.dataset import Dataset
from tuneit.data.load import dataset_from_arrays
from tuneit.errors import BuilderError, StudyFileError
from tuneit.space import SearchSpace
from tuneit.study import EarlyStopping
from tuneit.study.transfer import TransferSpec
from tuneit.training.builders.builder import Builder, as_builder
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.builders.location import BuilderLocation
from tuneit.training.cohort.preparing import study_refusal
from tuneit.training.fitting.refit import refitted
from tuneit.training.ready_made.applications import application
from tuneit.training.ready_made.base import without_head
from tuneit.training.recipe import Recipe
from tuneit.training.saving.prediction import load_model
from tuneit.training.single import SingleTrainer
from tuneit.trials import Memory, Proposal, Trial

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

RNG = np.random.default_rng(0)
ROWS = 60
X = RNG.normal(size=(ROWS, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)

CHOSEN: dict[str, Any] = {
    "unfrozen_layers": 1,
    "head_epochs": 2,
    "fine_tuning_rate": 1e-3,
    "hidden_layer": False,
    "optimizer": "adam",
    "learning_rate": 0.05,
}


def a_base(path: Path, *ends: Any, shape: tuple[int, ...] = (4,)) -> Path:
    """A saved model of two hidden layers and batch normalisation before its head."""
    import keras

    layers = keras.layers
    hidden = [layers.Dense(6, name="first"), layers.BatchNormalization(name="normal")]
    hidden.append(layers.Dense(5, activation="relu", name="last"))
    keras.Sequential([keras.Input(shape), *hidden, *(ends or (layers.Dense(3),))]).save(path)
    return path


def a_dataset(x: Any = X) -> Dataset:
    return dataset_from_arrays(x, Y[:10] if len(x) == 10 else Y)


def a_builder(base: Any, data: Dataset | None = None, weights: str | None = None) -> Builder:
    study = a_study(model="tuneit:transfer", transfer={"base": str(base), "weights": weights})
    return as_builder(tuneit.models.transfer(base)).for_data(data or a_dataset(), study)


def transferring(base: Path, folder: Path, **plan: Any) -> Recipe:
    builder = a_builder(base)
    made = a_recipe(builder, plan=a_plan(**{"epochs": 5, **plan}), models=folder / "models")
    return replace(made, dataset=a_dataset())


def trained(recipe: Recipe, *memories: dict[str, int], **params: Any) -> list[Trial]:
    proposals = [
        Proposal(number, {**CHOSEN, **params}, 7 + number, Memory(**memory), repeat_seeds=())
        for number, memory in enumerate(memories or ({},))
    ]
    return list(SingleTrainer(recipe).train(iter(proposals), AnObserver(keep=True)))


def test_the_head_trains_first_and_then_the_last_layers_at_a_low_rate(tmp_path: Path) -> None:
    base = a_base(tmp_path / "base.keras")
    [trial] = trained(transferring(base, tmp_path))
    assert trial.error is None
    assert trial.curve is not None
    assert trial.curve["unfrozen_layers"].tolist() == [0, 0, 1, 1, 1]
    assert trial.curve["learning_rate"].tolist() == pytest.approx([0.05] * 2 + [1e-3] * 3)
    assert trial.curve.fine_tuned_from == 3
    assert "unfrozen_layers" not in trial.curve.metrics
    model = load_model(tmp_path / "models/0000.keras")  # without a warning of Keras's
    before, after = load_model(base), model.get_layer("base")
    for name, changed in {"first": False, "normal": False, "last": True}.items():
        same = [
            np.array_equal(a, b)
            for a, b in zip(
                before.get_layer(name).get_weights(),
                after.get_layer(name).get_weights(),
                strict=True,
            )
        ]
        assert all(same) is not changed, name
    assert [v.path.split("/")[-2] for v in model.trainable_variables][:2] == ["last", "last"]


def test_without_unfrozen_layers_only_the_head_trains(tmp_path: Path) -> None:
    base = a_base(tmp_path / "base.keras")
    [trial] = trained(transferring(base, tmp_path), unfrozen_layers=0)
    assert trial.curve is not None
    assert trial.curve.fine_tuned_from is None
    model = load_model(tmp_path / "models/0000.keras")
    for a, b in zip(
        load_model(base).weights[:-2], model.get_layer("base").get_weights(), strict=True
    ):
        assert np.array_equal(a, b)


def test_a_promoted_trial_goes_on_in_its_phase(tmp_path: Path) -> None:
    recipe = transferring(a_base(tmp_path / "base.keras"), tmp_path)
    parent, child = trained(recipe, {"epochs": 4}, {"epochs": 5, "parent": 0})
    assert parent.curve is not None
    assert child.curve is not None
    assert child.facts.continued == 4
    assert child.curve.head(4).to_dict() == parent.curve.to_dict()
    assert child.curve["unfrozen_layers"].tolist() == [0, 0, 1, 1, 1]
    assert child.curve["learning_rate"][-1] == pytest.approx(1e-3)
    # Two steps an epoch; the second phase has an optimizer of its own, which has counted on.
    assert int(load_model(tmp_path / "models/0001.keras").optimizer.iterations) == 2 * 3


def test_early_stopping_cannot_end_the_first_phase(tmp_path: Path) -> None:
    stopping = EarlyStopping(patience=1, min_delta=10.0)
    recipe = transferring(a_base(tmp_path / "base.keras"), tmp_path, early_stopping=stopping)
    [trial] = trained(recipe)
    assert trial.epochs == 4  # the third is the first that counts


def test_a_refit_has_both_phases(tmp_path: Path) -> None:
    base = a_base(tmp_path / "base.keras")
    recipe = transferring(base, tmp_path)
    model = refitted(recipe, CHOSEN, recipe.dataset, epochs=3, seed=1)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)
    same = load_model(base).get_layer("last").get_weights()[0]
    assert not np.array_equal(same, model.get_layer("base").get_layer("last").get_weights()[0])


def test_a_cohort_says_why_it_does_not_train_it(tmp_path: Path) -> None:
    recipe = transferring(a_base(tmp_path / "base.keras"), tmp_path)
    assert "two phases" in str(study_refusal(recipe))


def test_workers_get_base_and_digest(tmp_path: Path) -> None:
    builder = a_builder(a_base(tmp_path / "base.keras"))
    again = pickle.loads(pickle.dumps(BuilderLocation.of(builder))).load()
    assert again.target == builder.target
    assert list(again.base_digests) == [f"the base {tmp_path / 'base.keras'}"]


def test_a_search_in_python_names_the_base_in_its_study(tmp_path: Path) -> None:
    result = tuneit.search(
        tuneit.models.transfer(a_base(tmp_path / "base.keras")),
        (X, Y),
        parameters={name: {"value": value} for name, value in CHOSEN.items()},
        objective="val_accuracy",
        strategy="random",
        trials=1,
        epochs=3,
        output=tmp_path / "out",
        quiet=True,
    )
    assert result.study.transfer == TransferSpec(base=str(tmp_path / "base.keras"))
    header, *_ = (tmp_path / "out/curves/0000.csv").read_text().splitlines()
    assert "unfrozen_layers" in header


def test_a_base_is_cut_at_its_last_hidden_layer(tmp_path: Path) -> None:
    import keras

    layers = keras.layers
    whole = load_model(
        a_base(tmp_path / "a.keras", layers.Dropout(0.2), layers.Dense(3), layers.Softmax())
    )
    assert without_head(whole, "a").output_shape == (None, 5)
    maps = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.GlobalAveragePooling2D()]
    )
    assert without_head(maps, "maps").output_shape == (None, 3)


@pytest.mark.parametrize(
    ("name", "x", "said"),
    [
        ("base.keras", X[:, :3], r"takes rows of numbers of the shape \(4,\), but the data's are"),
        ("base.keras", {"a": X, "b": X}, "takes data of one input, but these have 2"),
        ("broken.keras", X, "the base broken.keras cannot be loaded in Keras's safe mode"),
        ("absent.keras", X, "there is no base at .*absent.keras"),
        ("MobilNet", X, "no model 'MobilNet' - did you mean 'MobileNet'"),
        ("MobileNet", X, r"MobileNet takes pictures of three channels, but rows have .* \(4,\)"),
    ],
)
def test_a_base_that_does_not_suit_is_told(tmp_path: Path, name: str, x: Any, said: str) -> None:
    a_base(tmp_path / "base.keras")
    (tmp_path / "broken.keras").write_bytes(b"no model")
    base = tmp_path / name if name.endswith(".keras") else name
    with pytest.raises(BuilderError, match=said):
        a_builder(base, a_dataset(x)).build(TrialHyperParameters({}, {}, known=SearchSpace(())))


@pytest.mark.parametrize(
    ("weights", "shape", "pixels", "said"),
    [
        ("none", (32, 32, 3), (-1.0, 1.0), "takes pixels from 0 to 255 or from 0 to 1, but they"),
        ("none", (9, 9, 3), (0.0, 1.0), r"cannot take pictures of the shape \(9, 9, 3\)"),
        ("absent.h5", (32, 32, 3), (0.0, 1.0), "absent.h5 does not hold weights of MobileNet"),
    ],
)
def test_a_network_that_does_not_suit_is_told(
    tmp_path: Path, weights: str, shape: tuple[int, ...], pixels: Any, said: str
) -> None:
    spec = TransferSpec(base="MobileNet", weights=weights)
    with pytest.raises(BuilderError, match=said):
        application(spec, tmp_path, shape, pixels)


def test_a_network_of_keras_applications_takes_grey_pictures(tmp_path: Path) -> None:
    pictures = RNG.uniform(0, 1, (10, 32, 32, 1)).astype(np.float32)
    builder = a_builder("MobileNet", a_dataset(pictures), weights="none")
    model = builder.build(TrialHyperParameters({}, {}, known=SearchSpace(())))
    assert model.input_shape == (None, 32, 32, 1)
    assert len(model.trainable_variables) <= 6  # those of the head
    model.save(tmp_path / "model.keras")
    assert load_model(tmp_path / "model.keras").count_params() == model.count_params()


def test_a_study_needs_a_base_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(StudyFileError, match="needs a pretrained base"):
        tuneit.search("tuneit:transfer", (X, Y), objective="val_accuracy", quiet=True)
    (tmp_path / "study.yaml").write_text(
        "model: tuneit:transfer\ntransfer: mine.keras\n"
        "data: {source: sklearn, name: iris}\nobjective: val_accuracy\nbudget: {trials: 1}\n"
    )
    done = run(tmp_path, "check", "study.yaml")
    assert done.returncode == 2
    assert "study.yaml:2:11: the base mine.keras does not exist" in done.stderr
