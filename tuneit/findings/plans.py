"""What each finding calls for: verdicts by their row, lesser observations by the table here."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.remedy import Plan, Remedy, Stage
from tuneit.findings.verdict import Verdict

_BY_HEART = "units that are dropped at random cannot rely on one another to memorise rows"

OBSERVATIONS: Mapping[str, Plan] = {
    "learning_rate_too_low": Plan(
        Stage.OPTIMISATION,
        (
            Remedy(
                "raise_learning_rate",
                0.9,
                "the loss fell almost in a straight line: larger steps get as far in fewer epochs",
            ),
            Remedy("more_epochs", 0.6, "at this learning rate it takes many epochs"),
        ),
    ),
    "avoidable_bias": Plan(
        Stage.BIAS,
        (
            Remedy(
                "more_capacity",
                0.7,
                "of what is missing, training itself accounts for {bias} and the gap for {gap}: "
                "bias comes first",
            ),
            Remedy("less_regularisation", 0.6),
            Remedy("raise_learning_rate", 0.2),
        ),
    ),
    "generalisation_gap": Plan(
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
                "training already reaches {reference}, so that only the gap of {gap} is left to "
                "close; one run on half of the rows shows beforehand what doubling them would "
                "bring",
            ),
        ),
    ),
    "leakage": Plan(
        Stage.DATA,
        (
            Remedy(
                "fix_the_split",
                0.8,
                "validation {validation_first} after a single epoch: rows of the training split "
                "may be among those of validation",
            ),
        ),
    ),
    "biased_predictions": Plan(
        Stage.DATA,
        (
            Remedy(
                "remove_the_bias",
                0.8,
                "the mean residual of {output} is {mean_residual} on the test split, with a "
                "standard error of {standard_error}",
            ),
        ),
    ),
    "class_never_predicted": Plan(Stage.DATA, (Remedy("class_weights", 0.7),)),
    "worse_on_test": Plan(
        Stage.DATA,
        (
            Remedy(
                "larger_validation_set",
                0.8,
                "accuracy is {test} on the test split, but {validation} on the validation rows "
                "that the model was chosen by",
            ),
        ),
    ),
    "failed_trials": Plan(
        Stage.DATA,
        (
            Remedy(
                "mend_failing_trials",
                0.9,
                "{failed} of {trials} trials failed: what they would have shown is missing, and "
                "the search works around where they failed",
            ),
        ),
    ),
    "at_the_limit": Plan(
        Stage.LAST,
        (
            Remedy(
                "stop",
                1.0,
                "validation is at {validation}, {reference} was asked for: what is left is within "
                "noise ({noise}) or beyond the target",
            ),
        ),
    ),
}

"""Findings that are no verdict and call for an action."""

INFORMATION = frozenset(
    {
        *("plateau", "calibration_loss", "uncertain", "best_of_many", "interaction", "effect"),
        *("edge_of_range", "unimportant", "failing_region", "not_validated"),
    }
)
"""Findings of curves and trials that call for no action by themselves."""

_VERDICTS = {str(verdict): plan for verdict in Verdict if (plan := verdict.row.plan) is not None}

PLANS: Mapping[str, Plan] = dict(
    sorted((_VERDICTS | dict(OBSERVATIONS)).items(), key=lambda item: item[1].stage)
)
"""The plans by finding, in the order of their stages; in a stage verdicts come first."""
