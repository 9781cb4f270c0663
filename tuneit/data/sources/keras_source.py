"""The sets of keras.datasets."""

from __future__ import annotations

from pathlib import Path

from tuneit.data.raw import RawData, RawSplit
from tuneit.study import KerasData


def read(spec: KerasData, root: Path, seed: int) -> RawData:
    """Load a set by name; its test split is respected."""
    # Only the training package touches Keras, and only a study that asks for it pays.
    from tuneit.training.keras_datasets import load_keras_dataset

    found = load_keras_dataset(spec.name, spec.arguments)
    return RawData(
        name=spec.name,
        splits={"train": RawSplit(*found.train), "test": RawSplit(*found.test)},
        class_names=found.class_names,
        notes=found.notes,
    )
