"""The best model in the formats of other programs, each measured again on the test split."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.errors import NoRoomError
from tuneit.errors.wording import score_text
from tuneit.errors.writing import refuse_full_disk, writing
from tuneit.ledger.study_folder import to_json, write_text

if TYPE_CHECKING:
    from tuneit.data.dataset import Array, Dataset
    from tuneit.result.search_result import SearchResult

_BATCH = 64
"""Rows that are predicted at once."""

_MOST_ROWS = 2000
"""Test rows that each format is measured on at most."""

_CALLS = 50
"""Predictions of a single row that are timed, after five that are not."""

_SCORES = ("accuracy", "micro_f1", "mean_iou", "mae")
"""The number of an evaluation that stands in the table: the first of these that it has."""


@dataclass(frozen=True)
class ExportedFormat:
    """One format of a model.

    `bytes` is the size on disk, `compressed_bytes` that as gzip, where the zeros of pruned weights
    take hardly any room. `latency_ms` is the median time of predicting one row here, `metric` and
    `score` what the test rows give (None where there are none), `largest_difference` the largest
    distance of its outputs from Keras's. `reason` says why it could not be written; then all
    numbers are None.
    """

    name: str
    file: str
    bytes: int | None = None
    compressed_bytes: int | None = None
    latency_ms: float | None = None
    metric: str = ""
    score: float | None = None
    largest_difference: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Exported:
    """All formats of a model, side by side."""

    folder: Path
    formats: tuple[ExportedFormat, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `exported.json` holds it."""
        return {"formats": [asdict(one) for one in self.formats]}

    def __str__(self) -> str:
        metric = next((one.metric for one in self.formats if one.metric), "score")
        head = (
            f"{'format':<16}{'size':>11}{'as gzip':>11}{'one row':>11}{'test ' + metric:>15}"
            f"{'difference':>12}"
        )
        return "\n".join([head, *map(_line, self.formats)])


def _line(one: ExportedFormat) -> str:
    if one.reason:
        return f"{one.name:<16}not written: {one.reason}"
    score = "-" if one.score is None else score_text(one.score)
    return (
        f"{one.name:<16}{(one.bytes or 0) / 1024:>8.1f} kB"
        f"{(one.compressed_bytes or 0) / 1024:>8.1f} kB{one.latency_ms or 0:>8.3f} ms"
        f"{score:>15}{one.largest_difference or 0:>12.2g}"
    )


def export_formats(result: SearchResult, folder: Path) -> Exported:
    """Write the best model in all formats into a folder, and measure each.

    A format that the model or this machine does not allow is listed with the reason. Beside the
    files stand `model.pipeline.json` and `exported.json` with the numbers. Raises InputError for
    models whose inputs are not known, DataError where the study's data are gone.
    """
    from tuneit.data.pipeline import save_pipeline
    from tuneit.training.formats import FORMATS
    from tuneit.training.formats.formats import flat_inputs, require_known_inputs

    model, dataset = result.best_model(), result.prepared.dataset
    require_known_inputs(model)
    dataset = replace(
        dataset, test=dataset.test.take(np.arange(min(len(dataset.test), _MOST_ROWS)))
    )
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    trained = flat_inputs(model, dataset.train.x)
    tested = dataset.test if len(dataset.test) else dataset.validation
    x = flat_inputs(model, tested.x)
    truth: list[Array] | None = None
    found: list[ExportedFormat] = []
    for name, form in FORMATS.items():
        path = folder / form.file
        try:
            form.write(model, path, trained)
            predict = form.load(path, model)
            outputs = _predicted(predict, x)
            truth = outputs if truth is None else truth
            metric, score = _score(model, dataset, outputs)
            found.append(
                ExportedFormat(
                    name,
                    form.file,
                    sum(file.stat().st_size for file in _files(path)),
                    sum(len(gzip.compress(file.read_bytes())) for file in _files(path)),
                    _latency(predict, [array[:1] for array in x]),
                    metric,
                    score,
                    _distance(outputs, truth),
                )
            )
        except NoRoomError:
            raise
        except Exception as error:  # of a converter: of many kinds
            refuse_full_disk(error)
            found.append(ExportedFormat(name, form.file, reason=_first_line(error)))
    save_pipeline(result.predictor.pipeline, folder / "model.pipeline.json")
    exported = Exported(folder, tuple(found))
    write_text(folder / "exported.json", to_json(exported.to_dict()) + "\n")
    return exported


def _first_line(error: Exception) -> str:
    text = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return text[:200]


def _predicted(predict: Callable[[list[Array]], list[Array]], x: list[Array]) -> list[Array]:
    """The outputs of all rows, some at a time."""
    parts = [predict(batch) for batch in _batches(x)]
    return [np.concatenate(of_output) for of_output in zip(*parts, strict=True)]


def _batches(x: list[Array]) -> Iterator[list[Array]]:
    for start in range(0, len(x[0]), _BATCH):
        yield [array[start : start + _BATCH] for array in x]


def _score(model: Any, dataset: Dataset, outputs: list[Array]) -> tuple[str, float | None]:
    """The main number of the evaluation on the test rows; None where there are none."""
    from tuneit.training.saving.comparison import compare_outputs

    if not len(dataset.test):
        return "", None
    comparison = next(iter(compare_outputs(model, dataset, outputs)))
    values = comparison.evaluate().to_dict()
    metric = next((name for name in _SCORES if values.get(name) is not None), "")
    return metric, values.get(metric)


def _distance(outputs: list[Array], truth: list[Array]) -> float:
    pairs = zip(outputs, truth, strict=True)
    return max(float(np.abs(a.astype(float) - b).max(initial=0)) for a, b in pairs)


def _latency(predict: Callable[[list[Array]], list[Array]], row: list[Array]) -> float:
    """Median milliseconds of predicting one row, once it is warm."""
    times: list[float] = []
    for _ in range(5 + _CALLS):
        began = time.perf_counter()
        predict(row)
        times.append(time.perf_counter() - began)
    return 1000 * median(times[5:])


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
