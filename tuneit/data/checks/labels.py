"""Find labels that differ from those of almost all neighbours."""

from __future__ import annotations

import numpy as np

from tuneit.data.checks.sample import compressed, sample_rows, sampled, wilson
from tuneit.data.dataset import Dataset
from tuneit.findings import Finding, Severity

NEIGHBOURS = 10
OWN, OTHER = 0.1, 0.9
"""A suspect has at most one neighbour in ten of its own label and at least nine of one other:
rows in the overlap of two classes, where doubt is natural, have neighbours of both."""

RECALL = 0.8
"""Only classes that neighbours recover this well are judged: elsewhere a lone row may as well be
of a class that does not cluster, or too rare to fill a neighbourhood. (Per-class thresholds after
confident learning, Northcutt et al. 2021, JAIR 70:1373, which calls 3.3 % of labels in ten common
test sets wrong.)"""

SHARE = 0.02
"""There is a warning if the 95 % lower bound of the share of suspects is at least this."""

MENTION = 0.005
"""Suspects are mentioned if the 95 % lower bound of their share is at least this."""

MOST_ROWS = 3000


def check_label_noise(dataset: Dataset) -> tuple[Finding, ...]:
    """Cross-validated nearest-neighbour probabilities on standardised features, training rows."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    if not dataset.has_label_a_row:
        return ()
    rows = sample_rows(len(dataset.train), MOST_ROWS, seed=3)
    y = dataset.labels(dataset.train)[rows]
    classes, counts = np.unique(y, return_counts=True)
    kept = np.isin(y, classes[counts >= 2 * NEIGHBOURS])
    rows, y = rows[kept], y[kept]
    if len(np.unique(y)) < 2:
        return ()
    x = compressed(dataset, sampled(dataset.train.x, rows))
    if x.shape[1] == 0:
        return ()
    probabilities = cross_val_predict(
        KNeighborsClassifier(NEIGHBOURS),
        x,
        y,
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        method="predict_proba",
    )
    classes, index = np.unique(y, return_inverse=True)
    predicted = probabilities.argmax(axis=1)
    own = probabilities[np.arange(len(y)), index]
    recall = np.array([np.mean(predicted[index == k] == k) for k in range(len(classes))])
    judged = recall[index] >= RECALL
    suspect = judged & (own <= OWN) & (probabilities.max(axis=1) >= OTHER)
    found, total = int(suspect.sum()), int(judged.sum())
    low = wilson(found, total)[0]
    if low < MENTION:
        return ()
    listed = ", ".join(str(int(row)) for row in rows[suspect][:10])
    return (
        Finding(
            "label_noise",
            Severity.WARNING if low >= SHARE else Severity.INFO,
            0.7,
            f"{found} of {total} training rows ({found / total:.1%}) lie among rows of another "
            f"class and may be labelled wrongly (training rows {listed}"
            f"{', …' if found > 10 else ''}): look at them",
            {"count": found, "rows": total, "share": round(found / total, 4)},
        ),
    )
