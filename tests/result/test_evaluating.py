"""What is said of a best model that cannot be evaluated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tuneit.data.load import dataset_from_arrays
from tuneit.result.evaluating import BestModelEvaluation
from tuneit.study import Split as Shares
from tuneit.trials import Trial, TrialState


def test_without_test_rows_it_says_how_to_get_some(tmp_path: Path) -> None:
    best = Trial(0, {"units": 4}, TrialState.COMPLETE, seed=0, score=0.5)
    x, y = np.zeros((30, 2)), np.arange(30) % 2
    data = dataset_from_arrays(x, y, split=Shares(test=0))
    evaluation = BestModelEvaluation(
        tmp_path / "evaluation.json", best, ended=1, data="", interrupted=False
    )
    evaluation.conclude(lambda: (None, data))
    assert "no rows were kept for a test split: search with" in evaluation.untested
    assert evaluation.evaluation is None
