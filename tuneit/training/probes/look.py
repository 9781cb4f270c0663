"""What probes look at: a model and a sample of its training rows; each value is measured once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.data.head import Head
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import head_of
from tuneit.training.probes.gradients import Gradients, measure_gradients
from tuneit.training.probes.layers import LayerOutput, call, hidden_outputs, without_side_effects
from tuneit.training.probes.sample import Sample
from tuneit.training.probes.traced_layers import traced_outputs

load_keras()
import keras  # noqa: E402


@dataclass(frozen=True, eq=False)
class Look:
    """One look inside `model` at the rows of `sample`, after an epoch.

    `logs` are what the epochs so far reported. `norms` and `losses` hold, for each earlier look,
    the size of the whole gradient and the sample's loss in inference mode. Each value is measured
    when a probe first asks for it, in inference mode unless its docstring says otherwise.
    """

    model: Any
    sample: Sample
    logs: Sequence[Mapping[str, float]] = ()
    norms: Sequence[float] = ()
    losses: Sequence[float] = ()

    @cached_property
    def outputs(self) -> Sequence[LayerOutput]:
        """Outputs of the hidden layers; a subclassed model is run to see them."""
        if getattr(self.model, "inputs", None):
            return hidden_outputs(self.model, self.sample)
        return traced_outputs(self.model, self.sample)

    @cached_property
    def gradients(self) -> Gradients:
        """The gradient of the sample's loss, by kernel."""
        return measure_gradients(self.model, self.sample)

    @cached_property
    def predictions(self) -> NDArray[np.float64] | None:
        """The model's answers, (rows, …); None where it has several outputs."""
        with without_side_effects():
            said = keras.tree.flatten(call(self.model, self.sample.x))
        if len(said) != 1:
            return None
        return np.asarray(keras.ops.convert_to_numpy(said[0]), dtype=np.float64)

    @cached_property
    def targets(self) -> NDArray[np.float64] | None:
        """The sample's targets, (rows, …); None where there are several."""
        parts = keras.tree.flatten(self.sample.y)
        return np.asarray(parts[0], dtype=np.float64) if len(parts) == 1 else None

    @cached_property
    def loss_while_training(self) -> float:
        """The sample's loss in training mode: with dropout, and the batch's own statistics."""
        sample = self.sample
        with without_side_effects():
            said = call(self.model, sample.x, training=True)
            loss = self.model.compute_loss(x=sample.x, y=sample.y, y_pred=said, training=True)
        return float(loss)

    @cached_property
    def head(self) -> Head | None:
        """Loss and last layer; None where there are several."""
        return head_of(self.model)

    def series(self, name: str) -> list[float]:
        """What the epochs reported under a name."""
        return [row[name] for row in self.logs if name in row]
