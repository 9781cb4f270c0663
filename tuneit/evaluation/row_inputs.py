"""The inputs of the rows that a model is evaluated on: readable columns, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import figures
from tuneit.evaluation.images import Images, is_image, pictured

_SHOWN_COLUMNS = 8
_SHOWN_LETTERS = 60


@dataclass(frozen=True, eq=False)
class Column:
    """A feature in its own unit: `values` (rows,) are numbers or texts."""

    name: str
    values: NDArray[Any]

    @property
    def is_text(self) -> bool:
        """Whether the values are texts, or truth values, rather than numbers."""
        return self.values.dtype.kind not in "iuf"

    def text(self, row: int) -> str:
        """The value of a row as people read it; a long text is cut."""
        value = self.values[row]
        if not self.is_text:
            return figures(float(value))
        said = str(value)
        return said if len(said) <= _SHOWN_LETTERS else f"{said[: _SHOWN_LETTERS - 1]}…"


@dataclass(frozen=True, eq=False)
class RowInputs:
    """The inputs of rows: columns, and the array that may hold pictures, (rows, …)."""

    columns: Sequence[Column] = ()
    array: NDArray[Any] | None = None

    def take(self, places: NDArray[np.int64]) -> RowInputs:
        """The given rows."""
        columns = [Column(column.name, column.values[places]) for column in self.columns]
        return RowInputs(columns, None if self.array is None else self.array[places])

    @property
    def shown(self) -> Sequence[Column]:
        """The columns that a table has room for."""
        return self.columns[:_SHOWN_COLUMNS]

    def pictures(self, rows: Sequence[int]) -> Images | None:
        """Some rows as pictures; None where they are none."""
        array = self.array
        if array is None or array.dtype.kind not in "iufb" or not is_image(array.shape[1:]):
            return None
        chosen = np.nan_to_num(array[list(rows)].astype(np.float64))
        if not len(chosen):
            return None
        return pictured("input", chosen, float(chosen.min()), float(chosen.max()), len(chosen))
