"""Class balance: find classes that dominate, and splits that lack a class."""

from __future__ import annotations

import numpy as np

from tuneit.data.checks.sample import wilson
from tuneit.data.dataset import Array, Dataset
from tuneit.findings import Finding, Severity

MAJORITY = 0.75
"""A predictor of the largest class alone is right this often: three quarters. Google's machine
learning course calls a minority of 20 to 40 % a mild imbalance, and below 20 % moderate; the 95 %
lower bound of the share must pass, so that small sets do not alarm by chance."""

RATIO = 10
"""The largest class has this many times the rows of the smallest (again by 95 % bounds): the
common boundary of imbalance in the literature (He & Garcia 2009, IEEE TKDE 21:1263, calls orders
of 10:1 and more significant)."""


def check_balance(dataset: Dataset) -> tuple[Finding, ...]:
    """Find a dominating class, rare classes, and classes that a split lacks."""
    if not dataset.has_label_a_row:
        return ()
    names = dataset.class_names
    [output] = dataset.outputs
    counts = {name: dataset.class_counts(name, output) for name in dataset.splits}
    weighted = dataset.class_weight is not None
    missing = _missing(names, counts) if dataset.knows_classes(output) else ()
    return (*_imbalance(names, counts["train"], weighted), *missing)


def _imbalance(names: tuple[str, ...], counts: Array, weighted: bool) -> tuple[Finding, ...]:
    """Compare the largest class with all training rows, and with the smallest class."""
    total = int(counts.sum())
    present = np.flatnonzero(counts)
    large, small = int(np.argmax(counts)), int(present[np.argmin(counts[present])])
    majority = counts[large] / total
    majority_low = wilson(int(counts[large]), total)[0]
    small_high = wilson(int(counts[small]), total)[1]
    dominated = majority_low >= MAJORITY
    skewed = majority_low >= RATIO * small_high
    if not dominated and not skewed:
        return ()
    summary = (
        f"classes are unbalanced: '{names[large]}' has {counts[large]} of {total} training rows, "
        f"'{names[small]}' has {counts[small]}. Always predicting '{names[large]}' gives an "
        f"accuracy of {majority:.3f}, so accuracy misleads: judge by balanced accuracy, F1 or the "
        "precision-recall curve"
        + ("" if weighted else ", and consider class weights (`class_weight: balanced`)")
    )
    evidence: dict[str, float | int | str | None] = {
        "majority_class": names[large],
        "majority_share": round(float(majority), 4),
        "smallest_class": names[small],
        "smallest_count": int(counts[small]),
        "ratio": round(float(counts[large] / counts[small]), 2),
    }
    return (Finding("class_imbalance", Severity.WARNING, 0.95, summary, evidence),)


def _missing(
    names: tuple[str, ...],
    counts: dict[str, Array],
) -> tuple[Finding, ...]:
    """Find the classes that have no row in a split."""
    findings = []
    for split, count in counts.items():
        absent = [name for name, n in zip(names, count, strict=True) if n == 0]
        if absent:
            listed = ", ".join(f"'{name}'" for name in absent[:5])
            consequence = (
                "a model cannot learn it" if split == "train" else "its score is unknown there"
            )
            findings.append(
                Finding(
                    "missing_class",
                    Severity.WARNING,
                    1.0,
                    f"the {split} split has no row of class {listed}, so {consequence}: "
                    "stratify the split, or add rows",
                    {"split": split, "classes": ", ".join(absent), "count": len(absent)},
                )
            )
    return tuple(findings)
