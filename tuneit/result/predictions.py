"""What a model predicts for new rows: classes by name, probabilities, numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.data.dataset import Array
from tuneit.data.output import Output
from tuneit.errors import InputError
from tuneit.errors.harmless import for_spreadsheet
from tuneit.errors.wording import counted
from tuneit.errors.writing import writing
from tuneit.evaluation.predictions import (
    are_logits,
    classes_by_column,
    read_predictions,
    refuse_nan,
    sigmoid,
)
from tuneit.ledger.study_folder import write_text

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.data.head import Head

_MOST_COLUMNS = 1000
"""More columns of a table are written as arrays (.npz) instead."""


@dataclass(frozen=True, eq=False)
class OutputPredictions:
    """The predictions of one output of a model.

    `values` has a class's name, or a number in the target's unit, for each row, shape (rows,); of
    several numbers, labels (0 or 1) or positions a row the shape is (rows, …). `probabilities`,
    (rows, classes), are those of the classes or labels `class_names`; None where the outputs are
    no probabilities. `name` is "" of the only output.
    """

    name: str
    values: Array
    probabilities: Array | None = None
    class_names: tuple[str, ...] = ()

    def columns(self) -> dict[str, Array]:
        """A column for each number or class, by its name in the table."""
        front = f"{self.name}." if self.name else ""
        flat = self.values.reshape(len(self.values), -1)
        of_labels = flat.shape[1] == len(self.class_names) and self.values.dtype.kind != "O"
        names: Iterable[object] = self.class_names if of_labels else range(flat.shape[1])
        if self.values.ndim == 1:
            columns = {f"{front}prediction": self.values}
        else:
            pairs = zip(names, flat.T, strict=True)
            columns = {f"{front}prediction.{name}": column for name, column in pairs}
        if self.probabilities is not None:
            for name, column in zip(self.class_names, self.probabilities.T, strict=True):
                columns[f"{front}probability.{name}"] = column
        return columns


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of a model for new rows, in the order of the rows.

    `outputs` has one entry for each output of the model. `rows` are the rows' own names, such as
    those of picture files; empty where they have none. `notes` are sentences about values that the
    training rows lack.
    """

    outputs: tuple[OutputPredictions, ...]
    rows: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> Any:
        """The values of the only output, or a dict of them by the output's name."""
        if len(self.outputs) == 1:
            return self.outputs[0].values
        return {output.name: output.values for output in self.outputs}

    @property
    def probabilities(self) -> Any:
        """The probabilities of the only output, or a dict of them by the output's name."""
        if len(self.outputs) == 1:
            return self.outputs[0].probabilities
        return {output.name: output.probabilities for output in self.outputs}

    def __len__(self) -> int:
        return len(self.outputs[0].values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.outputs[0].values, dtype)

    def columns(self) -> dict[str, Array]:
        """The columns of the table: `row` where rows have names, predictions, probabilities."""
        columns = {"row": np.array(self.rows, dtype=object)} if self.rows else {}
        for output in self.outputs:
            columns |= output.columns()
        return columns

    def to_dataframe(self) -> pd.DataFrame:
        """The table as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def to_csv(self) -> str:
        """The table as CSV text; texts that a spreadsheet would take for formulas get a quote."""
        columns = self.columns()
        if len(columns) > _MOST_COLUMNS:
            raise InputError(
                f"a row of these predictions has {len(columns)} numbers, too many for a table: "
                "write them as arrays (-o predictions.npz)"
            )
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([for_spreadsheet(name) for name in columns])
        writer.writerows(zip(*(map(_cell, c.tolist()) for c in columns.values()), strict=True))
        return text.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form: a list of values for each column."""
        columns = {name: column.tolist() for name, column in self.columns().items()}
        return {"rows": len(self), "columns": columns, "notes": list(self.notes)}

    def write(self, path: str | Path) -> Path:
        """Write the table (.csv), or the arrays of each output (.npz, without pickle).

        Raises InputError for another ending, and as `writing` does.
        """
        path = Path(path)
        require_ending(path)
        if path.suffix.lower() == ".csv":
            write_text(path, self.to_csv())
        else:
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savez_compressed(path, **self._arrays())
        return path

    def _arrays(self) -> dict[str, Any]:
        arrays: dict[str, Any] = {}
        for output in self.outputs:
            front = f"{output.name}_" if output.name else ""
            is_text = output.values.dtype.kind == "O"
            arrays[f"{front}prediction"] = output.values.astype(str) if is_text else output.values
            if output.probabilities is not None:
                arrays[f"{front}probability"] = output.probabilities
                arrays[f"{front}classes"] = np.array(output.class_names)
        return arrays

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.outputs[0].values[:3].tolist()))
        return (
            f"<Predictions of {counted(len(self), 'row')}: {shown}{', …' if len(self) > 3 else ''}>"
        )

    def _repr_html_(self) -> str:
        return str(self.to_dataframe().to_html(max_rows=10))


def require_ending(path: Path) -> None:
    """Raise InputError for a file that predictions are not written as."""
    if path.suffix.lower() not in (".csv", ".npz"):
        raise InputError(f"predictions are written as .csv or .npz, not as '{path.name}'")


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.7g}"
    return for_spreadsheet(value) if isinstance(value, str) else value


def named_predictions(output: Output, head: Head | None, raw: Array) -> OutputPredictions:
    """Say what one output of a model means; `raw` are its numbers, shape (rows, …).

    Raises DataError where they are NaN, or do not suit the output's classes.
    """
    from_logits = head is not None and head.from_logits
    if output.task == "regression":
        refuse_nan(raw)
        column = raw.shape[1:] == (1,) and output.row_shape in ((), (1,))
        return OutputPredictions(output.name, raw[:, 0] if column else raw)
    if output.task == "multilabel":
        scores = raw.astype(np.float64)
        refuse_nan(scores)
        shares = sigmoid(scores) if are_logits(scores, from_logits) else scores
        labels = (shares > 0.5).astype(np.int64)
        return OutputPredictions(output.name, labels, shares, output.class_names)
    names: Sequence[str] = output.class_names
    positions = output.positions
    units = raw.size // max(1, len(raw) * int(np.prod(positions, dtype=np.int64)))
    rows = raw.reshape(-1, units) if positions else raw
    if units > 1:
        names, _ = classes_by_column(names, output.codes, units)
    threshold = None if head is None else head.threshold(output.codes)
    found = read_predictions(rows, len(names), threshold, from_logits=from_logits)
    known = np.array(_as_many(names, int(found.labels.max(initial=0)) + 1), dtype=object)
    values = known[found.labels]
    if positions:
        return OutputPredictions(output.name, values.reshape(len(raw), *positions))
    by_class = found.probabilities
    if by_class is not None and by_class.shape[1] != len(names):
        by_class = None
    return OutputPredictions(output.name, values, by_class, tuple(map(str, names)))


def _as_many(names: Sequence[str], count: int) -> list[str]:
    """Class names, with numbers for classes beyond those that are named."""
    return [*map(str, names), *map(str, range(len(names), count))]
