"""Optimizer, loss and metrics that Python code gives, for each model anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from training_models import HERE, a_network, keras

from tuneit.errors import BuilderError
from tuneit.training.builders.builder import load_builder
from tuneit.training.builders.compiling import CompileArguments
from tuneit.training.builders.location import BuilderLocation


class Shift(keras.losses.Loss):  # type: ignore[misc]
    """A loss that Keras cannot load by name, since it is not registered."""

    def __init__(self, by: float = 0.0, **more: Any) -> None:
        super().__init__(**more)
        self.by = by

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(y_pred, axis=-1) + self.by

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "by": self.by}


class Bare(keras.metrics.Metric):  # type: ignore[misc]
    """A metric whose get_config lacks an argument."""

    def __init__(self, size: int, **more: Any) -> None:
        super().__init__(**more)


def test_what_is_not_given_stays_as_the_builder_has_it() -> None:
    model = a_network(rate=0.25)
    loss = model.loss
    given = CompileArguments.of(None, None, [keras.metrics.MeanSquaredError()])
    assert given is not None
    given.compile(model)
    assert model.loss == loss
    assert float(model.optimizer.learning_rate) == 0.25
    assert model.jit_compile is False
    assert CompileArguments.of(None, None, None) is None


def test_each_model_gets_objects_of_its_own() -> None:
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.9))
    given = CompileArguments.of(optimizer, Shift(2.0), None)
    assert given is not None
    first, second = a_network(), a_network()
    given.compile(first)
    given.compile(second)
    assert first.optimizer is not second.optimizer is not optimizer
    assert float(first.optimizer.learning_rate) == 0.5
    assert first.loss.by == second.loss.by == 2.0
    assert Shift in given.code
    with pytest.raises(BuilderError, match=r"needs a Bare of its own, .* compile the model in"):
        CompileArguments.of(None, None, [Bare(3)])


def test_workers_get_what_models_are_compiled_with() -> None:
    given = CompileArguments.of("adam", Shift(2.0), [keras.metrics.CategoricalAccuracy()])
    builder = replace(load_builder("training_models.py:build_model", HERE), compiled_with=given)
    assert BuilderLocation.of(builder).load().compiled_with == given
    local = CompileArguments.of(None, lambda true, predicted: predicted, None)
    with pytest.raises(BuilderError, match="cannot get the optimizer, loss or metrics"):
        BuilderLocation.of(replace(builder, compiled_with=local))
