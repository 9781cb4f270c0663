"""What a score can be compared with."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.findings.reference_models import ReferenceModels


@dataclass(frozen=True)
class Reference:
    """What a score can be compared with; every field that is unknown is None.

    `target`, `human_error` and `baseline` as the user and a trivial model give them:
    `target` and `baseline` are values of `metric` (without `val_`), `human_error` is an error
    rate in [0, 1] (classification) or a value of an error metric (regression).
    `baseline_loss` is the trivial predictor's loss on the validation rows, `baseline_train_loss` on
    the training rows, with the weights that these are trained with: by the loss that is trained,
    whatever it is. `n_validation` is the number of validation rows, `n_classes` that of the classes
    (of a cross-entropy), `y_variance` the target's variance (of a mean squared error).

    `models` are scores of simple models of other kinds on the same validation rows; `loss` says
    which of their quantities the loss is, where it is one: `mse` or `mae`.
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

    @property
    def guess_train_loss(self) -> float | None:
        """The trivial predictor's training loss; validation's, where that is all that is known."""
        known = self.baseline_train_loss
        return self.baseline_loss if known is None else known
