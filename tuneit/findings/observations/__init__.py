"""Findings that are no verdict: for each name one row with all that depends on it.

A check that yields a finding of a new name adds a row to one of the tables that are joined here.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations.observation import Observation
from tuneit.findings.observations.of_curves import OF_CURVES
from tuneit.findings.observations.of_data import OF_DATA
from tuneit.findings.observations.of_models import OF_MODELS
from tuneit.findings.observations.of_trials import OF_TRIALS
from tuneit.findings.observations.of_wiring import OF_WIRING

OBSERVATIONS: Mapping[str, Observation] = {
    **OF_CURVES,
    **OF_TRIALS,
    **OF_DATA,
    **OF_MODELS,
    **OF_WIRING,
}
"""By name."""
