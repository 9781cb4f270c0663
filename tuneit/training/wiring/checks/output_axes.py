"""An output with an axis of time or space that the targets do not have."""

from __future__ import annotations

from tuneit.data.head import SPARSE
from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault, loss_of
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import RECURRENT, Layer, Wiring


def check_output_axes(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find an output of shape (time, …) or (height, width, …) for one target a row."""
    head = wiring.head
    if head is None or head.shape is None or len(head.shape) < 2 or wiring.output is None:
        return None
    wanted = head.shape[:-1] if head.loss == SPARSE else _squeezed(head.shape)
    given = _squeezed(rows.y.shape[1:])
    if len(given) >= len(wanted) or all(size == 1 for size in wanted):
        return None
    layer, write = _remedy(wiring)
    return fault(
        "output_keeps_an_axis",
        f"the model's output has the shape {head.shape} a row, but the targets have "
        f"{rows.y.shape[1:] or '()'}: one answer a row is wanted, not one at each "
        f"{'step' if len(head.shape) < 3 else 'place'}",
        write,
        layer=layer,
        loss=loss_of(wiring),
    )


def _squeezed(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return shape[:-1] if shape and shape[-1] == 1 else shape


def _remedy(wiring: Wiring) -> tuple[str, str]:
    """The layer to change, and what to write: at the last recurrent layer, if there is one."""
    sequences = [layer for layer in wiring.layers if _returns_sequences(layer)]
    if sequences:
        layer = sequences[-1]
        return layer.name, f"write return_sequences=False in {layer.title}"
    last = wiring.last
    if last is not None and last.kind == "Dense":
        return last.name, f"put keras.layers.Flatten() before {last.title}"
    name = last.name if last else ""
    return (
        name,
        "end with keras.layers.Flatten() and a Dense layer, or a GlobalAveragePooling layer",
    )


def _returns_sequences(layer: Layer) -> bool:
    return layer.kind in RECURRENT and layer.settings.get("return_sequences") is True
