"""Observations on one learning curve."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.example import Course, Example
from tuneit.findings.observations.observation import Observation
from tuneit.findings.remedy import Plan, Remedy, Stage

_BY_HEART = "units that are dropped at random cannot rely on one another to memorise rows"

OF_CURVES: Mapping[str, Observation] = {
    "learning_rate_too_low": Observation(
        meaning="The loss fell slowly and in a straight line: the steps are too small.",
        rule="diagnosis.checks.convergence:not_converged",
        refuted_by="the loss falls no faster at three times the learning rate, or it swings",
        example=Example(
            train=Course(start=2.3, end=0.1, pace=500, swing=0.001),
            validation=Course(start=2.31, end=0.1, pace=500, swing=0.002),
        ),
        plan=Plan(
            Stage.OPTIMISATION,
            (
                Remedy(
                    "raise_learning_rate",
                    0.9,
                    "the loss fell almost in a straight line: larger steps get as far in fewer "
                    "epochs",
                ),
                Remedy("more_epochs", 0.6, "at this learning rate it takes many epochs"),
            ),
        ),
    ),
    "avoidable_bias": Observation(
        meaning="The target is missed, and mostly by the training score itself: bias is what to "
        "work on first.",
        rule="diagnosis.checks.bias:avoidable_bias",
        refuted_by="a larger model fits the training rows no better",
        example=Example(
            metric="accuracy",
            target=0.95,
            train=Course(start=0.5, end=0.88, swing=0.005),
            validation=Course(start=0.5, end=0.83, swing=0.01),
        ),
        plan=Plan(
            Stage.BIAS,
            (
                Remedy(
                    "more_capacity",
                    0.7,
                    "of what is missing, training itself accounts for {bias} and the gap for "
                    "{gap}: bias comes first",
                ),
                Remedy("less_regularisation", 0.6),
                Remedy("raise_learning_rate", 0.2),
            ),
        ),
    ),
    "bias_not_judged": Observation(
        meaning="Training errs clearly, and nobody said what is possible: no variance problem "
        "seen; whether it could be better is not known.",
        rule="diagnosis.checks.bias:bias_not_judged",
        refuted_by="a target, people's error or a reference model says what is possible",
        advice="Give target or human_error, or diagnose with the data. Where people or a simple "
        "model do clearly better, it is underfitting: more capacity, longer training. Where they "
        "do not, it is the limit of the data.",
        example=Example(
            metric="accuracy",
            train=Course(start=0.5, end=0.86, swing=0.005),
            validation=Course(start=0.5, end=0.85, swing=0.01),
        ),
    ),
    "generalisation_gap": Observation(
        meaning="The model does better on its training rows than on validation rows, by a gap that "
        "is certain but too small to call overfitting.",
        rule="diagnosis.checks.generalisation:generalisation_gap",
        refuted_by="dropout, L2 or twice the training rows do not improve the validation score "
        "beyond its noise",
        example=Example(
            metric="accuracy",
            target=0.97,
            train=Course(start=0.5, end=0.97, swing=0.005),
            validation=Course(start=0.5, end=0.945, swing=0.01),
        ),
        plan=Plan(
            Stage.VARIANCE,
            (
                Remedy(
                    "dropout",
                    0.6,
                    "training reaches {train} where validation stays at {validation}: " + _BY_HEART,
                ),
                Remedy("l2", 0.5),
                Remedy("augmentation", 0.6),
                Remedy("smaller_network", 0.3),
                Remedy(
                    "more_data",
                    0.9,
                    "training already reaches {reference}, so that only the gap of {gap} is left "
                    "to close; one run on half of the rows shows in advance what doubling them "
                    "would gain",
                ),
            ),
        ),
    ),
    "leakage": Observation(
        meaning="The validation score is almost perfect after one epoch: the problem is easy, or "
        "validation rows are among the training rows.",
        rule="diagnosis.checks.leakage:leakage",
        refuted_by="no row is in both splits, and no single feature predicts the target",
        example=Example(
            metric="accuracy",
            train=Course(start=0.6, end=0.99, pace=4),
            validation=Course(start=0.985, end=0.995),
        ),
        plan=Plan(
            Stage.DATA,
            (
                Remedy(
                    "fix_the_split",
                    0.8,
                    "validation {validation_first} after a single epoch: rows of the training "
                    "split may be among those of validation",
                ),
            ),
        ),
    ),
    "at_the_limit": Observation(
        meaning="The validation score has reached the target, or people's error, within noise.",
        rule="diagnosis.checks.bias:at_the_limit",
        refuted_by="the test split's score misses the target beyond its noise",
        example=Example(
            metric="accuracy",
            target=0.95,
            train=Course(start=0.5, end=0.98, swing=0.005),
            validation=Course(start=0.5, end=0.955, swing=0.01),
        ),
        plan=Plan(
            Stage.LAST,
            (
                Remedy(
                    "stop",
                    1.0,
                    "validation is at {validation}, {reference} was asked for: what is left is "
                    "within noise ({noise}) or beyond the target",
                ),
            ),
        ),
    ),
    "limit_of_the_data": Observation(
        meaning="Models of other kinds, fitted on the same rows, score no better than the network: "
        "what is left may be noise in the data rather than a fault of the model.",
        rule="diagnosis.checks.data_limit:limit_of_the_data",
        refuted_by="any model, fitted on the training rows, scores better on the validation rows "
        "beyond noise",
        advice="Look at rows that the model gets wrong: are their targets right, and do the inputs "
        "tell them apart? Measure other inputs, or accept the score.",
    ),
    "plateau": Observation(
        meaning="The last epochs brought no further gain.",
        rule="diagnosis.checks.convergence:plateau",
        refuted_by="the loss falls on when training goes on, or at a lower learning rate",
        advice="Nothing, if the score is good enough: fewer epochs would have sufficed. Otherwise "
        "a learning rate schedule shows whether smaller steps reach a lower loss.",
        example=Example(
            train=Course(start=1.2, end=0.2, pace=3),
            validation=Course(start=1.2, end=0.23, pace=3),
        ),
    ),
    "calibration_loss": Observation(
        meaning="The validation loss rose while the validation metric held: wrong answers become "
        "more confident, not more frequent.",
        rule="diagnosis.checks.overfitting:calibration_loss",
        refuted_by="predicted probabilities match the frequencies of the answers on new rows",
        advice="Where probabilities are used: stop at the lowest validation loss, or calibrate "
        "(temperature scaling on validation rows). Where only decisions are: nothing.",
        example=Example(
            train=Course(start=1.2, end=0.05, pace=8, swing=0.01),
            validation=Course(start=1.2, end=0.3, pace=6, onset=15, rise=0.02, swing=0.02),
            others={
                "accuracy": Course(start=0.5, end=0.99, pace=6, swing=0.005),
                "val_accuracy": Course(start=0.5, end=0.9, pace=6, swing=0.01),
            },
        ),
    ),
    "not_validated": Observation(
        meaning="The log has no value on validation rows: how the model does on rows that it was "
        "not trained on is not known.",
        rule="diagnosis.checks.not_validated:not_validated",
        refuted_by="the log has validation values under another name",
        advice="Train with validation_data or validation_split.",
        example=Example(train=Course(start=1.2, end=0.2, swing=0.01), validation=None),
    ),
    "negative_loss": Observation(
        meaning="A cross-entropy is below zero: targets lie outside of 0 to 1, and the loss falls "
        "without an end.",
        rule="diagnosis.checks.negative_loss:negative_loss",
        refuted_by="all targets lie in 0 to 1, and the loss is one that may be negative",
        example=Example(
            train=Course(start=-2, end=-4500, pace=20),
            validation=Course(start=-3, end=-4400, pace=20),
            epochs=5,
            others={"accuracy": Course(start=0.1, end=0.12)},
        ),
        plan=Plan(Stage.WIRING, (Remedy("match_output_and_loss", 0.9, "{write}"),)),
        verdict="diverged",
    ),
    "zero_loss": Observation(
        meaning="The training loss is exactly zero from the first epoch on: it does not depend on "
        "the model's answers.",
        rule="diagnosis.checks.zero_loss:zero_loss",
        refuted_by="the loss of a batch with other targets is not zero",
        example=Example(
            train=Course(start=0, end=0),
            validation=Course(start=0, end=0),
            others={"accuracy": Course(start=0.5, end=0.5)},
        ),
        plan=Plan(Stage.WIRING, (Remedy("match_output_and_loss", 0.9, "{write}"),)),
        verdict="no_learning",
    ),
    "frozen_metric": Observation(
        meaning="The accuracy repeats one value to the last digit while the loss falls: the loss "
        "sees something else than the predictions.",
        rule="diagnosis.checks.frozen_metric:frozen_metric",
        refuted_by="predictions on some rows differ from those on others by more than rounding",
        example=Example(
            train=Course(start=0.9, end=0.2),
            validation=Course(start=0.9, end=0.25),
            others={
                "accuracy": Course(start=0.5, end=0.5),
                "val_accuracy": Course(start=0.48, end=0.48),
            },
        ),
        plan=Plan(Stage.WIRING, (Remedy("match_output_and_loss", 0.9, "{write}"),)),
        verdict="no_learning",
    ),
    "uncertain": Observation(
        meaning="The verdict is the likeliest one, but the curve leaves room for another.",
        rule="diagnosis.verdict:choose_verdict",
        refuted_by="the same verdict with a higher confidence on a longer run or another seed",
        advice="Train for more epochs, or once more with another seed, and diagnose again.",
    ),
}
"""By name."""
