"""What a folder that has been used before lets a study do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tuneit.errors import ResumeError
from tuneit.ledger import Ledger
from tuneit.space import Int, SearchSpace
from tuneit.trials import Objective, Proposal
from tuneit.workbench import agree

LOSS = Objective("val_loss", "minimize")


def a_bench(folder: Path, high: int) -> Any:
    return SimpleNamespace(
        study=SimpleNamespace(objectives=(LOSS,)),
        others=(),
        space=SearchSpace((Int(name="units", low=1, high=high),)),
        dataset=SimpleNamespace(fingerprint=lambda: "rows"),
        folder=SimpleNamespace(path=folder),
    )


def test_a_study_without_trials_may_be_corrected_and_one_with_trials_may_not(
    tmp_path: Path,
) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        agree(ledger, a_bench(tmp_path, 2))
        corrected = a_bench(tmp_path, 3)
        agree(ledger, corrected)
        ledger.start(Proposal(0, {"units": 2}, 1), corrected.space)
        agree(ledger, corrected)
        with pytest.raises(ResumeError, match="the search space changed in units"):
            agree(ledger, a_bench(tmp_path, 2))
