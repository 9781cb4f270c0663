"""Models of several seeds become one, which Keras saves and loads by itself."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tuneit.errors import BuilderError
from tuneit.training.fitting.refit import averaged

pytestmark = pytest.mark.eager

RNG = np.random.default_rng(0)


def sequential() -> keras.Model:
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, name="same")])


def two_ended() -> keras.Model:
    inputs = {name: keras.Input((3,), name=name) for name in ("a", "b")}
    both = keras.layers.concatenate(list(inputs.values()))
    return keras.Model(inputs, [keras.layers.Dense(1, name=n)(both) for n in ("mean", "spread")])


@pytest.mark.parametrize("build", [sequential, two_ended])
def test_the_outputs_are_the_means(build, tmp_path: Path) -> None:
    models = [build() for _ in range(3)]
    for model in models:
        model.compile("sgd", "mse", jit_compile=False)
    whole = averaged(models)
    assert whole.loss == "mse"
    whole.save(tmp_path / "whole.keras")
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    given = {"a": x, "b": x + 1} if build is two_ended else x
    loaded = keras.models.load_model(tmp_path / "whole.keras")
    parts = [keras.tree.flatten(model(given)) for model in models]
    means = [np.mean(part, axis=0) for part in zip(*parts, strict=True)]
    for found, mean in zip(keras.tree.flatten(loaded(given)), means, strict=True):
        assert np.allclose(found, mean, atol=1e-6)


class Own(keras.Model):
    def call(self, x):
        return x


def test_a_model_without_known_inputs_is_not_averaged() -> None:
    one = Own()
    assert averaged([one]) is one
    with pytest.raises(BuilderError, match="but this one is a Own: refit with --seeds 1"):
        averaged([one, Own()])
