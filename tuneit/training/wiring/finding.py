"""Findings on a model's wiring: what is wrong, and what to write instead."""

from __future__ import annotations

from tuneit.findings import Finding, Severity
from tuneit.training.wiring.wiring import Wiring


def fault(name: str, what: str, write: str, *, layer: str = "", loss: str = "") -> Finding:
    """A fault that makes training meaningless: `what` is wrong, `write` is the code instead."""
    return _finding(name, Severity.CRITICAL, 0.97, what, write, layer, loss)


def warning(name: str, what: str, write: str, *, layer: str = "", loss: str = "") -> Finding:
    """A fault that costs accuracy or leads to a wrong score."""
    return _finding(name, Severity.WARNING, 0.9, what, write, layer, loss)


def hint(name: str, what: str, write: str, *, layer: str = "") -> Finding:
    """A hint at something that sound programs may have too."""
    return _finding(name, Severity.INFO, 0.6, what, write, layer, "")


def loss_of(wiring: Wiring) -> str:
    """The name of the model's loss; empty where it is not known."""
    return wiring.head.loss if wiring.head else ""


def _finding(
    name: str, severity: Severity, sure: float, what: str, write: str, layer: str, loss: str
) -> Finding:
    evidence = {"layer": layer or None, "loss": loss or None, "write": write}
    return Finding(name, severity, sure, f"{what}: {write}", evidence)
