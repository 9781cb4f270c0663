"""The losses and metrics that a compiled model itself reports of the test split."""

from __future__ import annotations

from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.data.streamed import StreamedDataset
from tuneit.training.fitting.feeding import Feed
from tuneit.training.fitting.rows import with_texts
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import fixed_batch_size

load_keras()
from tensorflow.python.eager.context import eager_mode  # noqa: E402 - not exported


def reported_on_test(model: Any, dataset: Dataset, batch_size: int) -> dict[str, float]:
    """Return what `model.evaluate` gives by name, such as `loss` and `accuracy`.

    Rows count alike, as validation rows do in a training. Empty where the rows do not fill the last
    batch of a model with a fixed batch size.
    """
    fixed = fixed_batch_size(model)
    arguments: dict[str, Any] = {"x": with_texts(dataset.test.x)}
    if dataset.outputs:
        arguments["y"] = dataset.test.y
    if isinstance(dataset, StreamedDataset):
        arguments = Feed(dataset, batch_size).arguments_of("test")
    elif fixed and len(dataset.test) % fixed:
        return {}
    with eager_mode():
        logs = model.evaluate(
            **arguments, batch_size=fixed or batch_size, verbose=0, return_dict=True
        )
    return {name: float(value) for name, value in logs.items()}
