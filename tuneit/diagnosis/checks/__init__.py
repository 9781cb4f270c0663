"""All checks on one learning curve: a check is a function in a file here and a line below."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.diagnosis.check import Check
from tuneit.diagnosis.checks.bias import (
    at_the_limit,
    avoidable_bias,
    bias_not_judged,
    underfitting,
)
from tuneit.diagnosis.checks.convergence import not_converged, plateau
from tuneit.diagnosis.checks.data_limit import limit_of_the_data
from tuneit.diagnosis.checks.divergence import diverged
from tuneit.diagnosis.checks.frozen_metric import frozen_metric
from tuneit.diagnosis.checks.generalisation import generalisation_gap
from tuneit.diagnosis.checks.leakage import leakage
from tuneit.diagnosis.checks.length import too_short
from tuneit.diagnosis.checks.negative_loss import negative_loss
from tuneit.diagnosis.checks.no_learning import no_learning
from tuneit.diagnosis.checks.noisy_validation import noisy_validation
from tuneit.diagnosis.checks.not_validated import not_validated
from tuneit.diagnosis.checks.overfitting import calibration_loss, overfitting
from tuneit.diagnosis.checks.stability import unstable
from tuneit.diagnosis.checks.unrepresentative import unrepresentative_validation
from tuneit.diagnosis.checks.zero_loss import zero_loss

CHECKS: Mapping[str, Check] = {
    "too_short": too_short,
    "diverged": diverged,
    "no_learning": no_learning,
    "unstable": unstable,
    "overfitting": overfitting,
    "calibration_loss": calibration_loss,
    "underfitting": underfitting,
    "avoidable_bias": avoidable_bias,
    "bias_not_judged": bias_not_judged,
    "at_the_limit": at_the_limit,
    "limit_of_the_data": limit_of_the_data,
    "not_converged": not_converged,
    "plateau": plateau,
    "not_validated": not_validated,
    "noisy_validation": noisy_validation,
    "unrepresentative_validation": unrepresentative_validation,
    "leakage": leakage,
    "generalisation_gap": generalisation_gap,
    "negative_loss": negative_loss,
    "zero_loss": zero_loss,
    "frozen_metric": frozen_metric,
}
"""What to look for, by the name of the (first) finding that each check yields."""
