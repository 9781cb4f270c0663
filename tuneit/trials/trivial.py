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
    constant's loss on the validation rows, which all count alike: both in the first fold, and
    `other_folds` has the two of each further one. Penalties are in neither; `penalised` is whether
    the trained model has any, such as L2.
    """

    answer: str | None = None
    scores: tuple[float, ...] = ()
    loss: float | None = None
    train_loss: float | None = None
    penalised: bool = False
    other_folds: tuple[tuple[float, float], ...] = ()

    @property
    def score(self) -> float | None:
        """The mean over the folds."""
        return fmean(self.scores) if self.scores else None

    def losses_of(self, execution: int) -> tuple[float | None, float | None]:
        """Training and validation loss in the fold of an execution, counted from 0.

        Those of the first fold, where earlier versions measured no others.
        """
        folds = ((self.train_loss, self.loss), *self.other_folds)
        return folds[execution % len(folds)]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, with only those of the later fields that say something."""
        known = {**asdict(self), "scores": list(self.scores)}
        for name in ("penalised", "other_folds"):
            if not known[name]:
                del known[name]
        return known

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> Trivial:
        """Read back what `to_dict` returned; nothing at all makes everything unknown."""
        folds = tuple((train, held) for train, held in known.get("other_folds", ()))
        return cls(**{**known, "scores": tuple(known.get("scores", ())), "other_folds": folds})
