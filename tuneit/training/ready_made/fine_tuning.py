"""The second phase of a transfer: the last layers of the base are trained, at a low rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.curves import UNFROZEN
from tuneit.training.keras_loader import load_keras
from tuneit.training.ready_made.base import NAME

MOST_LAYERS = 30
"""Layers of a base that are trained at most (chosen)."""


@dataclass(frozen=True)
class FineTuning:
    """After `head_epochs` epochs of the head alone the last `layers` layers of the base train too.

    They and the head go on with a new optimizer, at the learning rate `rate`.
    """

    layers: int
    head_epochs: int
    rate: float

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> FineTuning | None:
        """The second phase that a trial's hyperparameters ask for; None where they ask for none."""
        layers = params.get(UNFROZEN) or 0
        if not layers:
            return None
        return cls(int(layers), int(params["head_epochs"]), float(params["fine_tuning_rate"]))

    def reach(self, model: Any, epochs: int) -> None:
        """Bring a new model into the phase of a training that has had this many epochs."""
        if epochs > self.head_epochs:
            self.begin(model)

    def begin(self, model: Any) -> None:
        """Unfreeze the last layers of the base, and compile the model with the low rate."""
        base = model.get_layer(NAME)
        base.trainable = True
        chosen = {id(layer) for layer in trainable_layers(base)[-self.layers :]}
        for layer in _leaves(base):
            layer.trainable = id(layer) in chosen
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        settings = {**optimizer.get_config(), "learning_rate": self.rate}
        # Keras has no public way to the objects that the model was compiled with.
        given = {**model._compile_config.config, "optimizer": type(optimizer).from_config(settings)}
        model.compile(**given)

    def callback(self) -> Any:
        """The Keras callback that begins the second phase, and notes the phase of each epoch."""
        load_keras()
        import keras

        tuning = self

        class Unfreezing(keras.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
                if epoch == tuning.head_epochs:
                    tuning.begin(self.model)
                    self.model.make_train_function(force=True)

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                if logs is not None:
                    logs[UNFROZEN] = float(tuning.layers if epoch >= tuning.head_epochs else 0)
                    logs["learning_rate"] = float(self.model.optimizer.learning_rate)

        return Unfreezing()


def trainable_layers(base: Any) -> list[Any]:
    """The layers of a base that may be trained, in their order.

    Batch normalisation is not: its statistics and scales belong to what the base was trained on.
    """
    import keras

    normal = keras.layers.BatchNormalization
    return [
        layer
        for layer in _leaves(base)
        if layer._trainable_variables and not isinstance(layer, normal)
    ]


def _leaves(model: Any) -> list[Any]:
    """The layers with weights that hold no other layers."""
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if layer.weights and not list(layer._flatten_layers(include_self=False))
    ]
