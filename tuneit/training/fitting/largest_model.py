"""Counting the parameters of the largest model of a search space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneit.space import Choice, Fixed, Params, SearchSpace
from tuneit.training.builders.build import BuildInSandbox

if TYPE_CHECKING:
    from tuneit.training.recipe import Recipe

_CHEAP = 20_000_000
"""Parameters up to which the largest model is built (80 MB of float32)."""


def largest_model_parameters(
    recipe: Recipe, parameters: int, sandbox: BuildInSandbox | None = None
) -> int | None:
    """Count the parameters of the model with every numeric hyperparameter at its maximum.

    `parameters` are those of the default model. The largest is built in the `sandbox` where one is
    given. None where building it may take too long, fails, or ends the sandbox's process.
    """
    from tuneit.training.builders.hyperparameters import TrialHyperParameters
    from tuneit.training.fitting.session import fresh_session

    corner: Params = {}
    growth = 1.0
    for parameter in recipe.space:
        if not parameter.is_active(corner):
            continue
        corner[parameter.name] = parameter.default
        if isinstance(parameter, (Choice, Fixed)):
            values = [v for v in parameter.points() if isinstance(v, (int, float))]
            if (
                isinstance(parameter, Choice)
                and len(values) == parameter.count
                and parameter.ordered
            ):
                corner[parameter.name] = max(values)
        elif parameter.kind == "int":
            corner[parameter.name] = parameter.points()[-1]
            growth *= (parameter.high / max(1.0, float(parameter.default or 1))) ** 2
    if corner == recipe.space.defaults():
        return parameters
    if parameters * growth > _CHEAP * 50:
        return None
    fresh_session(0)
    try:
        if sandbox is not None:
            build = sandbox(corner, SearchSpace(()))
            return None if build is None else build.parameters
        model = recipe.builder.build(TrialHyperParameters(corner, recipe.builder.specs))
        return int(model.count_params()) if model.built else None
    except Exception:
        return None  # a trial with these values would fail too
