"""A smaller network that can learn from the probabilities of the larger one."""

from __future__ import annotations

from typing import Any

from tuneit.data.head import SPARSE, Head
from tuneit.training.models.head import head_of
from tuneit.training.treating.edits.width import resize
from tuneit.training.treating.graph import CannotTreat, graph_of

_ACTIVATION = {
    SPARSE: "softmax",
    "categorical_crossentropy": "softmax",
    "binary_crossentropy": "sigmoid",
}
"""The losses of class probabilities, and the activation that makes these."""


def halve_to_be_taught(model: Any, x: Any = None) -> tuple[Any, str]:
    """Halve the hidden layers of a classifier; the training gives it a teacher.

    Raises CannotTreat where the outputs are no class probabilities, or the layers cannot be
    smaller.
    """
    graph_of(model)  # a class of the user's own has no outputs to look at
    head = head_of(model)
    if head is None or not _of_probabilities(head):
        found = "it has several outputs" if head is None else f"the model {head}"
        raise CannotTreat(
            "a teacher's softened probabilities need one output, softmax or sigmoid, with a "
            f"cross-entropy loss, but {found}"
        )
    smaller, said = resize(model, x, factor=0.5)
    return smaller, f"{said}, taught by the larger model"


def _of_probabilities(head: Head) -> bool:
    if head.loss not in _ACTIVATION or head.ignored is not None:
        return False
    return head.from_logits or head.activation == _ACTIVATION[head.loss]
