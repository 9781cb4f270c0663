"""Turn each input into a vector: by dense layers, convolutions, recurrence or attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.ready_made.form import InputForm
from tuneit.training.ready_made.layers import Style, depth, width

load_keras()
import keras  # noqa: E402

Encode = Callable[[Any, Any, InputForm, Style, int], Any]
"""Takes `hp`, the input's tensor, its form, the style and the training rows; returns a vector."""

_SMALLEST_SIDE = 8
"""Pixels of a picture's shorter side below which it is not pooled again."""


def entry(form: InputForm) -> Any:
    """The model's input, with the name that the data give it."""
    kinds = {"text": "string", "tokens": "int32"}
    dtype = kinds.get(form.kind, "float32")
    return keras.Input(form.shape, dtype=dtype, name=form.name or None)


def scaled(x: Any, form: InputForm) -> Any:
    """Numbers with mean 0 and variance 1, as the training rows have them."""
    if not form.mean:
        return x
    if len(form.mean) == 1:  # of all pixels or of the only feature
        factor = form.variance[0] ** -0.5
        return keras.layers.Rescaling(factor, offset=-form.mean[0] * factor)(x)
    normal = keras.layers.Normalization(mean=list(form.mean), variance=list(form.variance))
    return normal(x)


def plain(hp: Any, x: Any, form: InputForm, style: Style | None, rows: int) -> Any:
    """The numbers themselves, as one vector; of texts which words occur."""
    if form.kind == "text":
        words = keras.layers.TextVectorization(
            vocabulary=list(form.words),
            output_mode="multi_hot",
            pad_to_max_tokens=True,
            max_tokens=len(form.words) + 1,
        )
        return keras.layers.Reshape((len(form.words) + 1,))(words(x))
    if form.kind == "tokens":
        embedded = keras.layers.Embedding(form.vocabulary, 32)(x)
        return keras.layers.GlobalAveragePooling1D()(embedded)
    x = scaled(x, form)
    return x if len(form.shape) == 1 else keras.layers.Flatten()(x)


def convolved(hp: Any, x: Any, form: InputForm, style: Style, rows: int) -> Any:
    """Convolutions and pooling, then the mean over the picture or the sequence."""
    if form.kind == "numbers":
        return plain(hp, x, form, style, rows)
    if form.kind == "image":
        x = scaled(x, form)
        if len(form.shape) == 2:
            x = keras.layers.Reshape((*form.shape, 1))(x)
        side = min(form.shape[:2])
        convolution, pooling = keras.layers.Conv2D, keras.layers.MaxPooling2D
        mean: Any = keras.layers.GlobalAveragePooling2D()
    else:
        x = sequence(hp, x, form)
        side = x.shape[1]
        convolution, pooling = keras.layers.Conv1D, keras.layers.MaxPooling1D
        mean = keras.layers.GlobalAveragePooling1D()
    possible = 1
    while side >> possible >= _SMALLEST_SIDE // 2 and possible < 4:
        possible += 1
    blocks = depth(hp, "blocks", rows, possible)
    filters = width(hp, "filters", rows, 8)
    for block in range(blocks):
        for _ in range(2):
            layer = convolution(
                filters * 2**block, 3, padding="same", kernel_regularizer=style.penalty()
            )
            x = style.finished(layer(x))
        if side >> (block + 1) >= 1:
            x = pooling(2)(x)
    return keras.layers.Dropout(style.dropout)(mean(x))


def recurrent(hp: Any, x: Any, form: InputForm, style: Style, rows: int) -> Any:
    """Recurrent layers over a sequence; the last state."""
    if not form.has_steps:
        return convolved(hp, x, form, style, rows)
    x = sequence(hp, x, form)
    kinds: Mapping[str, Any] = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    kind = kinds[hp.Choice("cell", list(kinds))]
    count, units = depth(hp, "recurrent_layers", rows, 2), width(hp, "recurrent_units", rows)
    both_ways = hp.Boolean("bidirectional")
    for index in range(count):
        layer = kind(units, return_sequences=index < count - 1, kernel_regularizer=style.penalty())
        x = (keras.layers.Bidirectional(layer) if both_ways else layer)(x)
        x = keras.layers.Dropout(style.dropout)(x)
    return x


def attended(hp: Any, x: Any, form: InputForm, style: Style, rows: int) -> Any:
    """Blocks of self-attention over a sequence, then the mean over its steps.

    A convolution before them tells each step about its neighbours, so that order counts.
    """
    if not form.has_steps:
        return convolved(hp, x, form, style, rows)
    x = sequence(hp, x, form)
    units = width(hp, "attention_units", rows)
    heads = hp.Choice("heads", [2, 4])
    x = keras.layers.Conv1D(units, 3, padding="same")(x)
    for _ in range(depth(hp, "attention_blocks", rows, 3)):
        y = keras.layers.LayerNormalization()(x)
        y = keras.layers.MultiHeadAttention(heads, max(1, units // heads))(y, y)
        x = keras.layers.Add()([x, keras.layers.Dropout(style.dropout)(y)])
        y = keras.layers.LayerNormalization()(x)
        y = keras.layers.Dense(2 * units, activation="gelu", kernel_regularizer=style.penalty())(y)
        y = keras.layers.Dropout(style.dropout)(keras.layers.Dense(units)(y))
        x = keras.layers.Add()([x, y])
    return keras.layers.GlobalAveragePooling1D()(keras.layers.LayerNormalization()(x))


def sequence(hp: Any, x: Any, form: InputForm) -> Any:
    """A sequence of vectors: numbers scaled, words and tokens embedded."""
    size = form.vocabulary
    if form.kind == "text":
        x = keras.layers.TextVectorization(
            vocabulary=list(form.words), output_sequence_length=form.length
        )(x)
        size = len(form.words) + 2  # padding, and words that are not known
    if form.kind in ("text", "tokens"):
        return keras.layers.Embedding(size, hp.Choice("embedding", [16, 32, 64], default=32))(x)
    return scaled(x, form)


ENCODERS: Mapping[str, Encode] = {
    "linear": plain,
    "mlp": plain,
    "cnn": convolved,
    "rnn": recurrent,
    "transformer": attended,
}
"""How each kind of model encodes an input. One that a kind is not made for is encoded plainly."""
