"""Load the data that a study names as a Dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tuneit.data.dataset import Dataset, Task
from tuneit.data.mapped import mapped_streams, stays_in_files
from tuneit.data.prepare import prepare
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.scale import Scaling
from tuneit.data.stream_reading import RawStreams
from tuneit.data.stream_splits import Steps
from tuneit.data.streamed import require_streamable, streamed
from tuneit.data.target_scale import TargetScaling
from tuneit.data.task import AskHeads
from tuneit.data.weights import ClassWeight
from tuneit.errors import DataError
from tuneit.study import DataSpec
from tuneit.study import Split as Shares

SOURCES: Mapping[str, str] = {
    "sklearn": "tuneit.data.sources.sklearn_source",
    "csv": "tuneit.data.sources.csv_source",
    "npz": "tuneit.data.sources.npz_source",
    "images": "tuneit.data.sources.images_source",
    "keras": "tuneit.data.sources.keras_source",
    "python": "tuneit.data.sources.python_source",
}
"""Each module has `read(spec, root, seed) -> RawData`; only the one that is needed is imported."""


def read_data(spec: DataSpec, root: Path, seed: int) -> RawData:
    """Read the data that a study names; paths are relative to `root`, the study file's folder.

    Raises DataError where they cannot be read.
    """
    read: Callable[[Any, Path, int], RawData] = import_module(SOURCES[spec.source]).read
    return read(spec, root, seed)


def as_dataset(
    raw: RawData,
    spec: DataSpec,
    seed: int,
    ask: AskHeads = tuple,
    steps: Steps = MappingProxyType({}),
) -> Dataset:
    """Check, encode, split and scale data as a study says. Equal seeds give equal splits.

    `ask` returns the model's heads; it is called where these decide the task. `steps` says how many
    batches of a stream make an epoch. Raises DataError where the data cannot be trained on.
    """
    if not isinstance(raw, RawStreams) and stays_in_files(raw):
        raw = mapped_streams(raw, spec, seed, ask)
        done = {"order": None, "scale": "none", "folds": None, "positive": None}
        spec = spec.model_copy(update=done)
    if isinstance(raw, RawStreams):
        require_streamable(spec, raw.name)

        def of_heads(heads: RawData, shares: Shares) -> Dataset:
            return _prepared(heads, shares, spec, seed, ask)

        return streamed(raw, spec.split, steps, of_heads, spec.class_weight)
    return _prepared(raw, spec.split, spec, seed, ask)


def _prepared(raw: RawData, shares: Shares, spec: DataSpec, seed: int, ask: AskHeads) -> Dataset:
    return prepare(
        raw,
        # What comes with names of classes, such as folders of images, need not be guessed.
        task=spec.task or _task_of(raw),
        shares=shares,
        scale=spec.scale,
        scale_target=spec.scale_target,
        one_hot=spec.one_hot,
        seed=seed,
        folds=spec.folds or 0,
        in_time=spec.order == "time",
        class_weight=spec.class_weight,
        positive=spec.positive,
        ask=ask,
    )


def _task_of(raw: RawData) -> Task | None:
    return raw.task or ("classification" if raw.class_names else None)


def raw_from_arrays(
    x: Any,
    y: Any,
    *,
    validation: tuple[Any, Any] | None = None,
    test: tuple[Any, Any] | None = None,
    name: str = "data",
    groups: Any = None,
    times: Any = None,
    sample_weight: Any = None,
) -> RawData:
    """Take arrays as a source's data; arguments are those of `dataset_from_arrays`."""
    splits: dict[SplitName, RawSplit] = {"train": RawSplit(x, y, sample_weight)}
    if validation is not None:
        splits["validation"] = _pair(validation, "validation")
    if test is not None:
        splits["test"] = _pair(test, "test")
    return RawData(name, splits, groups=groups, times=times)


def dataset_from_arrays(
    x: Any,
    y: Any,
    *,
    validation: tuple[Any, Any] | None = None,
    test: tuple[Any, Any] | None = None,
    task: Task | None = None,
    name: str = "data",
    split: Shares = Shares(),  # noqa: B008 - frozen
    scale: Scaling = "none",
    scale_target: TargetScaling = "none",
    one_hot: bool = False,
    seed: int = 0,
    folds: int = 0,
    groups: Any = None,
    times: Any = None,
    in_time: bool = False,
    sample_weight: Any = None,
    class_weight: ClassWeight | None = None,
    positive: object = None,
    ask: AskHeads = tuple,
) -> Dataset:
    """Build a Dataset from arrays.

    `x` is an array (rows, …), a DataFrame (text columns are one-hot encoded), or a list, tuple or
    dict of arrays, one a model input. Floats become float32; whole numbers, booleans and texts stay
    what they are. `y` is an array, Series or list of class names, class codes, one-hot rows, 0/1
    rows of labels, real numbers, or an array of more axes; or a list, tuple or dict of such, one a
    model output. `validation` and `test` are (x, y) pairs; what is absent is cut as `split` says.
    `folds` (how many) cross-validates; `groups` (one a row) stay in one split or fold; with `times`
    (one a row) rows are cut and folded in the order of these, and `in_time` in their own.

    `sample_weight` (one number ≥ 0 a row of `x`) and `class_weight` (`balanced`, or a number ≥ 0 by
    class name, 1 where a class is not named) weight rows in the training loss; a row's weight is
    the product of both. Validation and test rows count alike.

    Targets keep their values, dtype and shape; texts alone are encoded as whole numbers, and
    `scale_target` scales numbers to predict. `positive`
    names the class of two that precision, recall and AUC are of: it gets the higher number. `ask`
    tells the heads of the model, where these are needed to tell the task.

    Raises DataError where the arrays cannot be trained on.
    """
    raw = raw_from_arrays(
        x,
        y,
        validation=validation,
        test=test,
        name=name,
        groups=groups,
        times=times,
        sample_weight=sample_weight,
    )
    return prepare(
        raw,
        task=task,
        shares=split,
        scale=scale,
        scale_target=scale_target,
        one_hot=one_hot,
        seed=seed,
        folds=folds,
        in_time=in_time,
        class_weight=class_weight,
        positive=positive,
        ask=ask,
    )


def _pair(given: tuple[Any, Any], name: SplitName) -> RawSplit:
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise DataError(f"{name} must be a pair (x, y), but is {type(given).__name__}")
    return RawSplit(*given)
