"""Loading saved models, and predicting with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset, Nested, Split, take
from tuneit.data.nested import rows_of
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import BuilderError
from tuneit.evaluation import (
    Evaluation,
    NamedEvaluation,
    ReportedEvaluation,
    SeveralEvaluation,
)
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import fixed_batch_size
from tuneit.training.user_code.error_text import describe

BATCH = 256
"""Rows that are predicted or evaluated at once."""


def load_model(path: Path) -> Any:
    """Return the `keras.Model` saved at `path`, loaded in Keras's safe mode.

    Where Keras cannot load the loss or metrics, the model is returned uncompiled. Raises
    BuilderError where the file is missing or needs classes of the user's that are not registered.
    """
    load_keras()
    import keras

    if not Path(path).is_file():
        raise BuilderError(
            f"there is no saved model at {path}: search the study first, or "
            "give the folder in which the best trial was trained (--output, in Python output=…)"
        )
    try:
        return keras.models.load_model(path)
    except Exception:
        try:
            return keras.models.load_model(path, compile=False)
        except Exception as error:
            raise BuilderError(
                f"the saved model {path} cannot be loaded: {describe(error)}; custom layers need "
                "@keras.saving.register_keras_serializable()"
            ) from error


def predict(model: Path | str | Any, x: Nested, batch_size: int = BATCH) -> Any:
    """Return the model's output for each row of `x`, shape (rows, …).

    A model with several outputs gives a list or dict of arrays, as its builder says.
    `model` is a `keras.Model` or the path of a saved one.
    """
    load_keras()
    import keras
    from tensorflow.python.eager.context import eager_mode  # not exported

    from tuneit.training.fitting.rows import with_texts

    # After a Ctrl-C while it traced a function, TensorFlow may still be in graph mode.
    with eager_mode():
        loaded = model if isinstance(model, keras.Model) else load_model(Path(model))
        keras.utils.clear_session()
        fixed = fixed_batch_size(loaded)
        if fixed is None:
            said = loaded.predict(with_texts(x), batch_size=batch_size, verbose=0)
            return keras.tree.map_structure(np.asarray, said)
        # The last batch is filled up with rows from the beginning.
        rows = rows_of(x)
        whole = take(x, np.arange(rows + -rows % fixed) % rows)
        said = loaded.predict(with_texts(whole), batch_size=fixed, verbose=0)
        return keras.tree.map_structure(lambda part: np.asarray(part)[:rows], said)


def evaluate_on_test(model: Any, dataset: Dataset, *, use_validation: bool = False) -> Evaluation:
    """Compare a `keras.Model`'s predictions for the test split with the targets.

    Its losses and activations decide how outputs are read. A model with several outputs gets an
    evaluation of each; without targets, the losses that the model itself reports are all that is
    known. With `use_validation` the model also predicts the validation split, to which a
    classifier's temperature is fitted, and on which thresholds of two classes, or of several
    labels, are chosen. Raises DataError where predictions are not finite.
    """
    from tuneit.training.saving.comparison import compare_outputs
    from tuneit.training.saving.streamed_prediction import predict_stream

    if not dataset.outputs:
        return _reported(model, dataset)
    predicted: Any
    validated = _validated(model, dataset) if use_validation else None
    if isinstance(dataset, StreamedDataset) and "test" in dataset.streams:
        dataset, predicted = predict_stream(model, dataset)
    else:
        predicted = predict(model, dataset.test.x)
    found = tuple(
        NamedEvaluation(output.name, comparison.evaluate())
        for output, comparison in zip(
            dataset.outputs,
            compare_outputs(model, dataset, predicted, validated),
            strict=True,
        )
    )
    return found[0].evaluation if len(found) == 1 else SeveralEvaluation(found)


def _validated(model: Any, dataset: Dataset) -> tuple[Split, Any] | None:
    """The validation targets and the predictions for them; None where no output needs them."""
    from tuneit.training.saving.streamed_prediction import predict_validation

    if not any(output.has_label_a_row or output.task == "multilabel" for output in dataset.outputs):
        return None
    if isinstance(dataset, StreamedDataset) and "validation" in dataset.streams:
        return predict_validation(model, dataset)
    split = dataset.validation
    return (split, predict(model, split.x)) if len(split) else None


def _reported(model: Any, dataset: Dataset) -> ReportedEvaluation:
    """The losses and metrics that a model reports of the test rows, which have no targets."""
    from tuneit.training.models.validating import nothing_to_measure_with
    from tuneit.training.saving.reported import reported_on_test

    rows = dataset.row_count("test") or len(dataset.test)
    if said := nothing_to_measure_with(model):
        return ReportedEvaluation(rows, said=said)
    return ReportedEvaluation.of(rows, reported_on_test(model, dataset, BATCH))
