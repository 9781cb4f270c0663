"""Loading saved models, and predicting with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Dataset, Features, take
from tuneit.errors import BuilderError
from tuneit.evaluation import Evaluation, evaluate_predictions
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import fixed_batch_size
from tuneit.training.user_code.error_text import describe


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


def predict(model: Path | str | Any, x: Features, batch_size: int = 256) -> Array:
    """Return the model's output for each row of `x`, shape (rows, …).

    `model` is a `keras.Model` or the path of a saved one.
    """
    load_keras()
    import keras
    from tensorflow.python.eager.context import eager_mode  # not exported

    # After a Ctrl-C while it traced a function, TensorFlow may still be in graph mode.
    with eager_mode():
        loaded = model if isinstance(model, keras.Model) else load_model(Path(model))
        keras.utils.clear_session()
        fixed = fixed_batch_size(loaded)
        if fixed is None:
            return np.asarray(loaded.predict(x, batch_size=batch_size, verbose=0))
        # The last batch is filled up with rows from the beginning.
        rows = len(next(iter(x.values())) if isinstance(x, dict) else x)
        whole = take(x, np.arange(rows + -rows % fixed) % rows)
        return np.asarray(loaded.predict(whole, batch_size=fixed, verbose=0))[:rows]


def evaluate_on_test(model: Any, dataset: Dataset) -> Evaluation:
    """Compare a `keras.Model`'s predictions for the test split with the targets.

    Its loss and activation decide how the output of a single unit is read. Raises DataError where
    the predictions cannot be compared with the targets.
    """
    from tuneit.training.models.head import head_of

    head, train, test = head_of(model), dataset.train, dataset.test
    return evaluate_predictions(
        dataset.task,
        train.y,
        test.y,
        predict(model, test.x),
        dataset.class_names,
        codes=train.codes,
        threshold=None if head is None else head.threshold(train.codes),
        from_logits=head is not None and head.from_logits,
        loss="" if head is None else head.loss,
    )
