"""Distillation: a model learns the answers of a larger one beside the true labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuneit.data.head import BINARY, Head
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import head_of

load_keras()
import keras  # noqa: E402
from keras import ops  # noqa: E402


class Distillation(keras.callbacks.Callback):  # type: ignore[misc]
    """Trains a classifier on the probabilities of a saved model, `teacher`, and on the labels.

    `weight` (0 to 1) is the part of the loss that the teacher has: the cross-entropy of both
    models' probabilities, softened by `temperature` (from 1), times its square, so that its
    gradients keep their size. The rest is the model's own loss (Hinton, Vinyals and Dean,
    "Distilling the knowledge in a neural network", 2015). Validation is measured by the model's own
    loss alone.
    """

    def __init__(self, teacher: Path | str, temperature: float, weight: float) -> None:
        super().__init__()
        self.teacher, self.temperature, self.weight = Path(teacher), temperature, weight

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Load the teacher, and let the model train on its answers."""
        model, own = self.model, self.model.compute_loss
        teacher = keras.models.load_model(self.teacher, compile=False)
        head = head_of(model)
        assert head is not None  # the treatment has looked at it

        def compute_loss(
            x: Any = None,
            y: Any = None,
            y_pred: Any = None,
            sample_weight: Any = None,
            training: bool = True,
        ) -> Any:
            loss = own(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
            if not training:
                return loss
            taught = self._taught(teacher(x, training=False), y_pred, head)
            if sample_weight is not None and len(sample_weight.shape) == 1:
                taught = taught * ops.cast(sample_weight, taught.dtype)
            penalties = sum(model.losses)
            own_part = (1 - self.weight) * (loss - penalties)
            return penalties + own_part + self.weight * ops.mean(taught)

        model.compute_loss = compute_loss

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Give the model its own loss back."""
        del self.model.compute_loss

    def _taught(self, teacher: Any, outputs: Any, head: Head) -> Any:
        """The teacher's part of the loss of each row, shape (rows,)."""
        answers = ops.softmax(_logits(teacher, head) / self.temperature)
        logarithms = ops.log_softmax(_logits(outputs, head) / self.temperature)
        entropies = -ops.sum(answers * logarithms, axis=-1)
        # Pictures have an answer for each pixel.
        rows = ops.reshape(entropies, (ops.shape(entropies)[0], -1))
        return self.temperature**2 * ops.mean(rows, axis=-1)


def _logits(outputs: Any, head: Head) -> Any:
    """Logits of the classes on the last axis, from what the model answers."""
    if head.loss in BINARY:
        if not head.from_logits:
            outputs = ops.clip(outputs, keras.config.epsilon(), 1 - keras.config.epsilon())
            outputs = ops.log(outputs) - ops.log(1 - outputs)
        return ops.stack([ops.zeros_like(outputs), outputs], axis=-1)
    return outputs if head.from_logits else ops.log(outputs + keras.config.epsilon())
