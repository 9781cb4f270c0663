"""The edits by name: each is a function of a compiled, built model, a file or part of one.

An edit returns the edited model, compiled and built, with the same output shapes, and what it
changed in words. It may change the given model's optimizer; layers it changes in a new model. It
raises CannotTreat where there is nothing to change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tuneit.training.treating.edits.activations import add_activations
from tuneit.training.treating.edits.batch_normalisation import add_batch_normalisation
from tuneit.training.treating.edits.depth import add_layer, remove_layer
from tuneit.training.treating.edits.distillation import halve_to_be_taught
from tuneit.training.treating.edits.dropout import add_dropout
from tuneit.training.treating.edits.inputs import augment, normalise_inputs
from tuneit.training.treating.edits.optimizer import clip_gradients, scale_learning_rate
from tuneit.training.treating.edits.regularisation import add_l2, regularise_less
from tuneit.training.treating.edits.width import resize

Edit = Callable[[Any, Any], tuple[Any, str]]
"""Takes the model and the training inputs (an array, tuple or dict), or None where unknown."""

EDITS: Mapping[str, Edit] = {
    "more_capacity": partial(resize, factor=2.0),
    "smaller_network": partial(resize, factor=0.5),
    "deeper": add_layer,
    "shallower": remove_layer,
    "dropout": add_dropout,
    "l2": add_l2,
    "less_regularisation": regularise_less,
    "batch_normalisation": add_batch_normalisation,
    "missing_activation": add_activations,
    "augmentation": augment,
    "normalise_inputs": normalise_inputs,
    "lower_learning_rate": partial(scale_learning_rate, factor=1 / 3),
    "raise_learning_rate": partial(scale_learning_rate, factor=3.0),
    "gradient_clipping": clip_gradients,
    "distillation": halve_to_be_taught,
}
