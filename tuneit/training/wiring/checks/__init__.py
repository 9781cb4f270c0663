"""The checks of a model's wiring, each a function of the model and its data."""

from __future__ import annotations

from collections.abc import Callable

from tuneit.findings import Finding
from tuneit.training.wiring.checks.accuracy import check_accuracy, check_accuracy_of_labels
from tuneit.training.wiring.checks.bottleneck import check_bottleneck
from tuneit.training.wiring.checks.distance_of_classes import check_distance_of_classes
from tuneit.training.wiring.checks.dropout_of_output import check_dropout_of_output
from tuneit.training.wiring.checks.embedding import check_embedding
from tuneit.training.wiring.checks.exclusive import check_exclusive
from tuneit.training.wiring.checks.input_shape import check_input_shape
from tuneit.training.wiring.checks.linear_pair import check_linear_pair
from tuneit.training.wiring.checks.nonlinearity import check_nonlinearity
from tuneit.training.wiring.checks.output_axes import check_output_axes
from tuneit.training.wiring.checks.output_range import check_range
from tuneit.training.wiring.checks.probabilities import check_probabilities
from tuneit.training.wiring.checks.recurrent_relu import check_recurrent_relu
from tuneit.training.wiring.checks.relu_on_logits import check_relu_on_logits
from tuneit.training.wiring.checks.row_count import check_row_count
from tuneit.training.wiring.checks.scale import check_input_scale, check_target_scale
from tuneit.training.wiring.checks.softmax_of_one import check_softmax_of_one
from tuneit.training.wiring.checks.steps import check_batch_size, check_learning_rate, check_steps
from tuneit.training.wiring.checks.target_in_inputs import check_target_in_inputs
from tuneit.training.wiring.checks.targets import check_targets
from tuneit.training.wiring.checks.values import check_values
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

Check = Callable[[Wiring, Rows], Finding | None]

VALUES: tuple[Check, ...] = (check_row_count, check_values)
"""Faults that make other checks meaningless: if one of these finds something, no other is run."""

GROUPS: tuple[tuple[Check, ...], ...] = (
    (check_input_shape, check_embedding),
    # The output beside the targets: what explains most comes first.
    (
        check_output_axes,
        check_softmax_of_one,
        check_targets,
        check_exclusive,
        check_relu_on_logits,
        check_probabilities,
        check_distance_of_classes,
        check_range,
    ),
    (check_dropout_of_output,),
    (check_nonlinearity, check_linear_pair),
    (check_accuracy, check_accuracy_of_labels),
    (check_bottleneck,),
    (check_recurrent_relu,),
    (check_target_scale,),
    (check_learning_rate,),
    (check_batch_size, check_steps),
)
"""Of each group only the first finding is kept: the others would follow from it or contradict
it."""

OF_DATA: tuple[tuple[Check, ...], ...] = ((check_target_in_inputs,), (check_input_scale,))
"""Groups that look at the data; a study's data have checks of their own (`tuneit.data.checks`)."""
