"""The share of epochs that a search trains where poor trials are stopped."""

from __future__ import annotations

from typing import Any

import pytest

from tuneit.strategies.pruners.expected import expected_share
from tuneit.strategies.pruners.quota import Quota
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.study import PruningSpec
from tuneit.trials import Objective


def share(name: str, trials: int = 40, quota: Quota | None = None, **options: Any) -> float:
    spec = PruningSpec.model_validate({"name": name, "options": options})
    return expected_share(
        make_pruner(spec, Objective("val_loss", "minimize"), 20, quota), trials, 20
    )


def test_successive_halving_trains_what_its_rungs_let_pass() -> None:
    # Rungs after 1, 3 and 9 of 20 epochs; about a third of the trials passes each.
    ideal = (1 + 2 / 3 + 6 / 9 + 11 / 27) / 20
    assert share("asha", trials=60) == pytest.approx(ideal, abs=0.1)
    assert share("asha", quota=Quota()) >= 1 / 3  # a third of the trials runs to its end
    assert ideal < share("median") < 1


@pytest.mark.parametrize(
    ("name", "options"), [("none", {}), ("threshold", {"upper": 0.1}), ("wilcoxon", {})]
)
def test_without_a_rule_that_compares_trials_all_epochs_are_trained(
    name: str, options: dict[str, Any]
) -> None:
    assert share(name, **options) == 1
