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
from evaluate import Case, load

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


def isotonic(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pool adjacent violators: sorted x, and the means that never fall."""
    order = np.argsort(x, kind="stable")
    blocks: list[tuple[float, float, int]] = []
    for i in order:
        blocks.append((float(y[i]), float(weight[i]), 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, v, m), (b, w, n) = blocks[-2:]
            blocks[-2:] = [((a * v + b * w) / (v + w), v + w, m + n)]
    return x[order], np.concatenate([np.full(n, mean) for mean, _, n in blocks])


def at_knots(said: Sequence[Said], prior: np.ndarray | None) -> np.ndarray:
    """The share of right verdicts at each knot; no less than a half, where no verdict is given."""
    x = np.array([s.checked for s in said])
    y = np.array([s.right for s in said], dtype=np.float64)
    weight = np.ones(len(x))
    if prior is not None:
        x, y = np.append(x, KNOTS), np.append(y, prior)
        weight = np.append(weight, np.full(len(KNOTS), PRIOR / len(KNOTS)))
    xs, means = isotonic(x, y, weight)
    return np.clip(np.interp(KNOTS, xs, means), 0.5, MOST)


def fit(said: Sequence[Said]) -> dict[str, np.ndarray]:
    together = at_knots(said, None)
    return {name: at_knots([s for s in said if s.verdict == name], together) for name in FAULTS}


def squared_errors(said: Sequence[Said]) -> tuple[float, float, float]:
    """Of the checks' confidences, of those said now, and of a fit on other problems."""
    problems = sorted({s.problem for s in said})
    fitted = []
    for part in range(5):
        held = set(problems[part::5])
        knots = fit([s for s in said if s.problem not in held])
        fitted += [
            (np.interp(s.checked, KNOTS, knots[s.verdict]) - s.right) ** 2
            for s in said
            if s.problem in held
        ]
    checked = np.mean([(s.checked - s.right) ** 2 for s in said])
    now = np.mean([(s.said - s.right) ** 2 for s in said])
    return float(checked), float(now), float(np.mean(fitted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    said = verdicts(load(parser.parse_args().out, "fit"))
    for name, rights in fit(said).items():
        count = sum(s.verdict == name for s in said)
        knots = ", ".join(f"({k}, {r:.2f})" for k, r in zip(KNOTS, rights, strict=True))
        print(f"{name:28s} {count:4d} verdicts: ({knots})")
    checked, now, fitted = squared_errors(said)
    print(f"squared error: checks {checked:.3f}, said now {now:.3f}, cross-validated {fitted:.3f}")


if __name__ == "__main__":
    main()
