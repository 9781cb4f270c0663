"""Search spaces: hyperparameters, the conditions under which they exist, and configurations.

The terms are keras-tuner's (`Float`, `Int`, `Choice`, `Boolean`, `Fixed`, conditions on a parent's
value). Two things differ: a range with a step includes its maximum if a whole number of steps
leads there, and booleans stay booleans.
"""

from __future__ import annotations

from tuneit.space.choices import Boolean, Choice, Fixed
from tuneit.space.condition import Condition, Params, Scalar, params_key, same
from tuneit.space.parameters import Parameter, parameter_from_dict, parameter_to_dict
from tuneit.space.ranges import GRID_POINTS, Float, Int, Sampling
from tuneit.space.search_space import SearchSpace, reachable

__all__ = [
    "GRID_POINTS",
    "Boolean",
    "Choice",
    "Condition",
    "Fixed",
    "Float",
    "Int",
    "Parameter",
    "Params",
    "Sampling",
    "Scalar",
    "SearchSpace",
    "parameter_from_dict",
    "parameter_to_dict",
    "params_key",
    "reachable",
    "same",
]
