"""Judge the lab's runs: tuneit beside the simple rules of others.

    python studies/benchmarks/lab/evaluate.py OUT [--half fit|test|unseen] [--failures]

Prints, for each half, confusion matrix, F1 a verdict, macro-F1, warnings on healthy runs, how often
verdicts of each confidence are right, and 95 % intervals by problem. `--failures` lists the runs of
the *fit* half that were judged wrongly; those of the others are never listed: nobody may tune on
them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
from lab_rules import RULES

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.errors import LogError
from tuneit.findings import Diagnosis, Reference
from tuneit.logs import read_runs

BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)
SURE = 0.9
HEALTHY = "healthy"
DRAWS = 2000


@dataclass(frozen=True, eq=False)
class Case:
    """A run of the lab: its manifest line, and the curve of its log's last session."""

    line: dict[str, object]
    curve: LearningCurve
    reference: Reference

    @property
    def truth(self) -> str:
        return str(self.line["truth"])


@dataclass(frozen=True)
class Scores:
    """`f1` by verdict, over the verdicts that are true of some run; the rest are shares."""

    f1: dict[str, float]
    exact: float
    warned: float

    @property
    def macro(self) -> float:
        return float(np.mean(list(self.f1.values())))


def load(out: Path, half: str) -> list[Case]:
    """Read the runs of a half; those that were never a number are no logs, and are left out."""
    cases = []
    for text in (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if line["half"] != half:
            continue
        given = {key: value for key, value in line["reference"].items() if value is not None}
        if line["reference"]["metric"] == "mae":
            given["maximize"] = False
        try:
            run = read_runs(out / line["file"])[-1]
        except LogError:
            continue
        cases.append(Case(line, run.curve, Reference(**given)))
    return cases


def score(truths: Sequence[str], said: Sequence[str]) -> Scores:
    """F1 of each verdict, the share of exact verdicts, and of healthy runs with a warning."""
    f1 = {}
    for verdict in sorted(set(truths)):
        hits = sum(t == s == verdict for t, s in zip(truths, said, strict=True))
        f1[verdict] = 2 * hits / (truths.count(verdict) + list(said).count(verdict))
    exact = float(np.mean([t == s for t, s in zip(truths, said, strict=True)]))
    healthy = [s for t, s in zip(truths, said, strict=True) if t == HEALTHY]
    return Scores(f1, exact, float(np.mean([s != HEALTHY for s in healthy])) if healthy else 0.0)


def confusion(truths: Sequence[str], said: Sequence[str]) -> list[str]:
    names = sorted({*truths, *said})
    counts = Counter(zip(truths, said, strict=True))
    head = " ".join(f"{name[:9]:>9}" for name in names)
    rows = [f"{'true ↓, said →':<28} {head}"]
    for true in names:
        cells = " ".join(f"{counts[true, s] or '·':>9}" for s in names)
        rows.append(f"{true:<28} {cells}")
    return rows


def calibration(truths: Sequence[str], found: Sequence[Diagnosis]) -> list[str]:
    """How often verdicts of each confidence are right."""
    rows = []
    for low, high in pairwise(BINS):
        inside = [
            (d.confidence, d.verdict == t)
            for t, d in zip(truths, found, strict=True)
            if low <= d.confidence < high
        ]
        if inside:
            mean, right = np.mean(inside, axis=0)
            rows.append(
                f"| {low:.2f} to {min(high, 1.0):.2f} | {mean:.2f} | {right:.2f} | {len(inside)} |"
            )
    return ["| confidence | mean | right | runs |", "|---|---|---|---|", *rows]


def sure_ones(name: str, truths: Sequence[str], found: Sequence[Diagnosis]) -> str:
    """How many verdicts are given with a confidence of 0.9 or more, and how many are right."""
    right = [d.verdict == t for t, d in zip(truths, found, strict=True) if d.confidence >= SURE]
    share = f"{np.mean(right):.2f} right" if right else "none"
    return f"{name}: {len(right)} of {len(found)} verdicts with 0.9 or more, {share}"


def table(truths: Sequence[str], by_judge: dict[str, Sequence[str]]) -> list[str]:
    """A row a verdict and a column a judge, as Markdown."""
    scores = {name: score(truths, said) for name, said in by_judge.items()}
    counts = Counter(truths)
    rows = [
        f"| | runs | {' | '.join(scores)} |",
        f"|---|---|{'---|' * len(scores)}",
        *(
            f"| F1 {verdict} | {counts[verdict]} | "
            + " | ".join(f"{s.f1[verdict]:.2f}" for s in scores.values())
            + " |"
            for verdict in sorted(counts)
        ),
    ]
    binary = {
        name: score(_is_overfitting(truths), _is_overfitting(said))
        for name, said in by_judge.items()
    }
    for name, values in (
        ("macro-F1", [s.macro for s in scores.values()]),
        ("exact verdict", [s.exact for s in scores.values()]),
        ("any warning on healthy runs", [s.warned for s in scores.values()]),
        ("macro-F1, overfitting or not", [s.macro for s in binary.values()]),
    ):
        rows.append(f"| {name} | {len(truths)} | " + " | ".join(f"{v:.2f}" for v in values) + " |")
    return rows


def _is_overfitting(verdicts: Sequence[str]) -> list[str]:
    return ["overfitting" if v == "overfitting" else "other" for v in verdicts]


def intervals(cases: Sequence[Case], found: Sequence[Diagnosis]) -> list[str]:
    """What the goals are set for, with 95 % intervals: problems are drawn again, with all runs."""
    by_problem: dict[str, list[tuple[str, Diagnosis]]] = {}
    for case, diagnosis in zip(cases, found, strict=True):
        by_problem.setdefault(str(case.line["problem"]), []).append((case.truth, diagnosis))
    groups, rng = list(by_problem.values()), np.random.default_rng(0)
    draws = rng.integers(0, len(groups), (DRAWS, len(groups)))
    drawn = [goals(chain(*(groups[i] for i in draw))) for draw in draws]
    rows = ["| | value | 95 % interval |", "|---|---|---|"]
    for name, value in goals(chain(*groups)).items():
        low, high = np.nanpercentile([one[name] for one in drawn], (2.5, 97.5))
        rows.append(f"| {name} | {value:.2f} | {low:.2f} to {high:.2f} |")
    return rows


def goals(pairs: Iterable[tuple[str, Diagnosis]]) -> dict[str, float]:
    judged = list(pairs)
    truths, said = [t for t, _ in judged], [str(d.verdict) for _, d in judged]
    scores = score(truths, said)
    sure = [d.verdict == t for t, d in judged if d.confidence >= SURE]
    return {
        "macro-F1, overfitting or not": score(_is_overfitting(truths), _is_overfitting(said)).macro,
        "any warning on healthy runs": scores.warned,
        "exact verdict": scores.exact,
        "right, of those with 0.9 or more": float(np.mean(sure)) if sure else float("nan"),
    }


def report(out: Path, half: str, failures: bool) -> None:
    cases = load(out, half)
    if not cases:
        return
    truths = [case.truth for case in cases]
    found = [diagnose_curve(case.curve, case.reference) for case in cases]
    alone = [diagnose_curve(case.curve) for case in cases]
    by_judge: dict[str, Sequence[str]] = {
        "tuneit": [str(d.verdict) for d in found],
        "tuneit, no reference": [str(d.verdict) for d in alone],
        **{name: [rule(case.curve) for case in cases] for name, rule in RULES.items()},
    }
    problems = len({case.line["problem"] for case in cases})
    print(f"\n## {half}: {len(cases)} runs of {problems} problems\n")
    print("\n".join(table(truths, by_judge)), end="\n\n")
    print("\n".join(confusion(truths, by_judge["tuneit"])), end="\n\n")
    print("\n".join(calibration(truths, found)))
    print("\nwithout a reference:\n")
    print("\n".join(calibration(truths, alone)))
    for name, diagnoses in (("tuneit", found), ("without a reference", alone)):
        print(sure_ones(name, truths, diagnoses), end="\n\n")
        print("\n".join(intervals(cases, diagnoses)), end="\n\n")
    if not failures or half != "fit":
        return
    print()
    for case, diagnosis in zip(cases, found, strict=True):
        if diagnosis.verdict != case.truth:
            print(
                f"{out / str(case.line['file'])}: {case.line['planted']}, true {case.truth}, said "
                f"{diagnosis.verdict} ({diagnosis.confidence:.2f}); "
                f"{', '.join(f'{f.name} {f.confidence:.2f}' for f in diagnosis.findings)}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--half", choices=("fit", "test", "unseen"), help="default: all")
    parser.add_argument("--failures", action="store_true", help="list the fit half's")
    options = parser.parse_args()
    for half in (options.half,) if options.half else ("fit", "test", "unseen"):
        report(options.out, half, options.failures)


if __name__ == "__main__":
    main()
