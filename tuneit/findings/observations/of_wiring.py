"""Findings on how a model is wired to its loss and its data, before any training.

The rule of each is a check in `tuneit.training.wiring.checks`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations.observation import Observation
from tuneit.findings.remedy import Plan, Remedy, Stage

_RULES = "training.wiring.checks."

_LEARNED = (
    "With the model as it is, 32 rows are learned by heart: their loss comes near that of a "
    "perfect prediction, and predictions differ from row to row."
)
_NO_BETTER = "The model changed as advised is no better on validation rows, over two seeds."


def _fault(
    meaning: str, rule: str, action: str, refuted_by: str = _LEARNED, verdict: str = "no_learning"
) -> Observation:
    """A fault: the finding itself says what to write."""
    return Observation(
        meaning=meaning,
        rule=_RULES + rule,
        refuted_by=refuted_by,
        plan=Plan(Stage.WIRING, (Remedy(action, 0.95, "{write}"),)),
        verdict=verdict,
    )


def _hint(meaning: str, rule: str, advice: str) -> Observation:
    return Observation(meaning=meaning, rule=_RULES + rule, refuted_by=_NO_BETTER, advice=advice)


_OUTPUT, _LAYERS, _DATA = "match_output_and_loss", "mend_the_layers", "mend_the_data"

OF_WIRING: Mapping[str, Observation] = {
    "softmax_of_one_unit": _fault(
        "Softmax over one unit is 1 whatever the input: every prediction is the same.",
        "softmax_of_one:check_softmax_of_one",
        _OUTPUT,
    ),
    "target_mismatch": _fault(
        "The targets have another form, other values or another width than loss and last layer "
        "take.",
        "targets:check_targets",
        _OUTPUT,
    ),
    "targets_outside_the_loss": _fault(
        "A cross-entropy is trained on targets outside of 0 to 1, such as pixels from 0 to 255.",
        "targets:check_targets",
        _OUTPUT,
        verdict="diverged",
    ),
    "binary_cross_entropy_on_one_hot": _fault(
        "Classes that exclude one another are trained as independent questions.",
        "exclusive:check_exclusive",
        _OUTPUT,
        _NO_BETTER,
    ),
    "categorical_cross_entropy_on_several_labels": _fault(
        "Rows with several labels are trained as if each had exactly one.",
        "exclusive:check_exclusive",
        _OUTPUT,
        _NO_BETTER,
    ),
    "cross_entropy_without_softmax": _fault(
        "A categorical cross-entropy is given outputs that are not probabilities.",
        "probabilities:check_probabilities",
        _OUTPUT,
        verdict="underfitting",
    ),
    "binary_cross_entropy_without_sigmoid": _fault(
        "A binary cross-entropy is given outputs that are not probabilities.",
        "probabilities:check_probabilities",
        _OUTPUT,
        verdict="underfitting",
    ),
    "probabilities_as_logits": _fault(
        "Sigmoid or softmax is applied twice: in the output and, by from_logits, in the loss.",
        "probabilities:check_probabilities",
        _OUTPUT,
        _NO_BETTER,
        verdict="underfitting",
    ),
    "relu_on_logits": _fault(
        "ReLU cuts off the negative logits before softmax or a loss from logits.",
        "relu_on_logits:check_relu_on_logits",
        _OUTPUT,
        _NO_BETTER,
        verdict="underfitting",
    ),
    "regression_loss_on_classes": _fault(
        "A loss that measures distances is trained on labels of classes.",
        "distance_of_classes:check_distance_of_classes",
        _OUTPUT,
        "The labels are numbers with a distance, such as counts or grades.",
    ),
    "output_cannot_reach_targets": _fault(
        "Some targets lie outside of the range of the output's activation.",
        "output_range:check_range",
        _OUTPUT,
        verdict="underfitting",
    ),
    "output_keeps_an_axis": _fault(
        "The output has an axis of time or space that the targets do not have.",
        "output_axes:check_output_axes",
        _LAYERS,
    ),
    "dropout_of_the_output": _fault(
        "Dropout after the last layer changes the model's own answers while it trains.",
        "dropout_of_output:check_dropout_of_output",
        _LAYERS,
        _NO_BETTER,
        verdict="underfitting",
    ),
    "no_nonlinearity": _fault(
        "No hidden layer has an activation: together they compute one linear layer.",
        "nonlinearity:check_nonlinearity",
        "missing_activation",
        _NO_BETTER,
        verdict="underfitting",
    ),
    "embedding_out_of_range": _fault(
        "An Embedding is given numbers that it has no row for.",
        "embedding:check_embedding",
        _LAYERS,
    ),
    "embedding_of_fractions": _fault(
        "An Embedding is given fractions, which it cuts to whole numbers.",
        "embedding:check_embedding",
        _LAYERS,
    ),
    "input_shape_mismatch": _fault(
        "The rows have another shape than the model takes.",
        "input_shape:check_input_shape",
        _LAYERS,
    ),
    "one_training_row": _fault(
        "One row, or none, is left to train on.", "row_count:check_row_count", _DATA
    ),
    "not_finite": _fault(
        "Inputs or targets hold NaN or infinite values.",
        "values:check_values",
        _DATA,
        verdict="diverged",
    ),
    "constant_target": _fault(
        "All targets are the same: there is nothing to learn.", "values:check_values", _DATA
    ),
    "inputs_equal_targets": _fault(
        "The target is among the inputs: the model only has to copy it.",
        "target_in_inputs:check_target_in_inputs",
        _DATA,
        "The equal input is known, too, when the model is used.",
    ),
    "accuracy_of_regression": _fault(
        "Accuracy counts outputs that equal the target, which real numbers hardly ever do.",
        "accuracy:check_accuracy",
        "metric_of_the_task",
        "The targets are classes, and the loss is the wrong one.",
    ),
    "accuracy_of_several_labels": _fault(
        "Where a row may have several labels, Keras's `accuracy` compares only the largest output "
        "with the first label of the row; trials are judged without it, unless it is the "
        "objective.",
        "accuracy:check_accuracy_of_labels",
        "metric_of_the_task",
        "The metric is one of the user's own that has this name.",
    ),
    "linear_layers_in_a_row": _hint(
        "Two layers without an activation between them compute what one layer does.",
        "linear_pair:check_linear_pair",
        "Give the first one an activation, or remove it.",
    ),
    "bottleneck_of_one_unit": _hint(
        "Later layers see the input only through a hidden layer of one unit.",
        "bottleneck:check_bottleneck",
        "Give the layer more units.",
    ),
    "relu_in_recurrent_layer": _hint(
        "With ReLU the state of a recurrent layer may grow at each step.",
        "recurrent_relu:check_recurrent_relu",
        "Keep the activation tanh, or clip the gradients.",
    ),
    "inputs_far_from_unit_scale": _hint(
        "Inputs are far larger or smaller than 1, and no layer scales them.",
        "scale:check_input_scale",
        "Scale the inputs; in a study with `scale: standard`.",
    ),
    "targets_far_from_unit_scale": _hint(
        "The targets of a regression are far larger or smaller than an untrained model's outputs.",
        "scale:check_target_scale",
        "Train on (y - mean) / deviation, and turn predictions back.",
    ),
    "unusual_learning_rate": _hint(
        "The learning rate is far outside of those that optimizers are used with.",
        "steps:check_learning_rate",
        "Start with 1e-3 for Adam and 1e-2 for SGD.",
    ),
    "batch_larger_than_data": _hint(
        "A batch holds all rows, so that an epoch is a single step.",
        "steps:check_batch_size",
        "Take smaller batches.",
    ),
    "few_steps": _hint(
        "The training takes so few steps in all that weights hardly leave their initial values.",
        "steps:check_steps",
        "Train for more epochs, or in smaller batches.",
    ),
}
"""By name."""
