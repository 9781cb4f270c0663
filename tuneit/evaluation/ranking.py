"""How well scores rank the rows that have a label above those that lack it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def ranking_scores(true: NDArray[np.bool_], scores: NDArray[Any]) -> dict[str, float]:
    """Return scikit-learn's `roc_auc` and `average_precision` of scores, both of shape (rows,).

    Neither is defined where all rows have the label, or none: then nothing is returned.
    """
    if true.all() or not true.any():
        return {}
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "roc_auc": float(roc_auc_score(true, scores)),
        "average_precision": float(average_precision_score(true, scores)),
    }
