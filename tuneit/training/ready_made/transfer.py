"""A transfer model: a frozen base and a new head; the base's last layers are trained later."""

from __future__ import annotations

from typing import Any

from tuneit.curves import UNFROZEN
from tuneit.errors import BuilderError
from tuneit.training.keras_loader import load_keras
from tuneit.training.ready_made.base import AT, Base
from tuneit.training.ready_made.compiling import compile_model, head
from tuneit.training.ready_made.encoders import entry
from tuneit.training.ready_made.fine_tuning import MOST_LAYERS, trainable_layers
from tuneit.training.ready_made.form import DataForm, InputForm
from tuneit.training.ready_made.layers import Style, width

load_keras()
import keras  # noqa: E402


def build_transfer(hp: Any, base: Base, form: DataForm) -> Any:
    """Return the compiled model: the frozen base, perhaps a hidden layer, a head an output.

    Asks for the hyperparameters of `FineTuning`, too. Raises BuilderError where the base does not
    fit the data.
    """
    if len(form.inputs) != 1:
        raise BuilderError(
            f"tuneit:transfer takes data of one input, but these have {len(form.inputs)}: write a "
            "builder for them",
            at=AT,
        )
    [one] = form.inputs
    rows = _with_channels(one.shape, base)
    loaded = base.load(rows)
    _require_fit(one, rows, loaded, base)
    _ask_for_phases(hp, loaded, form)
    style = Style.asked(hp, form.rows)
    tensor = entry(one)
    # In inference mode for good: the statistics of its batch normalisation stay those of the base.
    x = loaded(_arranged(tensor, one.shape, rows), training=False)
    x = _pooled(hp, x)
    if hp.Boolean("hidden_layer"):
        x = style.dense(x, width(hp, "units", form.rows))
    else:
        x = keras.layers.Dropout(style.dropout)(x)
    outputs = [head(x, output, style.penalty()) for output in form.outputs]
    inputs: Any = {one.name: tensor} if form.nested == "dict" else tensor
    inputs = [tensor] if form.nested == "tuple" else inputs
    model = keras.Model(inputs, outputs[0] if len(outputs) == 1 else outputs)
    compile_model(hp, model, form, scheduled=False)
    return model


def _ask_for_phases(hp: Any, base: Any, form: DataForm) -> None:
    most = min(MOST_LAYERS, len(trainable_layers(base)))
    if not most:
        return
    hp.Int(UNFROZEN, 0, most, default=min(most, 4))
    with hp.conditional_scope(UNFROZEN, list(range(1, most + 1))):
        hp.Int("head_epochs", 1, max(1, form.epochs // 2), default=max(1, form.epochs // 4))
        hp.Float("fine_tuning_rate", 1e-5, 1e-3, sampling="log", default=1e-4)


def _with_channels(shape: tuple[int, ...], base: Base) -> tuple[int, ...]:
    """The shape of a row for the base: grey pictures get the channels of keras.applications."""
    grey = len(shape) == 2 or (len(shape) == 3 and shape[-1] == 1)
    return (*shape[:2], 3) if grey and not base.spec.is_file else shape


def _arranged(x: Any, shape: tuple[int, ...], wanted: tuple[int, ...]) -> Any:
    """A row's tensor in the shape that the base takes."""
    if shape == wanted:
        return x
    if len(shape) == 2:
        x = keras.layers.Reshape((*shape, 1))(x)
    return keras.layers.Concatenate()([x] * wanted[-1])


def _require_fit(one: InputForm, rows: tuple[int, ...], loaded: Any, base: Base) -> None:
    wanted = tuple(loaded.inputs[0].shape[1:])
    fits = len(wanted) == len(rows) and all(
        size in (None, own) for size, own in zip(wanted, rows, strict=True)
    )
    texts = keras.backend.standardize_dtype(loaded.inputs[0].dtype) == "string"
    if fits and texts == (one.kind == "text"):
        return
    kind = "texts" if texts else "numbers"
    given = "texts" if one.kind == "text" else "numbers"
    next_step = (
        f"load the pictures in that size (`size: [{wanted[0]}, {wanted[1]}]`)"
        if len(wanted) == len(rows) == 3 and None not in wanted and wanted[-1] == rows[-1]
        else "give data as the base was trained on"
    )
    raise BuilderError(
        f"the base {base.spec.base} takes rows of {kind} of the shape {wanted}, but the data's are "
        f"{given} of the shape {rows}: {next_step}, or name another base",
        at=AT,
    )


def _pooled(hp: Any, x: Any) -> Any:
    """Feature maps as one vector."""
    axes = len(x.shape) - 2
    if axes == 0:
        return x
    if axes > 2:
        return keras.layers.Flatten()(x)
    layers = keras.layers
    kinds = {
        "average": (layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D),
        "max": (layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D),
    }
    return kinds[hp.Choice("pooling", list(kinds))][axes - 1]()(x)
