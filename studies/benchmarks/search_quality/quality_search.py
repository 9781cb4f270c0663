"""Real searches of a task with tuneit's own interface."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from quality_tasks import EPOCHS, PATIENCE, Task, ask_keras

from tuneit.data.dataset import Dataset

BATCH = "batch_size"


def width_of(dataset: Dataset) -> int:
    """How many features a row has."""
    return int(dataset.train.x.shape[1])  # type: ignore[union-attr]


def search_with(
    build_model: Callable[[Any], Any],
    task: Task,
    dataset: Dataset,
    batch_size: Mapping[str, Any],
    **settings: Any,
) -> Any:
    """Search with the early stopping of all tools; returns `tuneit.search`'s result.

    `batch_size` is that entry of `parameters`, `settings` are further arguments.
    """
    import tuneit

    with tempfile.TemporaryDirectory() as folder:
        return tuneit.search(
            build_model,
            dataset,
            objective={"metric": task.objective.metric, "goal": task.objective.goal},
            parameters={BATCH: dict(batch_size)},
            epochs=EPOCHS,
            early_stopping={"patience": PATIENCE},
            output=folder,
            quiet=True,
            **settings,
        )


def search_whole_space(task: Task, dataset: Dataset, **settings: Any) -> Any:
    """Search over all hyperparameters of a task, as `search_with` does."""
    width = width_of(dataset)

    def build_model(hp: Any) -> Any:
        asked = {n: ask_keras(hp, n, values) for n, values in task.axes.items() if n != BATCH}
        return task.model(width, asked)

    batch_size = {"values": list(task.batch_sizes)}
    return search_with(build_model, task, dataset, batch_size, **settings)
