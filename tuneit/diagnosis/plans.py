"""What a finding calls for, with how much is expected of it, and why in this run's own numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tuneit.diagnosis.actions import ACTIONS
from tuneit.findings import Finding, Verdict

PLANS: Mapping[str, Mapping[str, float]] = {
    Verdict.DIVERGED: {
        "lower learning rate": 0.9, "gradient clipping": 0.5, "batch normalisation": 0.4,
    },
    Verdict.NO_LEARNING: {
        "check labels": 0.9, "learning rate sweep": 0.8, "batch normalisation": 0.4,
    },
    Verdict.UNSTABLE: {
        "lower learning rate": 0.9, "schedule": 0.6, "gradient clipping": 0.4, "batch size": 0.3,
    },
    "learning_rate_too_low": {"raise learning rate": 0.9, "more epochs": 0.6},
    Verdict.NOT_CONVERGED: {"more epochs": 0.9},
    Verdict.UNDERFITTING: {
        "more capacity": 0.8, "less regularisation": 0.6, "raise learning rate": 0.3,
    },
    "avoidable_bias": {
        "more capacity": 0.7, "less regularisation": 0.6, "raise learning rate": 0.2,
    },
    Verdict.OVERFITTING: {
        "early stopping": 0.9, "dropout": 0.6, "L2": 0.5, "augmentation": 0.6,
        "smaller network": 0.3, "more data": 0.9,
    },
    "generalisation_gap": {
        "dropout": 0.6, "L2": 0.5, "augmentation": 0.6, "smaller network": 0.3, "more data": 0.9,
    },
    Verdict.NOISY_VALIDATION: {"larger validation set": 0.8},
    Verdict.UNREPRESENTATIVE_VALIDATION: {"fix the split": 0.8},
    "leakage": {"fix the split": 0.8},
    "biased_predictions": {"remove the bias": 0.8},
    "class_never_predicted": {"class weights": 0.7},
    "worse_on_test": {"larger validation set": 0.8},
    "failed_trials": {"mend failing trials": 0.9},
    "at_the_limit": {"stop": 1.0},
    Verdict.TOO_SHORT: {"more epochs": 0.9},
}  # fmt: skip
"""For each finding: its actions and the share of such runs that each is expected to help, a
judgement after the symptom tables of Goodfellow, Bengio & Courville ("Deep learning", 2016, chapter
11) and Ng ("Machine learning yearning", 2018). In the order of the decision procedure: first what
makes the run meaningless, then bias, then variance, then the data."""

_REASONS: Mapping[tuple[str, str], str] = {
    (Verdict.OVERFITTING, "early stopping"): "epoch {best_epoch} was the best: the "
    "{epochs_past_best} after it took validation {quantity} from {best} to {end}",
    (Verdict.OVERFITTING, "dropout"): "training {quantity} went on to {train_end}, by heart: "
    "hidden units that are missing at random cannot conspire to memorise rows",
    ("generalisation_gap", "dropout"): "training reaches {train} where validation stays at "
    "{validation}: hidden units that are missing at random cannot conspire to memorise rows",
    ("generalisation_gap", "more data"): "training already reaches {reference}, so that only the "
    "gap of {gap} is left to close; one run on half of the rows shows beforehand what doubling "
    "them would bring",
    (Verdict.NOT_CONVERGED, "more epochs"): "{more_epochs} more should bring another {gain} "
    "({gain_low} to {gain_high})",
    ("learning_rate_too_low", "raise learning rate"): "the loss fell almost in a straight line: "
    "larger steps make the same way in fewer epochs",
    ("learning_rate_too_low", "more epochs"): "at this learning rate the way is long",
    (Verdict.UNDERFITTING, "more capacity"): "training {quantity} itself stops at {train}, short "
    "of {reference}: more units or layers can fit what these miss",
    ("avoidable_bias", "more capacity"): "of what is missing, training itself accounts for {bias} "
    "and the gap for {gap}: bias comes first",
    (Verdict.TOO_SHORT, "more epochs"): "after {epochs} nothing can be told from noise",
    ("leakage", "fix the split"): "validation {validation_first} after a single epoch: rows of the "
    "training split may be among those of validation",
    ("failed_trials", "mend failing trials"): "{failed} of {trials} trials failed: what they "
    "would have shown is missing, and the search works around where they failed",
    ("biased_predictions", "remove the bias"): "the mean residual of {output} is {mean_residual} "
    "on the test split, with a standard error of {standard_error}",
    ("worse_on_test", "larger validation set"): "accuracy is {test} on the test split, but "
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
