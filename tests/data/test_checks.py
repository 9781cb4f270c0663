from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from data_builders import blobs, load

from tuneit.data.checks import check_dataset
from tuneit.data.dataset import Dataset, Split
from tuneit.data.head import SPARSE, Head
from tuneit.data.load import dataset_from_arrays
from tuneit.errors.wording import figures
from tuneit.findings import Severity

RNG_SEED = 0


ERROR = "mean_squared_error"


def warned(data, **options) -> set[str]:
    return {f.name for f in check_dataset(data, **options) if f.severity != Severity.INFO}


def noise(n: int, width: int = 5, seed: int = RNG_SEED) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, width))


@pytest.mark.parametrize(
    "name", ["digits", "iris", "wine", "breast_cancer", "diabetes", "linnerud", "make_moons"]
)
@pytest.mark.parametrize("scale", ["none", "standard"])
def test_silent_on_healthy_data(tmp_path, name, scale):
    assert warned(load(tmp_path, source="sklearn", name=name, scale=scale)) == set()


@pytest.mark.parametrize("seed", range(5))
def test_silent_on_pure_noise(seed):
    y = np.random.default_rng(seed).integers(0, 2, 400)
    assert warned(dataset_from_arrays(noise(400, seed=seed), y, seed=seed)) == set()


def test_silent_on_coarse_categories():
    x = np.random.default_rng(0).integers(0, 2, size=(800, 6))
    assert warned(dataset_from_arrays(x, np.arange(800) % 2)) == set()


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes_of_a_dataset_made_by_hand_are_called_by_their_indices(one_hot):
    x, y = blobs(60)
    train = Split(x, np.eye(3, dtype=np.float32)[y] if one_hot else y)
    few = train.take(np.flatnonzero(y != 2))
    dataset = Dataset("mine", "classification", train, few, train)
    assert dataset.class_names == ("0", "1", "2")
    [finding] = [f for f in check_dataset(dataset) if f.name == "missing_class"]
    assert "the validation split has no row of class '2'" in finding.summary


def test_imbalance_says_that_accuracy_misleads():
    y = (np.arange(1000) % 20 == 0).astype(int)
    (finding,) = [
        f for f in check_dataset(dataset_from_arrays(noise(1000), y)) if f.name == "class_imbalance"
    ]
    assert finding.evidence["majority_share"] == pytest.approx(0.95)
    assert "accuracy misleads" in finding.summary


def test_a_class_that_training_lacks():
    x, y = blobs(60)
    data = dataset_from_arrays(x[y < 2], y[y < 2], test=(x, y))
    assert "missing_class" in warned(data)


def test_copies_across_splits_and_within():
    x, y = blobs(300)
    data = dataset_from_arrays(np.r_[x, x], np.r_[y, y])
    assert warned(data) == {"duplicates_across_splits"}
    assert "duplicate_rows" in {f.name for f in check_dataset(data)}


def test_a_feature_that_gives_the_target_away():
    x, y = noise(400), np.arange(400) % 2
    leaky = np.c_[x, y + np.random.default_rng(1).normal(0, 0.05, 400)]
    (finding,) = [
        f
        for f in check_dataset(dataset_from_arrays(leaky, y))
        if f.name == "single_feature_leakage"
    ]
    assert finding.evidence["feature"] == "feature 5"


@pytest.mark.parametrize("every", [10, 50, 100, 200])
def test_a_leak_is_seen_however_rare_the_class_is(every):
    y = (np.arange(2000) % every == 0).astype(int)
    leaky = np.c_[noise(2000), y + np.random.default_rng(1).normal(0, 0.05, 2000)]
    found = {f.name: f for f in check_dataset(dataset_from_arrays(leaky, y))}
    assert found["single_feature_leakage"].evidence["feature"] == "feature 5"
    assert found["single_feature_leakage"].evidence["AUC"] == 1
    # The majority alone makes every feature right for 99 % of the rows.
    weak = np.c_[noise(2000), y + np.random.default_rng(1).normal(0, 1, 2000)]
    assert "single_feature_leakage" not in warned(dataset_from_arrays(weak, y))


def test_a_leak_need_not_rise_with_the_classes_and_must_give_away_each_of_them():
    x, y = noise(900), np.arange(900) % 3
    codes = np.array([7.0, 1.0, 4.0])[y]
    assert "single_feature_leakage" in warned(dataset_from_arrays(np.c_[x, codes], y))
    one = (y == 1).astype(float)
    assert "single_feature_leakage" not in warned(dataset_from_arrays(np.c_[x, one], y))


def test_few_rows_of_a_class_say_nothing_of_leaks():
    y = np.zeros(300, dtype=int)
    y[:4] = 1
    leaky = np.c_[noise(300), y]
    assert "single_feature_leakage" not in warned(dataset_from_arrays(leaky, y))


def test_a_feature_that_gives_a_number_away():
    x = noise(400)
    target = x[:, 0] + x[:, 1] ** 2
    data = dataset_from_arrays(np.c_[x, np.exp(target)], target)
    assert "single_feature_leakage" in warned(data)


def test_one_feature_alone_has_to_decide():
    x, y = blobs(200, classes=2)
    assert warned(dataset_from_arrays(3 * x[:, :1], y)) == set()


def test_wild_constant_and_extreme_features():
    x, y = noise(300), np.arange(300) % 2
    x[:, 0] *= 1e7
    x[:, 1] = 4
    x[::100, 2] = 1e5
    data = dataset_from_arrays(x, y, validation=(x, y), test=(x, y))
    found = {f.name: f for f in check_dataset(data)}
    assert found["wild_scales"].severity == Severity.WARNING
    assert found["constant_features"].severity == Severity.INFO
    assert found["extreme_values"].evidence["count"] == 3


