"""The data sets of keras.datasets."""

from __future__ import annotations

from pathlib import Path

from tuneit.data.raw import RawData, RawSplit
from tuneit.study import KerasData


def read(spec: KerasData, root: Path, seed: int) -> RawData:
    """Load a data set by name, with its own test split."""
    # Imported here since it loads TensorFlow.
    from tuneit.training.keras_datasets import load_keras_dataset

    found = load_keras_dataset(spec.name, spec.arguments)
    return RawData(
        name=spec.name,
        splits={"train": RawSplit(*found.train), "test": RawSplit(*found.test)},
        class_names=found.class_names,
        notes=found.notes,
    )
