"""Observations inside a model: its activations, gradients, steps, and what it can memorise."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations.observation import Observation
from tuneit.findings.remedy import Plan, Remedy, Stage

_PROBES = "training.probes."

_LAYERS = Plan(Stage.WIRING, (Remedy("mend_the_layers", 0.9, "{write}"),))

OF_MODELS: Mapping[str, Observation] = {
    "can_overfit": Observation(
        meaning="The model learns rows by heart: loss, activation and gradients work.",
        rule=_PROBES + "one_batch:learns_by_heart",
        refuted_by="the model does not learn other rows of the training data by heart",
        advice="Look at the data and the learning rate; the model's wiring is not the cause.",
    ),
    "cannot_overfit": Observation(
        meaning="The model cannot learn even two rows by heart: it is wired wrongly.",
        rule=_PROBES + "one_batch:can_overfit",
        refuted_by="a fit on these two rows, at another learning rate, reaches a loss near zero",
        plan=Plan(Stage.WIRING, (Remedy("match_output_and_loss", 0.9, "{write}"),)),
        verdict="no_learning",
    ),
    "cannot_memorise": Observation(
        meaning="The model learns two rows by heart, but not 32: it has too few parameters, or a "
        "layer that lets too little pass.",
        rule=_PROBES + "one_batch:learns_by_heart",
        refuted_by="a fit on these rows for more steps reaches a loss near zero",
        advice="Give the hidden layers more units, and look for a narrow layer.",
    ),
    "constant_predictions": Observation(
        meaning="All predictions are the same, although the targets differ.",
        rule=_PROBES + "constant_predictions:constant_predictions",
        refuted_by="np.ptp(model.predict(x), axis=0) is clearly above zero",
        plan=_LAYERS,
        verdict="no_learning",
    ),
    "no_gradient": Observation(
        meaning="The gradient of all layers is exactly zero, although the loss is not, or the loss "
        "does not depend on a layer.",
        rule=_PROBES + "gradient_flow:no_gradient",
        refuted_by="some weights change in a step of plain SGD",
        plan=_LAYERS,
        verdict="no_learning",
    ),
    "batch_norm_lags": Observation(
        meaning="The moving averages of batch normalisation lag behind: the model "
        "predicts differently in inference mode and in training.",
        rule=_PROBES + "modes:modes_differ",
        refuted_by="the loss of the same rows is the same in training mode and in inference mode",
        plan=_LAYERS,
    ),
    "non_finite_data": Observation(
        meaning="Inputs, targets or weights hold NaN or infinite values: the loss becomes NaN.",
        rule=_PROBES + "non_finite_data:non_finite_data",
        refuted_by="numpy.isfinite(...) is true everywhere in what fit gets",
        plan=Plan(
            Stage.WIRING, (Remedy("mend_the_data", 0.95, "fill or drop the rows that are named"),)
        ),
        verdict="diverged",
    ),
    "dead_relus": Observation(
        meaning="Many ReLU units output zero for every row: they get no gradient and never learn.",
        rule=_PROBES + "activations:dead_relus",
        refuted_by="the units are active on other rows of the training data",
        plan=_LAYERS,
    ),
    "saturated_activations": Observation(
        meaning="Sigmoid or tanh units sit in the flat parts of their activation, where gradients "
        "vanish.",
        rule=_PROBES + "activations:saturated",
        refuted_by="the share falls in the next epochs",
        plan=_LAYERS,
    ),
    "vanishing_gradients": Observation(
        meaning="Almost no gradient reaches the first layers: they stand still.",
        rule=_PROBES + "gradient_flow:vanishing",
        refuted_by="the first layers' weights change as much as the last ones'",
        plan=_LAYERS,
    ),
    "exploding_gradients": Observation(
        meaning="Gradients are not finite, or grow from layer to layer or from epoch to epoch.",
        rule=_PROBES + "gradient_flow:exploding",
        refuted_by="the loss falls steadily at the same learning rate",
        plan=_LAYERS,
    ),
    "regularised_training_loss": Observation(
        meaning="Validation seems easier only because the training loss is logged with dropout "
        "and during the epoch.",
        rule=_PROBES + "inference_loss:fair_comparison",
        refuted_by="the training loss in inference mode is as high as the logged one",
        advice="Nothing: compare the losses in inference mode.",
    ),
    "updates_too_large": Observation(
        meaning="A step changes the weights by a large part of their size.",
        rule=_PROBES + "updates:steps_out_of_scale",
        refuted_by="the loss falls no better at a third of the learning rate",
        advice="Lower the learning rate (a third to a tenth).",
    ),
    "updates_too_small": Observation(
        meaning="A step hardly changes the weights.",
        rule=_PROBES + "updates:steps_out_of_scale",
        refuted_by="the loss falls no faster at three times the learning rate",
        advice="Raise the learning rate (3 to 10 times).",
    ),
}
"""By name."""
