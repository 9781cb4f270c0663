"""Pictures of training rows before and after augmentation."""

from __future__ import annotations

import numpy as np

from tuneit.data.load import dataset_from_arrays
from tuneit.study.augment import AugmentSpec
from tuneit.training.builders.augmented_examples import augmented_examples
from tuneit.training.builders.augmenting import Augmentation

PICTURES = np.random.default_rng(0).uniform(0, 1, (20, 12, 10, 3))


def test_the_same_rows_are_shown_before_and_after() -> None:
    data = dataset_from_arrays(PICTURES, np.arange(20) % 2)
    spec = AugmentSpec.model_validate({"flip": "both", "rotation": {"max": 0.2}})
    made = Augmentation.of(spec, data)
    before, *after = augmented_examples(made, data, {"augment_rotation": 0.2})
    assert (before.title, len(after)) == ("input", 4)
    assert before.pixels.shape == (4, 12, 10, 3)
    assert all(not np.array_equal(before.pixels, one.pixels) for one in after)
    assert not np.array_equal(after[0].pixels, after[1].pixels)
    again = augmented_examples(made, data, {"augment_rotation": 0.2})
    assert np.array_equal(again[1].pixels, after[0].pixels)


def test_rows_that_are_no_pictures_are_not_shown() -> None:
    data = dataset_from_arrays(PICTURES[:, 0, :, 0], np.arange(20) % 2)
    assert augmented_examples(Augmentation.of(AugmentSpec(noise=0.2), data), data, {}) == ()
