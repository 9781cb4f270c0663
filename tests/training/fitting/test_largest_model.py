from __future__ import annotations

from typing import Any

from training_models import a_recipe, build_model

from tuneit.training.builders.builder import as_builder
from tuneit.training.fitting.largest_model import largest_model_parameters


def test_every_numeric_hyperparameter_is_at_its_maximum() -> None:
    recipe = a_recipe(as_builder(build_model))
    assert largest_model_parameters(recipe, 16) == 4 * 8 + 8 + 8 * 2 + 2


def test_a_largest_model_that_cannot_be_built_is_not_counted() -> None:
    def fails(hp: Any) -> Any:
        if hp.Int("units", 2, 8) > 4:
            raise ValueError("too large")
        return build_model(hp)

    assert largest_model_parameters(a_recipe(as_builder(fails)), 16) is None
