"""Observations inside a model: its activations, gradients, steps, and what it can memorise."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations.observation import Observation

OF_MODELS: Mapping[str, Observation] = {
    "can_overfit": Observation(
        meaning="The model learns two rows by heart: loss, activation and gradients work.",
        rule="training.probes.one_batch:can_overfit",
        refuted_by="the model does not learn 32 rows by heart",
        advice="Look at the data and the learning rate; the model's wiring is not the cause.",
    ),
    "cannot_overfit": Observation(
        meaning="The model cannot learn even two rows by heart: it is wired wrongly.",
        rule="training.probes.one_batch:can_overfit",
        refuted_by="a fit on these two rows, at another learning rate, reaches a loss near zero",
        advice="Check the pair of loss and last activation, the scale of the targets, and layers "
        "that pass nothing on.",
    ),
    "non_finite_data": Observation(
        meaning="Inputs, targets or weights hold NaN or infinite values: the loss becomes NaN.",
        rule="training.probes.non_finite_data:non_finite_data",
        refuted_by="numpy.isfinite(...) is true everywhere in what fit gets",
        advice="Fill or drop the rows that are named.",
    ),
    "dead_relus": Observation(
        meaning="Many ReLU units put out zero for every row: they get no gradient and never learn.",
        rule="training.probes.activations:dead_relus",
        refuted_by="the units are active on other rows of the training data",
        advice="Lower the learning rate, scale the inputs, or use LeakyReLU or GELU.",
    ),
    "saturated_activations": Observation(
        meaning="Sigmoid or tanh units sit in the flat parts of their activation, where gradients "
        "vanish.",
        rule="training.probes.activations:saturated",
        refuted_by="the share falls in the next epochs",
        advice="Scale the inputs, use smaller initial weights, or use ReLU in hidden layers.",
    ),
    "vanishing_gradients": Observation(
        meaning="Almost no gradient reaches the first layers: they stand still.",
        rule="training.probes.gradients:vanishing",
        refuted_by="the first layers' weights change as much as the last ones'",
        advice="Use ReLU, batch normalisation or skip connections, or fewer layers.",
    ),
    "exploding_gradients": Observation(
        meaning="Gradients are not finite, or grow from layer to layer or from epoch to epoch.",
        rule="training.probes.gradients:exploding",
        refuted_by="the loss falls steadily at the same learning rate",
        advice="Clip the gradients (`clipnorm=1.0`), lower the learning rate, scale the inputs.",
    ),
    "regularised_training_loss": Observation(
        meaning="Validation seems easier only because the training loss is logged with dropout "
        "and during the epoch.",
        rule="training.probes.inference_loss:fair_comparison",
        refuted_by="the training loss in inference mode is as high as the logged one",
        advice="Nothing: compare the losses in inference mode.",
    ),
    "updates_too_large": Observation(
        meaning="A step changes the weights by a large part of their size.",
        rule="training.probes.updates:steps_out_of_scale",
        refuted_by="the loss falls no better at a third of the learning rate",
        advice="Lower the learning rate (a third to a tenth).",
    ),
    "updates_too_small": Observation(
        meaning="A step hardly changes the weights.",
        rule="training.probes.updates:steps_out_of_scale",
        refuted_by="the loss falls no faster at three times the learning rate",
        advice="Raise the learning rate (3 to 10 times).",
    ),
}
"""By name."""
