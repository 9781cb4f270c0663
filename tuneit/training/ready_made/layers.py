"""Hyperparameters of layers that all ready-made models share, in ranges that suit the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

FEW, MANY = 1_000, 10_000
"""Training rows below which models stay small, and from which they may be large (chosen)."""


@dataclass(frozen=True)
class Style:
    """How the layers of one model are made: activation, normalisation, dropout, penalties."""

    activation: str
    normalisation: str
    dropout: float
    l1: float
    l2: float

    @classmethod
    def asked(cls, hp: Any, rows: int) -> Style:
        """Ask for the hyperparameters; with few rows, more dropout and penalty are tried."""
        few = rows < FEW
        return cls(
            activation=hp.Choice("activation", ["relu", "gelu", "tanh"]),
            normalisation=hp.Choice("normalisation", ["none", "batch", "layer"]),
            dropout=hp.Float("dropout", 0.0, 0.6 if few else 0.4),
            l1=hp.Float("l1", 1e-7, 1e-3, sampling="log"),
            l2=hp.Float("l2", 1e-6, 1e-1 if few else 1e-2, sampling="log"),
        )

    def penalty(self) -> Any:
        """The penalty on a layer's weights."""
        return keras.regularizers.L1L2(l1=self.l1, l2=self.l2)

    def finished(self, x: Any) -> Any:
        """Normalise and activate what a layer computed."""
        if self.normalisation == "batch":
            x = keras.layers.BatchNormalization()(x)
        elif self.normalisation == "layer":
            x = keras.layers.LayerNormalization()(x)
        return keras.layers.Activation(self.activation)(x)

    def dense(self, x: Any, units: int) -> Any:
        """A dense layer with all that belongs to it."""
        x = self.finished(keras.layers.Dense(units, kernel_regularizer=self.penalty())(x))
        return keras.layers.Dropout(self.dropout)(x)


def depth(hp: Any, name: str, rows: int, most: int = 4) -> int:
    """The number of layers: up to two with few rows, one more from 1,000, another from 10,000."""
    allowed = 2 if rows < FEW else 3 if rows < MANY else 4
    return int(hp.Int(name, 1, min(most, allowed)))


def width(hp: Any, name: str, rows: int, least: int = 16) -> int:
    """The units of a layer, powers of two: up to 64 with few rows, 128 from 1,000, then 256."""
    most = 64 if rows < FEW else 128 if rows < MANY else 256
    sizes = [least * 2**i for i in range(10) if least * 2**i <= max(most, least)]
    return int(hp.Choice(name, sizes, default=sizes[len(sizes) // 2]))
