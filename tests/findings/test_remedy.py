"""Why an action is advised: in the run's own numbers where they are known."""

from __future__ import annotations

from tuneit.findings.actions import ACTIONS
from tuneit.findings.remedy import Remedy

OWN = Remedy("more_epochs", 0.9, "{more_epochs} more should bring another {gain}")


def test_a_reason_has_the_numbers_of_the_evidence() -> None:
    evidence = {"more_epochs": 12, "gain": 0.123456, "unknown": None}
    assert OWN.reason_from(evidence) == "12 more should bring another 0.123"


def test_without_the_numbers_the_actions_general_reason_is_given() -> None:
    general = ACTIONS["more_epochs"].why
    assert OWN.reason_from({"more_epochs": 12, "gain": None}) == general
    assert Remedy("more_epochs", 0.9).reason_from({"gain": 0.1}) == general
