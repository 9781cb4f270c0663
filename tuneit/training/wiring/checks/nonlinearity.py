"""Hidden layers of which none has a nonlinearity."""

from __future__ import annotations

import numpy as np

from tuneit.findings import Finding
from tuneit.training.wiring.finding import warning
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import WEIGHTED, Wiring


def check_nonlinearity(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find a model of several layers that is a linear function up to its output's activation.

    A linear autoencoder, which is a principal component analysis, is sound.
    """
    if not wiring.tail or _reconstructs(rows):
        return None
    after = {id(layer) for layer in wiring.tail}
    before = [layer for layer in wiring.layers if id(layer) not in after]
    hidden = [layer for layer in before if layer.kind in WEIGHTED]
    if not hidden or not all(layer.is_linear for layer in before):
        return None
    return warning(
        "no_nonlinearity",
        f"no hidden layer has an activation, so that the {len(hidden) + 1} layers from "
        f"'{hidden[0].name}' to '{wiring.tail[0].name}' compute no more than one linear layer",
        f"write activation='relu' in {hidden[0].title}"
        + (" and in the other hidden layers" if len(hidden) > 1 else ""),
        layer=hidden[0].name,
    )


def _reconstructs(rows: Rows) -> bool:
    x = list(rows.x.values())
    return len(x) == 1 and x[0].shape == rows.y.shape and bool(np.array_equal(x[0], rows.y))
