"""ReLU on the numbers that softmax or from_logits turns into probabilities."""

from __future__ import annotations

from tuneit.findings import Finding
from tuneit.training.wiring.finding import loss_of, warning
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

RECTIFIERS = frozenset({"relu", "relu6"})


def check_relu_on_logits(wiring: Wiring, rows: Rows) -> Finding | None:
    """Find ReLU before softmax: negative logits become 0, and their weights get no gradient."""
    del rows
    head, tail = wiring.head, wiring.tail
    rectified = [layer for layer in tail if layer.activation in RECTIFIERS]
    if head is None or not rectified:
        return None
    is_softmax = any(layer.activation in ("softmax", "sigmoid") for layer in tail[1:])
    if not is_softmax and not head.from_logits:
        return None
    layer = rectified[0]
    after = head.activation if is_softmax else f"the loss {head.loss} with from_logits=True"
    return warning(
        "relu_on_logits",
        f"{layer.title} applies {layer.activation} to the logits before {after}: negative ones "
        "become 0 and get no gradient",
        "write activation=None in it" if layer is tail[0] else f"remove {layer.title}",
        layer=layer.name,
        loss=loss_of(wiring),
    )
