"""Building the default model and training it on a few rows, to find errors before the search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.data.dataset import Array, Dataset, Nested
from tuneit.data.nested import arrays_of, map_arrays, named, row_shapes
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import BuilderError, DataError, TuneitError
from tuneit.findings import Finding, Severity
from tuneit.training.builders.builder import Builder
from tuneit.trials import BUILT_IN

if TYPE_CHECKING:
    from tuneit.training.recipe import Recipe

_ROWS = 512
"""The most rows that the inspection trains on."""


@dataclass(frozen=True)
class ModelInspection:
    """Facts about the model with default hyperparameters.

    `parameters` counts weights, trainable or not; `metrics` are the names that training reports;
    seconds are measured on this machine. `calls_back` is whether
    training calls callbacks after each epoch, which a HyperModel's own `fit` may not do. `saves` is
    whether Keras can save the whole model; it cannot where a class has no `get_config`, or where a
    `train_step` never calls the model itself. `shares_weights` is whether two models of the builder
    share layers. `findings` are those on its wiring, beside the training rows.
    """

    parameters: int
    metrics: tuple[str, ...]
    seconds_to_build: float
    seconds_per_epoch: float
    calls_back: bool = True
    saves: bool = True
    input_shape: tuple[Any, ...] | None = None
    output_shape: tuple[Any, ...] | None = None
    shares_weights: bool = False
    findings: tuple[Finding, ...] = ()


def inspect_model(recipe: Recipe) -> ModelInspection:
    """Build the model with default hyperparameters and train it on a few batches.

    Raises BuilderError where building or training fails, DataError where the model's output does
    not fit the targets, ObjectiveError where the objective or early stopping's metric is not
    reported.
    """
    from tuneit.training.builders.hyperparameters import TrialHyperParameters
    from tuneit.training.fitting.callbacks import load_callbacks
    from tuneit.training.fitting.execution import whole_number
    from tuneit.training.fitting.fit import has_custom_fit
    from tuneit.training.fitting.outcome import TrialFailed
    from tuneit.training.fitting.session import fresh_session
    from tuneit.training.models.matching import check_inputs, check_outputs
    from tuneit.training.models.size import weights_in

    builder, dataset, plan = recipe.builder, recipe.dataset, recipe.plan
    load_callbacks(plan.callbacks, builder.root or Path())
    defaults = recipe.space.defaults()
    fresh_session(plan.seed)
    began = time.perf_counter()
    hp, other = (
        TrialHyperParameters(defaults, builder.specs, known=recipe.space) for _ in range(2)
    )
    model = builder.build(hp)
    # A user's own fit may change the rows (crop or encode them): then shapes cannot be checked.
    rows_unchanged = not has_custom_fit(builder, model)
    if model.built and rows_unchanged:
        check_inputs(model, dataset)
        check_outputs(model, dataset)
    rows = min(_ROWS, len(dataset.train))
    try:
        batch_size = whole_number(hp, "batch_size", plan.batch_size)
    except TrialFailed as failure:
        raise BuilderError(f"{builder.name}: {failure}") from None
    if rows_unchanged:
        _check_batches(model, dataset, batch_size)
    metrics, second, calls_back = _train_a_little(recipe, hp, model, rows, batch_size)
    built = time.perf_counter() - began - second
    findings: tuple[Finding, ...] = ()
    if rows_unchanged:
        check_outputs(model, dataset)
        findings = _check_wiring(model, dataset, plan.epochs, batch_size)
    steps = plan.steps_per_epoch
    share = (_epoch_rows(dataset) if steps is None else steps * batch_size) / max(1, rows)
    parameters = weights_in(model) or 0
    shapes = _shape(model, "input_shape"), _shape(model, "output_shape")
    saves = _saves(model)
    again = builder.build(other)
    shares = _share_weights(model, again)
    del model, again
    fresh_session(plan.seed)
    return ModelInspection(
        parameters=parameters,
        metrics=metrics,
        seconds_to_build=max(0.0, built),
        seconds_per_epoch=second * share,
        calls_back=calls_back,
        saves=saves,
        input_shape=shapes[0],
        output_shape=shapes[1],
        shares_weights=shares,
        findings=findings,
    )


def _epoch_rows(dataset: Dataset) -> int:
    """Training rows of an epoch; of a stream of unknown length, those of the sample."""
    streamed = dataset.rows.get("train") if isinstance(dataset, StreamedDataset) else None
    return streamed or len(dataset.train)


def _share_weights(model: Any, other: Any) -> bool:
    """Whether training one of two models trains the other, too."""
    mine = {id(weight) for weight in model.trainable_weights}
    return model is other or not mine.isdisjoint(map(id, other.trainable_weights))


def _saves(model: Any) -> bool:
    import keras

    if not model.built:  # its layers may be trained without it
        return False
    try:
        keras.saving.serialize_keras_object(model)
    except Exception:  # of many kinds
        return False
    return True


def _train_a_little(
    recipe: Recipe, hp: Any, model: Any, rows: int, batch_size: int
) -> tuple[tuple[str, ...], float, bool]:
    """Train two epochs; return the metrics' names, the last one's seconds, and `calls_back`."""
    from tuneit.training.fitting.called_outputs import check_called_outputs
    from tuneit.training.fitting.fit import (
        arrays_for_keras,
        call_fit,
        first_rows,
        has_custom_fit,
    )
    from tuneit.training.fitting.monitor import Diverged, EpochMonitor, Stopped, missing_metric
    from tuneit.training.fitting.outcome import TrialFailed, returned_metrics
    from tuneit.training.fitting.rows import weights_of
    from tuneit.training.models.validating import (
        is_validated,
        needs_validation,
        nothing_to_measure_with,
    )
    from tuneit.training.user_code.fatal_error import raise_if_fatal

    stamps = [time.perf_counter()]

    def tell(epoch: int, logs: Mapping[str, float]) -> str | None:
        stamps.append(time.perf_counter())
        return "seen enough" if epoch >= 2 else None

    builder, dataset, plan = recipe.builder, recipe.dataset, recipe.plan
    own_fit = builder.own_fit is not None
    monitor = EpochMonitor(plan, tell, strict=not own_fit)
    x, y = arrays_for_keras(first_rows(dataset.train, rows))
    arguments = {
        "x": x,
        "y": y,
        "validation_data": arrays_for_keras(first_rows(dataset.validation, rows))
        if is_validated(model, plan)
        else None,
        "epochs": 2,
        "batch_size": batch_size,
        "callbacks": [monitor],
        "verbose": 0,
    }
    weights = weights_of(dataset, hp.params.get("class_weight"))
    if weights is not None:
        arguments["sample_weight"] = map_arrays(lambda w: w[:rows], weights)
    result: Any = None
    try:
        result = call_fit(builder, hp, model, arguments)
    except (Stopped, Diverged):
        pass  # other hyperparameters may do better
    except TuneitError:
        raise
    except Exception as error:
        raise_if_fatal(error, builder.name, builder.folder)
        if said := nothing_to_measure_with(model):
            raise BuilderError(
                f"{said}, but the study uses {needs_validation(plan)}: give it a test_step, or an "
                "objective of the training rows, such as loss"
            ) from error
        if not has_custom_fit(builder, model):
            check_called_outputs(model, dataset)  # a known mismatch says more than Keras does
            _raise_fault(model, dataset, plan.epochs, batch_size)
        raise _training_error(error, builder, model, dataset) from error
    names = tuple(dict.fromkeys(name for row in monitor.rows for name in row))
    history = getattr(result, "history", None)
    if isinstance(history, Mapping):
        names = tuple(dict.fromkeys((*names, *history)))
    elif result is not None:
        try:
            names = tuple(dict.fromkeys((*names, *returned_metrics(result, plan.objective))))
        except TrialFailed as failure:
            raise BuilderError(f"{builder.name}: {failure}") from None
    for metric in (o.metric for o in (plan.objective, *plan.others) if o.metric not in BUILT_IN):
        if result is not None and metric not in names:
            raise missing_metric("objective", metric, dict.fromkeys(names, 0.0))
    seconds = [b - a for a, b in pairwise(stamps)] or [time.perf_counter() - stamps[0]]
    return names, seconds[-1], bool(monitor.rows)


def _shape(model: Any, name: str) -> tuple[Any, ...] | None:
    shape = getattr(model, name, None)
    return tuple(shape) if isinstance(shape, (tuple, list)) else None


def _check_batches(model: Any, dataset: Dataset, batch_size: int) -> None:
    """Check that a model that takes batches of one size gets only such."""
    from tuneit.training.models.size import fixed_batch_size

    fixed = fixed_batch_size(model)
    if fixed is None:
        return
    is_batched = isinstance(dataset, StreamedDataset) and dataset.is_batched
    if batch_size != fixed and not is_batched:
        raise BuilderError(
            f"the model takes batches of {fixed} rows, but batch_size is {batch_size}: give "
            f"batch_size {fixed}"
        )
    if isinstance(dataset, StreamedDataset) and is_batched:
        for split, sizes in dataset.sizes.items():
            other = next((size for size in sizes if size != fixed), None)
            if other is not None:
                raise DataError(
                    f"the model takes batches of {fixed} rows, but a batch of the {split} stream "
                    f"has {other}: give such as batch({fixed}, drop_remainder=True)"
                )
        return
    for name, rows in (("training", len(dataset.train)), ("validation", len(dataset.validation))):
        if rows % fixed:
            raise DataError(
                f"the model takes batches of {fixed} rows, but the {name} split has {rows}, no "
                f"multiple of it: give splits of {rows - rows % fixed} or {rows + -rows % fixed}"
            )


def _check_wiring(
    model: Any, dataset: Dataset, epochs: int, batch_size: int
) -> tuple[Finding, ...]:
    from tuneit.training.wiring.check import check_wirings
    from tuneit.training.wiring.read import read_wirings
    from tuneit.training.wiring.rows import Rows

    train = dataset.train
    if dataset.has_texts:
        return ()  # the checks know inputs of numbers
    x = _named_inputs(model, train.x)
    is_batched = isinstance(dataset, StreamedDataset) and dataset.is_batched
    size = None if is_batched else batch_size
    if not dataset.outputs:
        return ()  # nearly all checks compare outputs with targets
    rows = {
        output.name: Rows(x, output.of(train.y), _epoch_rows(dataset), epochs, size)
        for output in dataset.outputs
    }
    return check_wirings(read_wirings(model, train.x), rows)


def _named_inputs(model: Any, x: Nested) -> dict[str, Array]:
    """The inputs by name; those of a list have the names of the model's inputs."""
    from tuneit.training.wiring.read import names_of_inputs

    names = names_of_inputs(model)
    if isinstance(x, tuple) and len(names) == len(x):
        return dict(zip(names, x, strict=True))
    return {name or "x": array for name, array in named(x)}


def _raise_fault(model: Any, dataset: Dataset, epochs: int, batch_size: int) -> None:
    """Raise DataError with the first fault of the wiring that explains a failed training."""
    for finding in _check_wiring(model, dataset, epochs, batch_size):
        if finding.severity is Severity.CRITICAL:
            raise DataError(str(finding))


def _training_error(
    error: Exception, builder: Builder, model: Any, dataset: Dataset
) -> TuneitError:
    """The error for a training that failed, with the shapes of data and model."""
    from tuneit.training.user_code.error_text import describe, user_frame

    where = user_frame(error, builder.folder)
    return BuilderError(
        f"training {builder.name}'s model on '{dataset.name}' raised {describe(error)}{where}; "
        f"rows have shape {dataset.input_shape}, targets {row_shapes(dataset.train.y) or '()'}"
        f" ({_dtypes(dataset)}), the model's output is {_shape(model, 'output_shape')}"
    )


def _dtypes(dataset: Dataset) -> str:
    return ", ".join(dict.fromkeys(str(y.dtype) for y in arrays_of(dataset.train.y)))
