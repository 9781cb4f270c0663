"""Learning curves: what training reported, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import score_text

if TYPE_CHECKING:
    import pandas as pd

Series = NDArray[np.float64]

VALIDATION_PREFIX = "val_"

UNFROZEN = "unfrozen_layers"
"""The series that says how many layers of a pretrained base an epoch has trained, beside the head.
"""

SCHEDULES = ("learning_rate", "lr", "epoch", "step", "time", UNFROZEN)
"""Series that count or schedule the epochs instead of measuring the model."""


def reporting_epochs(values: int, epochs: int) -> slice:
    """Which of the epochs (from 0) a series with that many values reported.

    Keras validates after every k-th epoch (`validation_freq`): the largest k that fits is taken.
    Where none fits, the series began late and has the last epochs.
    """
    every = epochs // values if values else 0
    if every > 1 and epochs // every == values:
        return slice(every - 1, every * values, every)
    return slice(epochs - values, epochs)


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Per-epoch series under Keras's names: `loss`, `accuracy`, `val_loss`, `learning_rate`, …

    `epochs` (int64, shape (n,)) counts from 1. Each series is float64 of shape (n,), NaN where
    nothing was reported; losses in the loss's unit, metrics in the metric's own (accuracy in
    [0, 1]).
    """

    epochs: NDArray[np.int64]
    series: Mapping[str, Series]

    def __post_init__(self) -> None:
        epochs = np.asarray(self.epochs, dtype=np.int64)
        frozen: dict[str, Series] = {}
        for name, values in self.series.items():
            array = np.array(values, dtype=np.float64)
            if array.shape != epochs.shape:
                raise ValueError(
                    f"a series needs one value an epoch: '{name}' has {array.shape[0]} "
                    f"values for {epochs.shape[0]} epochs"
                )
            array.flags.writeable = False
            frozen[name] = array
        object.__setattr__(self, "epochs", epochs)
        object.__setattr__(self, "series", MappingProxyType(frozen))

    @classmethod
    def from_history(cls, history: Mapping[str, Sequence[float]]) -> LearningCurve:
        """Build from a Keras `History.history`; a shorter series is NaN where it has no value.

        `reporting_epochs` says which epochs its values belong to.
        """
        length = max((len(values) for values in history.values()), default=0)
        series = {}
        for name, values in history.items():
            series[name] = np.full(length, math.nan)
            series[name][reporting_epochs(len(values), length)] = values
        return cls(np.arange(1, length + 1), series)

    @classmethod
    def from_epochs(cls, logs: Iterable[Mapping[str, float]]) -> LearningCurve:
        """Build from one mapping of metric to value per epoch."""
        rows = list(logs)
        names = dict.fromkeys(name for row in rows for name in row)
        series = {
            name: np.array([float(row.get(name, math.nan)) for row in rows]) for name in names
        }
        return cls(np.arange(1, len(rows) + 1), series)

    def __reduce__(self) -> Any:
        return (LearningCurve, (self.epochs, dict(self.series)))

    def __len__(self) -> int:
        return len(self.epochs)

    def __contains__(self, name: str) -> bool:
        return name in self.series

    def __getitem__(self, name: str) -> Series:
        return self.series[name]

    def get(self, name: str) -> Series | None:
        """The series of that name, or None."""
        return self.series.get(name)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Names of the training metrics, `loss` first, without prefix and without schedules."""
        plain = [
            name.removeprefix(VALIDATION_PREFIX) for name in self.series if name not in SCHEDULES
        ]
        return tuple(sorted(dict.fromkeys(plain), key=lambda name: name != "loss"))

    @property
    def fine_tuned_from(self) -> int | None:
        """The first epoch that trained layers of a pretrained base, too; None without such."""
        unfrozen = self.series.get(UNFROZEN)
        if unfrozen is None or not (unfrozen > 0).any():
            return None
        return int(self.epochs[np.argmax(unfrozen > 0)])

    def head(self, epochs: int) -> LearningCurve:
        """The first `epochs` epochs."""
        return LearningCurve(
            self.epochs[:epochs], {name: values[:epochs] for name, values in self.series.items()}
        )

    def without(self, names: Iterable[str]) -> LearningCurve:
        """The curve without the series of these names."""
        dropped = set(names)
        kept = {name: values for name, values in self.series.items() if name not in dropped}
        return LearningCurve(self.epochs, kept)

    def best_epoch(self, name: str, *, maximize: bool, after: int = 0) -> int | None:
        """The epoch (from 1) with the best value of a series, the first of equals; None if none.

        Only epochs after the epoch `after` count.
        """
        values = self.series.get(name)
        counts = np.isfinite(values) & (self.epochs > after) if values is not None else None
        if values is None or counts is None or not counts.any():
            return None
        finite = np.where(counts, values, -np.inf if maximize else np.inf)
        return int(self.epochs[np.argmax(finite) if maximize else np.argmin(finite)])

    def at(self, name: str, epoch: int) -> float:
        """The value of a series at an epoch (from 1)."""
        return float(self.series[name][np.searchsorted(self.epochs, epoch)])

    def to_dataframe(self) -> pd.DataFrame:
        """Return a DataFrame with a column for each series, by epoch."""
        import pandas as pd

        return pd.DataFrame(dict(self.series), index=pd.Index(self.epochs, name="epoch"))

    def _repr_html_(self) -> str:
        return str(self.to_dataframe().to_html(float_format=score_text, max_rows=12))

    def to_dict(self) -> dict[str, list[float]]:
        """Return plain lists, one per series, for JSON and pandas."""
        return {name: [float(v) for v in values] for name, values in self.series.items()}


# ---------------------------------------------------------------------------- measures

_SECOND_DIFFERENCE_SD = math.sqrt(6.0)
"""Standard deviation of x[i-1] - 2 x[i] + x[i+1] for white noise of unit variance."""

_LOWER_MEAN = 0.4474
"""Mean of the smaller two thirds of |x|, for x normal with unit variance."""


def noise(values: Series) -> float:
    """The standard deviation of a series around its own trend, in the unit of the series.

    Mean of the smaller two thirds of the absolute second differences, scaled to a normal's
    standard deviation: a straight trend cancels, and a few jumps or a curved start are left out.
    The mean loses less precision than the median would. (Second differences as a noise estimate:
    Gasser, Sroka & Jennen-Steinmetz, Biometrika 73, 1986.) NaN are left out; 0.0 where fewer than
    three values remain.
    """
    kept = values[np.isfinite(values)]
    if len(kept) < 3:
        return 0.0
    second = np.abs(kept[:-2] - 2 * kept[1:-1] + kept[2:])
    kept = np.sort(second)[: max(1, round(len(second) * 2 / 3))]
    return float(kept.mean()) / (_LOWER_MEAN * _SECOND_DIFFERENCE_SD)


def smooth(values: Series) -> Series:
    """A running median of three (spikes go), then a running mean over 5 % of the series.

    Series of fewer than five values come back as they are; both ends keep their length.
    """
    n = len(values)
    if n < 5:
        return values
    padded = np.concatenate([values[:1], values, values[-1:]])
    before, here, after = padded[:-2], padded[1:-1], padded[2:]
    # Exact, unlike sums and differences: equal values must stay equal, whatever their unit.
    medians = np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))
    half = n // 40
    if half == 0:
        return np.asarray(medians, dtype=np.float64)
    total = np.concatenate([[0.0], np.cumsum(medians)])
    low = np.maximum(np.arange(n) - half, 0)
    high = np.minimum(np.arange(n) + half + 1, n)
    return np.asarray((total[high] - total[low]) / (high - low), dtype=np.float64)


def gap(train: Series, validation: Series) -> float:
    """Mean of validation - train over the last tenth of the epochs (at least three); NaN if none.

    In the unit of the series; for a loss, positive means that validation is harder.
    """
    both = np.isfinite(train) & np.isfinite(validation)
    kept = validation[both] - train[both]
    if len(kept) == 0:
        return math.nan
    return float(np.mean(kept[-max(3, len(kept) // 10) :]))
