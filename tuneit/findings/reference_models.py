"""What simple models of other kinds score on a study's validation rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tuneit.errors.wording import figures

TRIVIAL = "always the same answer"
LOGISTIC, RIDGE = "logistic regression", "ridge regression"
NEAREST, NEIGHBOURS = "1-nearest neighbour", "15-nearest neighbours"
BOOSTING = "gradient boosting"

LOWER_IS_BETTER = frozenset({"cross_entropy", "mse", "mae", "rmse"})
"""Quantities for which lower is better; for the others higher is better."""


@dataclass(frozen=True, slots=True)
class ReferenceScore:
    """What one reference model scores on the validation rows.

    `scores` has a value for each quantity, `errors` its standard error: of classification
    `accuracy`, `balanced_accuracy` (the mean of the classes' recalls), `cross_entropy`, and with
    two classes `auc` (of the ROC curve); of regression `mse`, `mae`, `rmse` and `r2`, in the
    target's unit. `seconds` is how long it took to fit and score.
    """

    model: str
    scores: Mapping[str, float]
    errors: Mapping[str, float]
    seconds: float = 0.0

    def cost(self, quantity: str) -> float:
        """The value as a cost (lower is better): 1 − value, if higher values are better."""
        value = self.scores[quantity]
        return value if quantity in LOWER_IS_BETTER else 1.0 - value


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A trained network beside a reference model, on the same `rows` validation rows.

    `network` and `reference` are costs of the quantity (lower is better). `error` is the standard
    error of their difference, and `low` to `high` its 95 % interval, from the differences row by
    row. `execution` is the one of its trial that trained the network, counted from 0.
    """

    model: str
    quantity: str
    rows: int
    network: float
    reference: float
    error: float
    low: float
    high: float
    execution: int = 0


@dataclass(frozen=True, slots=True)
class ReferenceModels:
    """Models of scikit-learn, fitted on training rows and scored on validation rows.

    `rows` of the `all_rows` training rows were used (0 where these were not counted), and
    `validation_rows` to score on. `is_table` is whether each input is a quantity of its own, unlike
    pixels, steps of a sequence, words: there these models see all that a network sees. `notes` say
    how the inputs were turned into columns, and what was left out. Where no models could be fitted,
    `skipped` says why.
    """

    models: tuple[ReferenceScore, ...] = ()
    rows: int = 0
    all_rows: int = 0
    validation_rows: int = 0
    is_table: bool = False
    notes: tuple[str, ...] = ()
    skipped: str = ""

    def get(self, model: str) -> ReferenceScore | None:
        """The model of that name; None where it was not fitted."""
        return next((one for one in self.models if one.model == model), None)

    @property
    def trivial(self) -> ReferenceScore | None:
        """The best model that ignores its input."""
        return self.get(TRIVIAL)

    @property
    def linear(self) -> ReferenceScore | None:
        """The linear model."""
        return self.get(LOGISTIC) or self.get(RIDGE)

    def best(self, quantity: str) -> ReferenceScore | None:
        """The model with the best value of a quantity; None where none has it."""
        having = [one for one in self.models if quantity in one.scores]
        return min(having, key=lambda one: one.cost(quantity), default=None)

    def least_cost(self, quantity: str) -> tuple[float, float] | None:
        """Bounds of the cost that no model can go below, for `accuracy` and `mse` of tables.

        With infinitely many training rows a nearest neighbour's error rate lies between the least
        possible one and twice that (Cover and Hart 1967, IEEE Transactions on Information Theory
        13:21), and its squared error is twice the least possible one (Cover 1968, the same, 14:50).
        With few rows in many columns it is larger than that, so that the lower bound may be too
        high. The upper bound is the best reference model's cost. None where the best reference is
        nearer to zero than half the nearest neighbour's.
        """
        nearest, best = self.get(NEAREST), self.best(quantity)
        if not self.is_table or quantity not in ("accuracy", "mse"):
            return None
        if nearest is None or best is None:
            return None
        low, high = nearest.cost(quantity) / 2, best.cost(quantity)
        return (low, high) if low <= high else None

    def __str__(self) -> str:
        if self.skipped:
            return f"no reference models were fitted, since {self.skipped}"
        quantity = "accuracy" if self.best("accuracy") else "mse"
        best = self.best(quantity)
        if best is None:
            return "no reference model could be fitted"
        return (
            f"{best.model} reaches {quantity} {figures(best.scores[quantity], 3)} "
            f"(± {figures(best.errors[quantity], 2)}) on {self.validation_rows} validation rows"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> ReferenceModels:
        """Read back what `to_dict` returned."""
        models = tuple(ReferenceScore(**one) for one in given["models"])
        return cls(**{**given, "models": models, "notes": tuple(given["notes"])})
