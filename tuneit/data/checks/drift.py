"""Find splits that do not come from the same distribution."""

from __future__ import annotations

import math

import numpy as np

from tuneit.data.checks.sample import compressed, feature_name, is_tabular, sample_rows, sampled
from tuneit.data.dataset import Dataset
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

AUC = 0.6
"""AUC of a classifier that separates training rows from another split's. 0.5 is chance (Lopez-Paz &
Oquab 2017, ICLR); 0.6 is a shift of 0.36 standard deviations, small in Cohen's terms."""

GRAVE_AUC = 0.8
"""A shift of 1.2 standard deviations: large in Cohen's terms."""

SIGMAS = 4.0
"""Standard errors by which the AUC must pass 0.5 (Mann-Whitney under no difference). Two splits
of every study are tested, so that even 10,000 healthy studies alarm less than once."""

SHIFT_P = 1e-4
CRAMERS_V = 0.1
"""Target shift: p-value and, for classes, Cramér's V of at least a small effect (Cohen 1988)."""

KS = 0.1
"""Target shift of real targets: the Kolmogorov-Smirnov distance, of the same size."""

MOST_ROWS = 1000
TREES = 60
MOST_FEATURES = 200
MOST_COMPONENTS = 30
"""For tables the trees use the features, so that a single drifting feature is found; for pictures
they use principal components."""

FEWEST_ROWS = 20


def check_feature_drift(dataset: Dataset) -> tuple[Finding, ...]:
    """Two-sample classifier test, training against validation and against test.

    Extremely randomised trees see equally many rows of both, at most 1,000, and are scored on
    rows that a tree did not see (out of bag).
    """
    findings = [_drift(dataset, name) for name in dataset.splits if name != "train"]
    return tuple(finding for finding in findings if finding is not None)


def _drift(dataset: Dataset, name: str) -> Finding | None:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import roc_auc_score

    other = dataset.splits[name]
    n = min(len(dataset.train), len(other), MOST_ROWS)
    if n < FEWEST_ROWS:
        return None
    x = np.concatenate(
        [sampled(split.x, sample_rows(len(split), n, seed=2)) for split in (dataset.train, other)]
    )
    side = np.repeat([0, 1], n)
    inputs = compressed(dataset, x, MOST_FEATURES if is_tabular(dataset) else MOST_COMPONENTS)
    if inputs.shape[1] == 0:
        return None
    trees = ExtraTreesClassifier(
        TREES, min_samples_leaf=5, bootstrap=True, oob_score=True, random_state=0
    ).fit(inputs, side)
    scores = trees.oob_decision_function_[:, 1]
    auc = float(roc_auc_score(side, np.nan_to_num(scores, nan=0.5)))
    error = math.sqrt((2 * n + 1) / (12 * n * n))
    if auc < AUC or auc < 0.5 + SIGMAS * error:
        return None
    named = ""
    if is_tabular(dataset) and inputs.shape[1] == x.shape[1]:
        index = int(np.argmax(trees.feature_importances_))
        named = f", most by '{feature_name(dataset, index)}'"
    return Finding(
        "feature_drift",
        Severity.CRITICAL if auc >= GRAVE_AUC else Severity.WARNING,
        0.9,
        f"the {name} rows differ from the training rows: a classifier tells them apart with an "
        f"AUC of {auc:.2f}{named} (0.5 is chance), so the {name} score says little about the "
        "training data and the other way round: split at random, or find out what changed",
        {"split": name, "auc": round(auc, 4), "standard_error": round(error, 4), "rows": n},
    )


def check_target_drift(dataset: Dataset) -> tuple[Finding, ...]:
    """Compare the targets of the splits: χ² test of class counts, or Kolmogorov-Smirnov."""
    output = dataset.output
    if output is None or not (output.has_label_a_row or output.row_shape == ()):
        return ()
    shift = _class_shift if output.has_label_a_row else _value_shift
    findings = [shift(dataset, name) for name in dataset.splits if name != "train"]
    return tuple(finding for finding in findings if finding is not None)


def _class_shift(dataset: Dataset, name: str) -> Finding | None:
    from scipy.stats import chi2_contingency

    width = len(dataset.class_names)
    table = np.array(
        [
            np.bincount(dataset.labels(split), minlength=width)
            for split in (dataset.train, dataset.splits[name])
        ]
    )
    table = table[:, table.sum(axis=0) > 0]
    statistic, p = chi2_contingency(table)[:2]
    v = math.sqrt(float(statistic) / float(table.sum()))
    # χ² needs about five expected rows a cell (Cochran 1954).
    expected = table.sum(axis=0) * table[1].sum() / table.sum()
    if p > SHIFT_P or v < CRAMERS_V or np.median(expected) < 5:
        return None
    shares = table / table.sum(axis=1, keepdims=True)
    worst = int(np.argmax(np.abs(shares[0] - shares[1])))
    present = np.flatnonzero(
        np.bincount(dataset.labels(dataset.train), minlength=width)
        + np.bincount(dataset.labels(dataset.splits[name]), minlength=width)
    )
    label = dataset.class_names[int(present[worst])]
    return Finding(
        "target_drift",
        Severity.WARNING,
        0.95,
        f"class shares differ between training and {name}: '{label}' is "
        f"{shares[0, worst]:.1%} of the training rows and {shares[1, worst]:.1%} of the {name} "
        "rows: stratify the split, or weight the score",
        {"split": name, "cramers_v": round(v, 4), "p_value": float(p)},
    )


def _value_shift(dataset: Dataset, name: str) -> Finding | None:
    from scipy.stats import ks_2samp

    train, other = dataset.labels(dataset.train), dataset.labels(dataset.splits[name])
    if min(len(train), len(other)) < FEWEST_ROWS:  # below, the asymptotic p-value is wrong
        return None
    if dataset.target_scaler is not None and dataset.output is not None:
        scaler, output = dataset.target_scaler, dataset.output
        train, other = scaler.in_unit(output, train), scaler.in_unit(output, other)
    test = ks_2samp(train, other, method="asymp")
    if test.pvalue > SHIFT_P or test.statistic < KS:
        return None
    return Finding(
        "target_drift",
        Severity.WARNING,
        0.95,
        f"targets differ between training (median {figures(np.median(train))}) and {name} (median "
        f"{figures(np.median(other))}), Kolmogorov-Smirnov distance {test.statistic:.2f}: split at "
        "random, or find out what changed",
        {"split": name, "distance": round(float(test.statistic), 4), "p_value": float(test.pvalue)},
    )
