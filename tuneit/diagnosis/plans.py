"""What a finding calls for, with how much is expected of it, and why in this run's own numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tuneit.findings import Finding, Verdict
from tuneit.findings.actions import ACTIONS

PLANS: Mapping[str, Mapping[str, float]] = {
    Verdict.DIVERGED: {
        "lower_learning_rate": 0.9, "gradient_clipping": 0.5, "batch_normalisation": 0.4,
    },
    Verdict.NO_LEARNING: {
        "check_labels": 0.9, "learning_rate_sweep": 0.8, "batch_normalisation": 0.4,
    },
    Verdict.UNSTABLE: {
        "lower_learning_rate": 0.9, "schedule": 0.6, "gradient_clipping": 0.4,
        "larger_batch_size": 0.3,
    },
    "learning_rate_too_low": {"raise_learning_rate": 0.9, "more_epochs": 0.6},
    Verdict.NOT_CONVERGED: {"more_epochs": 0.9},
    Verdict.UNDERFITTING: {
        "more_capacity": 0.8, "less_regularisation": 0.6, "raise_learning_rate": 0.3,
    },
    "avoidable_bias": {
        "more_capacity": 0.7, "less_regularisation": 0.6, "raise_learning_rate": 0.2,
    },
    Verdict.OVERFITTING: {
        "early_stopping": 0.9, "dropout": 0.6, "l2": 0.5, "augmentation": 0.6,
        "smaller_network": 0.3, "more_data": 0.9,
    },
    "generalisation_gap": {
        "dropout": 0.6, "l2": 0.5, "augmentation": 0.6, "smaller_network": 0.3, "more_data": 0.9,
    },
    Verdict.NOISY_VALIDATION: {"larger_validation_set": 0.8},
    Verdict.UNREPRESENTATIVE_VALIDATION: {"fix_the_split": 0.8},
    "leakage": {"fix_the_split": 0.8},
    "biased_predictions": {"remove_the_bias": 0.8},
    "class_never_predicted": {"class_weights": 0.7},
    "worse_on_test": {"larger_validation_set": 0.8},
    "failed_trials": {"mend_failing_trials": 0.9},
    "at_the_limit": {"stop": 1.0},
    Verdict.TOO_SHORT: {"more_epochs": 0.9},
}  # fmt: skip
"""For each finding: its actions and the share of such runs that each is expected to help, a
judgement after the symptom tables of Goodfellow, Bengio & Courville ("Deep learning", 2016, chapter
11) and Ng ("Machine learning yearning", 2018). In the order of the decision procedure: first what
makes the run meaningless, then bias, then variance, then the data."""

_REASONS: Mapping[tuple[str, str], str] = {
    (Verdict.OVERFITTING, "early_stopping"): "epoch {best_epoch} was the best: the "
    "{epochs_past_best} after it took validation {quantity} from {best} to {end}",
    (Verdict.OVERFITTING, "dropout"): "training {quantity} went on to {train_end}, by heart: "
    "hidden units that are missing at random cannot conspire to memorise rows",
    ("generalisation_gap", "dropout"): "training reaches {train} where validation stays at "
    "{validation}: hidden units that are missing at random cannot conspire to memorise rows",
    ("generalisation_gap", "more_data"): "training already reaches {reference}, so that only the "
    "gap of {gap} is left to close; one run on half of the rows shows beforehand what doubling "
    "them would bring",
    (Verdict.NOT_CONVERGED, "more_epochs"): "{more_epochs} more should bring another {gain} "
    "({gain_low} to {gain_high})",
    ("learning_rate_too_low", "raise_learning_rate"): "the loss fell almost in a straight line: "
    "larger steps make the same way in fewer epochs",
    ("learning_rate_too_low", "more_epochs"): "at this learning rate the way is long",
    (Verdict.UNDERFITTING, "more_capacity"): "training {quantity} itself stops at {train}, short "
    "of {reference}: more units or layers can fit what these miss",
    ("avoidable_bias", "more_capacity"): "of what is missing, training itself accounts for {bias} "
    "and the gap for {gap}: bias comes first",
    (Verdict.TOO_SHORT, "more_epochs"): "after {epochs} nothing can be told from noise",
    ("leakage", "fix_the_split"): "validation {validation_first} after a single epoch: rows of the "
    "training split may be among those of validation",
    ("failed_trials", "mend_failing_trials"): "{failed} of {trials} trials failed: what they "
    "would have shown is missing, and the search works around where they failed",
    ("biased_predictions", "remove_the_bias"): "the mean residual of {output} is {mean_residual} "
    "on the test split, with a standard error of {standard_error}",
    ("worse_on_test", "larger_validation_set"): "accuracy is {test} on the test split, but "
    "{validation} on the validation rows that the model was chosen by",
    ("at_the_limit", "stop"): "validation is at {validation}, {reference} was asked for: what is "
    "left is within noise ({noise}) or beyond the target",
}
"""Reasons that speak of the run's own numbers; the other actions give their general one."""


def reason_for(action: str, finding: Finding | None) -> str:
    """Why an action is advised: in the finding's numbers where they are all known."""
    general = ACTIONS[action].why
    template = _REASONS.get((finding.name, action)) if finding is not None else None
    if finding is None or template is None:
        return general
    numbers = {k: v for k, v in finding.evidence.items() if v is not None}
    try:
        return template.format_map({key: _shown(value) for key, value in numbers.items()})
    except KeyError:
        return general


def _shown(value: float | int | str) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.3g}"
    return str(value)
