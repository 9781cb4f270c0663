"""Inputs that an Embedding has no row for."""

from __future__ import annotations

import numpy as np

from tuneit.data.dataset import Array
from tuneit.errors.wording import figures
from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Layer, Wiring


def check_embedding(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find fractions, negative numbers, and numbers from `input_dim` on, before an Embedding."""
    for layer in wiring.layers:
        x = _input_of(layer, wiring, rows) if layer.kind == "Embedding" else None
        if x is None or not x.size or x.dtype.kind not in "biuf":
            continue
        size, low, high = layer.settings["input_dim"], float(x.min()), float(x.max())
        takes = f"{layer.title} takes whole numbers from 0 to {size - 1}, but the inputs"
        if not np.array_equal(x, np.round(x)):
            return fault(
                "embedding_of_fractions",
                f"{takes} hold {figures(x[x != np.round(x)].flat[0])}",
                "give it the indices of tokens, unscaled; numbers that measure something go into "
                "a Dense layer without an Embedding",
                layer=layer.name,
            )
        if low < 0 or high >= size:
            return fault(
                "embedding_out_of_range",
                f"{takes} hold {low if low < 0 else high:g}",
                "number the tokens from 0" if low < 0 else f"write input_dim={int(high) + 1}",
                layer=layer.name,
            )
    return None


_KEEPING = frozenset({"Reshape", "Flatten", "Permute", "RepeatVector", "Masking"})
"""Layers that pass all values on."""


def _input_of(layer: Layer, wiring: Wiring, rows: Rows) -> Array | None:
    """The input whose values feed a layer; None where another layer changes them."""
    source, keys = layer, []
    while source is layer or source.kind in _KEEPING or source.kind == "GetItem":
        if len(source.parents) != 1:
            return None
        if source.kind == "GetItem":
            keys.append(source.settings["key"])
        source = wiring.layers[source.parents[0]]
    if source.kind != "InputLayer":
        return None
    if len(rows.x) == 1 and len(wiring.inputs) == 1:
        x: Array | None = next(iter(rows.x.values()))
    else:
        x = rows.x.get(source.name)
    if x is None or not keys:
        return x
    if len(keys) > 1 or not isinstance(keys[0], tuple) or keys[0][0] != slice(None):
        return None  # rows are left out, or slices follow layers that reshape
    return x[keys[0]]
