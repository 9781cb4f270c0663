"""What a score can be compared with."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.findings.reference_models import PairedDifference, ReferenceModels


@dataclass(frozen=True)
class Reference:
    """What a score can be compared with; every field that is unknown is None.

    `target`, `human_error` and `baseline` as the user and a trivial model give them: `target` and
    `baseline` are values of `metric` (without `val_`), `human_error` is an error rate in [0, 1]
    (classification) or a value of an error metric (regression). `baseline_loss` is the trivial
    predictor's value of the trained loss on the validation rows, and `baseline_train_loss` on the
    training rows, with their weights. `n_validation` is the number of validation rows, `n_classes`
    the number of classes (if the loss is a cross-entropy), `y_variance` the target's variance (if
    it is a mean squared error).

    `models` are scores of simple models of other kinds on the same validation rows; `loss` is `mse`
    or `mae` if the trained loss is that quantity of theirs. `paired` compares them with the trained
    network row by row, where its predictions are known.
    """

    metric: str | None = None
    maximize: bool | None = None
    target: float | None = None
    human_error: float | None = None
    baseline: float | None = None
    baseline_loss: float | None = None
    n_validation: int | None = None
    n_classes: int | None = None
    y_variance: float | None = None
    baseline_train_loss: float | None = None
    models: ReferenceModels | None = None
    loss: str | None = None
    paired: tuple[PairedDifference, ...] = ()

    @property
    def guess_train_loss(self) -> float | None:
        """The trivial predictor's training loss, or its validation loss if only that is known."""
        known = self.baseline_train_loss
        return self.baseline_loss if known is None else known
