"""Cross-entropy on outputs that are no probabilities, or on probabilities taken for logits."""

from __future__ import annotations

from tuneit.data.head import BINARY, ONE_HOT, SPARSE, Head
from tuneit.findings import Finding
from tuneit.training.wiring.finding import fault
from tuneit.training.wiring.rows import Rows
from tuneit.training.wiring.wiring import Wiring

CLASSES = {
    SPARSE: "SparseCategoricalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
}
"""Keras's classes of the losses, which take `from_logits`."""

SIGMOIDS = frozenset({"sigmoid", "hard_sigmoid"})
SOFTMAXES = frozenset({"softmax", "sparsemax"})


def check_probabilities(wiring: Wiring, rows: Rows) -> Finding | None:
    """Compare the output's activation with what the cross-entropy takes."""
    head = wiring.head
    if head is None or not head.activation or head.loss not in CLASSES:
        return None
    if head.from_logits:
        return _twice(wiring, head)
    if head.loss in BINARY:
        return _without_sigmoid(wiring, head, rows)
    return _without_softmax(wiring, head, rows)


def _twice(wiring: Wiring, head: Head) -> Finding | None:
    if head.activation not in SIGMOIDS | SOFTMAXES:
        return None
    return fault(
        "probabilities_as_logits",
        f"{wiring.output_title} ends in {head.activation}, and the loss {head.loss} with "
        "from_logits=True applies it a second time",
        f"write activation=None in it, or loss='{head.loss}' without from_logits",
        layer=wiring.last_name,
        loss=head.loss,
    )


def _without_sigmoid(wiring: Wiring, head: Head, rows: Rows) -> Finding | None:
    if head.activation in SIGMOIDS or (head.activation in SOFTMAXES and rows.is_one_hot):
        return None  # one-hot rows want another loss, too: check_exclusive says so
    return fault(
        "binary_cross_entropy_without_sigmoid",
        f"the loss {head.loss} takes probabilities, but {wiring.output_title} has "
        f"{_activation(head)}",
        f"write activation='sigmoid' in it{_or_logits(head)}",
        layer=wiring.last_name,
        loss=head.loss,
    )


def _without_softmax(wiring: Wiring, head: Head, rows: Rows) -> Finding | None:
    if head.activation in SOFTMAXES or head.loss == "categorical_hinge":
        return None
    if head.loss in ONE_HOT and rows.is_multi_hot:
        return None  # softmax would be wrong, too: check_exclusive says so
    return fault(
        "cross_entropy_without_softmax",
        f"the loss {head.loss} takes probabilities that sum to 1, but {wiring.output_title} has "
        f"{_activation(head)}",
        f"write activation='softmax' in it{_or_logits(head)}",
        layer=wiring.last_name,
        loss=head.loss,
    )


def _activation(head: Head) -> str:
    return "no activation" if head.activation == "linear" else f"the activation {head.activation}"


def _or_logits(head: Head) -> str:
    """What to write instead, where the layer has no activation: it may stay so."""
    if head.activation != "linear":
        return ""
    return f", or loss=keras.losses.{CLASSES[head.loss]}(from_logits=True)"
