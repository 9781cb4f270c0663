"""What is known of a study's data once they have been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneit.findings import Finding

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset


@dataclass(frozen=True)
class DataFacts:
    """What diagnosis, summary and report need to know of a dataset, without its rows.

    `description` is what `Dataset.describe` returns, `findings` are those of the data checks, the
    most severe first, `fingerprint` is the dataset's. `scored_rows` is the number of validation
    rows that a trial's score is measured on: with folds, the rows of all folds; for a stream of
    unknown length, the rows at its beginning.
    """

    description: Mapping[str, Any]
    findings: tuple[Finding, ...]
    fingerprint: str
    scored_rows: int

    @classmethod
    def of(cls, dataset: Dataset) -> DataFacts:
        """Describe, check and hash a dataset."""
        from tuneit.data.checks import check_dataset

        folds, description = dataset.folds, dataset.describe()
        return cls(
            description=description,
            findings=check_dataset(dataset),
            fingerprint=dataset.fingerprint(),
            scored_rows=sum(len(rows) for _, rows in folds)
            or description["rows"]["validation"]
            or len(dataset.validation),
        )

    @property
    def validation_rows(self) -> int:
        """Rows of the validation split (with folds, of the first fold), or a lower bound."""
        return int(self.description["rows"]["validation"] or self.scored_rows)

    @property
    def training_rows(self) -> int | None:
        """Rows of the training split (with folds, of the first fold); None where not counted."""
        rows = self.description["rows"]["train"]
        return None if rows is None else int(rows)

    @property
    def classes(self) -> int:
        """Number of classes; 0 for regression."""
        return len(self.description["classes"])

    @property
    def folds(self) -> int:
        """Number of folds; 0 without cross-validation."""
        return int(self.description["folds"])

    @property
    def row_axes(self) -> int | None:
        """Number of axes of one row of inputs; None for several inputs."""
        shape = self.description["input_shape"]
        if isinstance(shape, Mapping) or any(isinstance(size, (list, tuple)) for size in shape):
            return None
        return len(shape)
