"""The learning rate falls when the objective stops getting better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ReduceOnPlateau:
    """Makes Keras's ReduceLROnPlateau, for a single training and for a member of a cohort.

    The learning rate is multiplied by `factor` after `patience` epochs without a gain.
    """

    metric: str
    maximize: bool
    factor: float
    patience: int

    def __call__(self) -> Any:
        """The callback for one training."""
        import keras

        return keras.callbacks.ReduceLROnPlateau(
            monitor=self.metric,
            mode="max" if self.maximize else "min",
            factor=self.factor,
            patience=self.patience,
        )
