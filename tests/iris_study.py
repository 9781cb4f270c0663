"""A small study of the iris flowers: its builder and its YAML."""

from __future__ import annotations

BUILDER = """
import keras

def build_model(hp):
    model = keras.Sequential([
        keras.layers.Input((4,)),
        keras.layers.Dense(hp.Int("units", 4, 16, step=4), activation="relu"),
        keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5)),
        keras.layers.Dense(3, activation="softmax"),
    ])
    model.compile(
        keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model
"""

STUDY = """
version: 1
name: iris
seed: 3
model: model.py:build_model
data: {source: sklearn, name: iris, scale: standard}
objective: val_accuracy
strategy: random
budget: {trials: 3, epochs: 4}
"""