def test_dark_borders_of_pictures_are_no_finding_but_dark_pictures_are():
    x = np.random.default_rng(0).random((200, 8, 8, 1)).astype(np.float32)
    x[:, :2] = 0
    y = np.arange(200) % 2
    assert "constant_features" not in {f.name for f in check_dataset(dataset_from_arrays(x, y))}
    dark = dataset_from_arrays(np.zeros_like(x), y)
    assert "constant_features" in {f.name for f in check_dataset(dark)}


def test_drifted_features_are_named_with_their_auc():
    x, y = noise(600), np.arange(600) % 2
    moved = noise(200, seed=5)
    moved[:, 3] += 1.5
    data = dataset_from_arrays(x, y, test=(moved, y[:200]))
    (finding,) = [f for f in check_dataset(data) if f.name == "feature_drift"]
    assert finding.evidence["split"] == "test"
    assert finding.evidence["auc"] > 0.7
    assert "'feature 3'" in finding.summary


def test_drifted_targets():
    y = np.arange(400) % 2
    shifted = (np.arange(200) % 5 == 0).astype(int)
    data = dataset_from_arrays(noise(400), y, test=(noise(200, seed=1), shifted))
    assert warned(data) == {"target_drift"}
    values = noise(400, 1)[:, 0]
    data = dataset_from_arrays(
        noise(400, seed=2),
        100 * values,
        test=(noise(200, seed=3), 100 * values[:200] + 100),
        scale_target="standard",
    )
    assert warned(data) == {"target_drift"}
    [drift] = [f for f in check_dataset(data) if f.name == "target_drift"]
    median = np.median(100 * values[:200] + 100)
    assert f"test (median {figures(median)})" in drift.summary  # in the target's own unit


def test_few_rows_are_told_without_numbers_that_they_cannot_bear():
    data = dataset_from_arrays(noise(5), np.array([0.5, 9, 1, 2, 3]))
    assert warned(data) == set()
    [found, _] = [finding for finding in check_dataset(data) if finding.name == "small_split"]
    assert found.summary.startswith("the validation split has 1 row, too few to compare")


def test_flipped_labels_are_suspected():
    x, y = blobs(600)
    flipped = np.arange(600) % 14 == 0
    data = dataset_from_arrays(x, np.where(flipped, (y + 1) % 3, y))
    (finding,) = [f for f in check_dataset(data) if f.name == "label_noise"]
    assert finding.severity == Severity.WARNING
    assert 0.04 < finding.evidence["share"] < 0.1


def test_each_output_is_checked_and_its_findings_name_it():
    x = noise(2000)
    rare = (np.arange(2000) % 50 == 0).astype(int)
    x[:, 2] = rare
    y = {"rare": rare, "size": noise(2000, 1)[:, 0], "even": np.arange(2000) % 2}
    heads = [Head(loss, name=name) for name, loss in zip(y, [SPARSE, ERROR, SPARSE], strict=True)]
    found = check_dataset(dataset_from_arrays(x, y, ask=lambda: heads))
    named = {(f.name, f.output) for f in found if f.severity is Severity.WARNING}
    assert named == {("class_imbalance", "rare"), ("single_feature_leakage", "rare")}
    assert all(str(f).startswith("output 'rare': ") for f in found if f.output)
    # What concerns the features is said once, without an output.
    x[:, 0] = 1
    constant = check_dataset(dataset_from_arrays(x, y, ask=lambda: heads))
    assert [f.evidence.get("output") for f in constant if f.name == "constant_features"] == [None]


def test_splits_too_small_for_the_resolution():
    x, y = blobs(300)
    data = dataset_from_arrays(x, y)
    assert warned(data, resolution=0.01) == {"small_split"}
    assert warned(data, resolution=0.2) == set()
    (first, *_) = [f for f in check_dataset(data, 0.01) if f.name == "small_split"]
    assert first.evidence["rows_needed"] == 3458


def test_answers_do_not_change():
    x, y = blobs(5000)
    data = dataset_from_arrays(x, y)
    assert check_dataset(data) == check_dataset(data)


def test_tiny_and_odd_data_pass():
    x, y = blobs(9)
    check_dataset(dataset_from_arrays(x, y))
    check_dataset(dataset_from_arrays(np.ones((30, 3)), np.arange(30) % 2))
    check_dataset(dataset_from_arrays({"a": noise(30), "b": noise(30, 2)}, np.arange(30) % 2))
    check_dataset(dataset_from_arrays(noise(30), np.eye(3)[np.arange(30) % 3]))
    check_dataset(dataset_from_arrays(noise(12, 300), noise(12, 2)))
    check_dataset(dataset_from_arrays(noise(90, 300), np.arange(90) % 2))


def test_many_large_pictures_of_noise_are_sound():
    rng = np.random.default_rng(0)
    data = dataset_from_arrays(rng.integers(0, 255, (10_000, 28, 28)), rng.integers(0, 10, 10_000))
    assert warned(data) == set()


def test_extremes_noted_before_scaling_are_said_once_and_in_their_own_unit():
    x, y = noise(300), np.arange(300) % 2
    x[::100, 2] = 1e5
    data = dataset_from_arrays(x, y)
    (extreme,) = (f for f in check_dataset(data) if f.name == "extreme_values")
    said = f"feature '{extreme.evidence['feature']}' has 3 values as far away as 7e9"
    noted = replace(data, notes=(*data.notes, said))
    (extreme,) = (f for f in check_dataset(noted) if f.name == "extreme_values")
    assert extreme.summary == said
