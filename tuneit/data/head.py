"""A model's head (its loss and last layer), and the targets that it can be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuneit.errors.wording import counted

Task = Literal["classification", "multilabel", "regression"]

SPARSE = "sparse_categorical_crossentropy"
ONE_HOT = frozenset(
    {"categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"}
)
BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
HINGE = frozenset({"hinge", "squared_hinge"})
OF_ONE_CLASS = frozenset({"accuracy", "acc", "categoricalaccuracy", "categorical_accuracy"})
"""Metrics that take the largest output for the answer. Keras makes a categorical accuracy of
`accuracy` where an output has several units."""

COUNTS = "poisson"
ERRORS = frozenset(
    {
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("mean_squared_logarithmic_error", "huber", "log_cosh"),
    }
)
"""Losses that measure the distance between target and output."""

BOUNDED = frozenset(
    {"sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "softmax", "sparsemax"}
)
"""Activations with outputs in [-1, 1]: with any loss, the model may separate two classes."""


@dataclass(frozen=True)
class Head:
    """One output of a compiled model.

    `loss` is the name of Keras's function (`mean_squared_error`), empty for several losses and for
    one of the user's own. `shape` is that of one row of the output, None where the model is not
    built yet. `units` is the size of its last axis, `activation` the name of Keras's function; None
    and empty where they are not known. `ignored` is the label that the loss leaves out
    (`ignore_class`), `from_logits` whether the loss applies the sigmoid or softmax itself. `name`
    is the model's name of the output, `trained` whether it has a loss at all: of several outputs
    some may have none. `by_name` is whether the model holds its outputs in a dict rather than in a
    list; None where that is not known.
    """

    loss: str = ""
    shape: tuple[int | None, ...] | None = None
    units: int | None = None
    activation: str = ""
    ignored: int | None = None
    from_logits: bool = False
    name: str = ""
    trained: bool = True
    by_name: bool | None = None

    @property
    def task(self) -> Task | None:
        """The only task that loss and activation allow; None where they allow both.

        A distance such as the mean squared error is for regression, unless the activation is
        bounded or not known: tanh with targets -1 and 1 separates two classes.
        """
        if self.loss in (SPARSE, *ONE_HOT, *BINARY, *HINGE):
            return "classification"
        if self.loss == COUNTS:
            return "regression"
        if self.loss in ERRORS and self.activation and self.activation not in BOUNDED:
            return "regression"
        return None

    def task_of_many(self) -> Task | None:
        """The task for a target of more than two different whole numbers.

        One unit separates at most two classes, and a distance between class numbers has no
        meaning.
        """
        is_distance = self.loss in ERRORS and self.activation not in BOUNDED
        if self.task is None and (self.units == 1 or is_distance):
            return "regression"
        return self.task

    def threshold(self, codes: Sequence[float]) -> float | None:
        """The output of one unit above which a row is of the class `codes[1]` rather than `[0]`.

        None where the outputs are probabilities of `codes[1]`, or their logits.
        """
        if len(codes) != 2:
            return None
        if self.loss in HINGE:
            return 0.0  # Keras takes labels 0 and 1 for -1 and 1
        if tuple(codes) != (0, 1) or self.task == "regression":
            return (codes[0] + codes[1]) / 2
        return None

    def __str__(self) -> str:
        parts = [
            f"ends in {counted(self.units, 'unit')}" if self.units else "",
            f"with the activation {self.activation}" if self.activation else "",
            f"and the loss {self.loss}" if self.loss else "",
        ]
        return " ".join(part for part in parts if part).removeprefix("and ") or "says nothing"
