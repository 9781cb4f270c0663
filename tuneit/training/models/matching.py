"""Check before training that a model's inputs and outputs match the data."""

from __future__ import annotations

from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.data.head import Head
from tuneit.data.nested import is_text, named
from tuneit.data.outputs import misplaced
from tuneit.data.streamed import StreamedDataset
from tuneit.data.target_mismatch import target_mismatch
from tuneit.errors import BuilderError, DataError
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import heads_of

load_keras()
import keras  # noqa: E402

_OWN = ("train_step", "compute_loss")
"""Methods of a model that may take any targets, where its class has its own."""


def check_inputs(model: Any, dataset: Dataset) -> None:
    """Raise BuilderError or DataError where a built model cannot take the rows of the data.

    A user's own model class is not checked, because its inputs are not known.
    """
    inputs = getattr(model, "inputs", None) or []
    x = dataset.train.x
    _require_open_lengths(inputs, dataset)
    if inputs and dataset.has_texts and all(tensor.dtype != "string" for tensor in inputs):
        name = next(name for name, array in named(x) if is_text(array))
        which = f"input '{name}' of the" if name else "the"
        raise DataError(
            f"the model takes numbers, but {which} data '{dataset.name}' holds texts: give "
            "keras.Input((1,), dtype='string') and a TextVectorization or StringLookup layer, or "
            "encode the texts"
        )
    if isinstance(x, (dict, tuple)) or len(inputs) > 1:
        _check_names(model, dataset, inputs)
        return
    wanted, given = getattr(model, "input_shape", None), dataset.input_shape
    if not isinstance(wanted, (tuple, list)):
        return
    if not all(size is None or isinstance(size, int) for size in wanted):
        return
    row = tuple(wanted[1:])
    fits = len(row) == len(given) and all(
        size is None or size == own for size, own in zip(row, given, strict=True)
    )
    # Keras adds or removes a last axis of size 1.
    fits = fits or (len(row) == len(given) + 1 and row[-1] == 1)
    if not fits and not (len(given) == len(row) + 1 and given[-1] == 1):
        raise BuilderError(
            f"the model takes rows of shape {row}, but the data '{dataset.name}' has rows of "
            f"shape {given}; give keras.Input(shape={given})"
        )


def _require_open_lengths(inputs: list[Any], dataset: Dataset) -> None:
    """Raise DataError where an input has a fixed length, and batches of a stream differ in it."""
    if not isinstance(dataset, StreamedDataset) or not dataset.lengths_differ:
        return
    by_name = {tensor.name: tensor for tensor in inputs}
    for place, (name, shape) in enumerate(dataset.input_shapes.items()):
        label = f"x[{name!r}]" if name else "x"
        tensor = by_name.get(name, inputs[place] if place < len(inputs) else None)
        wanted = () if tensor is None else tuple(tensor.shape[1:])
        if any(own is None and size for own, size in zip(shape, wanted, strict=False)):
            free = tuple(
                None if own is None else size for own, size in zip(shape, wanted, strict=False)
            )
            raise DataError(
                f"batches of the stream differ in the length of {label}, but the model takes rows "
                f"of shape {wanted}: give keras.Input(shape={free}), or pad all batches to one "
                "length"
            )


def _check_names(model: Any, dataset: Dataset, inputs: list[Any]) -> None:
    """Compare the number and names of several inputs with those of the data."""
    if not inputs:
        return
    struct = getattr(model, "_inputs_struct", None)
    names = list(struct) if isinstance(struct, dict) else [tensor.name for tensor in inputs]
    given = [name for name, _ in named(dataset.train.x)]
    takes = f"the model takes {len(names)} input{'s' * (len(names) > 1)} ({', '.join(names)})"
    has = f"the data '{dataset.name}'"
    absent = [name for name in names if name not in given]
    if isinstance(dataset.train.x, dict) and absent:
        hint = f": they have {', '.join(given)}"
        if absent[0].startswith("keras_tensor"):
            hint = f" but {', '.join(given)}: give a list in the order of the model's inputs, or "
            hint += f"name these (keras.Input(…, name='{given[0]}'))"
        raise DataError(f"{takes}, but {has} have no '{absent[0]}'{hint}")
    if not isinstance(dataset.train.x, dict) and len(given) != len(names):
        raise DataError(
            f"{takes}, but {has} have {len(given)} array{'s' * (len(given) > 1)}: give one for "
            "each input, as a list, tuple or dict"
        )


def check_outputs(model: Any, dataset: Dataset) -> None:
    """Raise DataError where losses and last layers cannot take the targets.

    A user's own model class that uses the targets in its own way is not checked.
    """
    check_heads(heads_of(model), model, dataset)


def _require_no_loss(heads: tuple[Head, ...], model: Any, dataset: Dataset) -> None:
    """Raise DataError where a loss needs targets, and the data have none."""
    loss = getattr(model, "loss", None)
    if loss is None:
        return
    named_loss = next((head.loss for head in heads if head.loss), "")
    said = f"the loss {named_loss}" if named_loss else "a loss"
    raise DataError(
        f"the data '{dataset.name}' are inputs without targets, but the model is compiled with "
        f"{said}, which needs targets: give (x, y), or (x, x) where the model shall return its "
        "inputs; a model that makes its loss of x alone is compiled without one"
    )


def check_heads(heads: tuple[Head, ...], model: Any, dataset: Dataset) -> None:
    """As `check_outputs`, of a model whose heads are these."""
    if not heads or any(getattr(type(model), n) is not getattr(keras.Model, n) for n in _OWN):
        return
    if not dataset.outputs:
        _require_no_loss(heads, model, dataset)
        return
    keys = ["" if output.key is None else output.key for output in dataset.outputs]
    problem = misplaced(keys, heads)
    if problem is not None:
        raise DataError(problem)
    trained = heads if len(heads) == len(keys) else [head for head in heads if head.trained]
    by_name = {head.name: head for head in trained}
    for output in dataset.outputs:
        head = by_name.get(output.name, trained[output.place])
        problem = target_mismatch(head, dataset, output)
        if problem is not None:
            raise DataError(problem)
