"""Scores of a model that ignores its input, which a trial's scores are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any


@dataclass(frozen=True)
class Trivial:
    """Scores of constant predictions in a trial's own metric and loss; None is unknown.

    `scores` are the objective of the best constant, one for each fold (one without folds); `answer`
    says which constant it is, which the training rows decide. `train_loss` is the lowest training
    loss of a constant, with the weights that the trial's rows and classes have; `loss` is that
    constant's loss on the validation rows, which all count alike. Penalties are in neither;
    `penalised` is whether the trained model has any, such as L2.
    """

    answer: str | None = None
    scores: tuple[float, ...] = ()
    loss: float | None = None
    train_loss: float | None = None
    penalised: bool = False

    @property
    def score(self) -> float | None:
        """The mean over the folds."""
        return fmean(self.scores) if self.scores else None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form; without penalties it is that of earlier versions."""
        known = {**asdict(self), "scores": list(self.scores)}
        if not self.penalised:
            del known["penalised"]
        return known

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> Trivial:
        """Read back what `to_dict` returned; nothing at all makes everything unknown."""
        return cls(**{**known, "scores": tuple(known.get("scores", ()))})
