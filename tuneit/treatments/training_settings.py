"""Treatments that change how a model is trained, not the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tuneit.errors.wording import counted
from tuneit.findings import Recommendation
from tuneit.space import Params, Scalar
from tuneit.study import EarlyStopping

PATIENCE = 5
"""Epochs without a gain after which training ends (as the recommendation says)."""

PRUNED = 0.75
"""The share of each kernel's weights that pruning sets to zero (chosen)."""

TEACHING = {"temperature": 2.0, "weight": 0.5}
"""How the best model teaches a smaller one: how soft its probabilities are, and their part of the
loss (chosen)."""


@dataclass(frozen=True)
class Settings:
    """How the best trial was trained: `metric` is the objective's, the rest as in a study.yaml.

    `trained` is the number of epochs until its training ended, at most `epochs`.
    """

    epochs: int
    batch_size: int
    class_weight: Scalar
    early_stopping: EarlyStopping | None
    metric: str
    trained: int


@dataclass(frozen=True)
class Changed:
    """Changed values that go to `fit`, changed settings of the plan, and both in words."""

    change: str
    params: Params = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)


Setting = Callable[[Settings, "Recommendation | None"], "Changed | str"]
"""Returns the change, or why there is none."""


def _early_stopping(now: Settings, advice: Recommendation | None) -> Changed | str:
    del advice
    if now.early_stopping is not None:
        return "the study stops early already, and keeps the weights of the best epoch"
    plan = {"early_stopping": {"monitor": "val_loss", "patience": PATIENCE}}
    return Changed(f"early stopping on val_loss, patience {PATIENCE}", plan=plan)


def _schedule(now: Settings, advice: Recommendation | None) -> Changed | str:
    del advice
    stopping = now.early_stopping
    # The rate must fall before early stopping ends the training.
    patience = max(2, (stopping.patience if stopping else 10) // 2)
    said = f"learning rate × 0.3 after {patience} epochs without a gain"
    return Changed(said, plan={"schedule": {"factor": 0.3, "patience": patience}})


def _more_epochs(now: Settings, advice: Recommendation | None) -> Changed | str:
    epochs = 2 * now.epochs
    if advice is not None and advice.setting == "budget.epochs" and advice.new is not None:
        epochs = max(int(advice.new), now.epochs + 1)
    plan: dict[str, Any] = {}
    said = f"epochs {now.epochs} → {epochs}"
    if now.early_stopping is not None:
        patience = 2 * now.early_stopping.patience
        plan = {"early_stopping": {**now.early_stopping.model_dump(), "patience": patience}}
        said += f", patience {now.early_stopping.patience} → {patience}"
    return Changed(said, {"epochs": epochs}, plan)


def _larger_batch_size(now: Settings, advice: Recommendation | None) -> Changed | str:
    del advice
    size = 2 * now.batch_size
    return Changed(f"batch_size {now.batch_size} → {size}", {"batch_size": size})


def _class_weights(now: Settings, advice: Recommendation | None) -> Changed | str:
    del advice
    if now.class_weight not in (None, "none"):
        return f"the classes are weighted already ({now.class_weight})"
    if now.metric.removeprefix("val_") in ("accuracy", "acc", "loss"):
        # Weights trade this metric for the recall of rare classes: it cannot show their use.
        return (
            f"class weights raise the recall of rare classes, which {now.metric} does not show: "
            "choose val_auc, or recall, as the objective"
        )
    return Changed("class_weight none → balanced", {"class_weight": "balanced"})


def _pruning(now: Settings, advice: Recommendation | None) -> Changed | str:
    del advice
    if now.epochs < 2:
        return "what pruning leaves must be trained on, but the study trains a single epoch"
    # Half of the epochs that were needed without it: the rest trains what is left.
    epochs = max(1, min(now.trained, now.epochs) // 2)
    said = f"the smallest {PRUNED:.0%} of each kernel's weights → 0 within "
    return Changed(
        said + counted(epochs, "epoch"), plan={"pruning": {"share": PRUNED, "epochs": epochs}}
    )


SETTINGS: Mapping[str, Setting] = {
    "early_stopping": _early_stopping,
    "schedule": _schedule,
    "more_epochs": _more_epochs,
    "larger_batch_size": _larger_batch_size,
    "class_weights": _class_weights,
    "pruning": _pruning,
}
