"""Fit how often a fault is right at each confidence of its check, on the fit half, by problem.

    python studies/benchmarks/lab/calibrate.py OUT

Prints, for each fault, the knots that stand as `calibration` in its row of `findings/verdict.py`,
and for all verdicts the squared error of the confidences as they are checked, said now, and fitted
anew on other problems (cross-validation in five parts, by problem).

The fit is isotonic (a larger confidence never stands for fewer right verdicts), towards the fit of
all faults together where a fault has few runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from evaluate import SURE, Case, load
from sklearn.isotonic import IsotonicRegression

from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.checks import CHECKS
from tuneit.diagnosis.view import view_of
from tuneit.findings import Reference
from tuneit.findings.verdict import FAULTS

KNOTS = (0.5, 0.75, 0.9, 0.95)
PRIOR = 10.0
"""Runs that the fit of all faults together counts for."""

MOST = 0.97
"""The largest share: of a few dozen runs none is certain."""


@dataclass(frozen=True)
class Said:
    """A verdict: what its check said, what was said after calibration, and whether it is right."""

    problem: str
    verdict: str
    checked: float
    said: float
    right: bool


def verdicts(cases: Sequence[Case]) -> list[Said]:
    """The faults found, each run once with its reference and once without."""
    found = []
    for case in cases:
        for reference in (case.reference, Reference()):
            diagnosis = diagnose_curve(case.curve, reference)
            name = str(diagnosis.verdict)
            if name not in FAULTS:
                continue
            checked = [f for f in CHECKS[name](view_of(case.curve, reference)) if f.name == name]
            if checked:
                right = name == case.truth
                confidence = checked[0].confidence
                problem = str(case.line["problem"])
                found.append(Said(problem, name, confidence, diagnosis.confidence, right))
    return found


def at_knots(said: Sequence[Said], prior: np.ndarray | None) -> np.ndarray:
    """The share of right verdicts at each knot; no less than a half, where no verdict is given."""
    x = np.array([s.checked for s in said])
    y = np.array([s.right for s in said], dtype=np.float64)
    weight = np.ones(len(x))
    if prior is not None:
        x, y = np.append(x, KNOTS), np.append(y, prior)
        weight = np.append(weight, np.full(len(KNOTS), PRIOR / len(KNOTS)))
    fitted = IsotonicRegression(out_of_bounds="clip").fit(x, y, weight)
    return np.clip(fitted.predict(KNOTS), 0.5, MOST)


def fit(said: Sequence[Said]) -> dict[str, np.ndarray]:
    together = at_knots(said, None)
    return {name: at_knots([s for s in said if s.verdict == name], together) for name in FAULTS}


def cross_validated(said: Sequence[Said]) -> np.ndarray:
    """The confidence of each verdict by a fit on other problems (five parts)."""
    problems = sorted({s.problem for s in said})
    confidences = np.zeros(len(said))
    for part in range(5):
        held = set(problems[part::5])
        knots = fit([s for s in said if s.problem not in held])
        for i, s in enumerate(said):
            if s.problem in held:
                confidences[i] = np.interp(s.checked, KNOTS, knots[s.verdict])
    return confidences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    said = verdicts(load(parser.parse_args().out, "fit"))
    for name, rights in fit(said).items():
        count = sum(s.verdict == name for s in said)
        knots = ", ".join(f"({k}, {r:.2f})" for k, r in zip(KNOTS, rights, strict=True))
        print(f"{name:28s} {count:4d} verdicts: ({knots})")
    right = np.array([s.right for s in said])
    for name, confidences in (
        ("checks", np.array([s.checked for s in said])),
        ("said now", np.array([s.said for s in said])),
        ("cross-validated", cross_validated(said)),
    ):
        sure = confidences >= SURE
        print(
            f"{name:16s} squared error {np.mean((confidences - right) ** 2):.3f}; "
            f"{right[sure].mean():.2f} of {sure.sum()} with {SURE} or more are right"
        )


if __name__ == "__main__":
    main()
