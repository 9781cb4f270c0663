"""A small network for scikit-learn's diabetes data: 10 measurements in, disease progression out."""

import keras
from keras import layers


def build(units, dropout, l2, optimizer, learning_rate, momentum=0.0):
    optimizers = {
        "adam": lambda: keras.optimizers.Adam(learning_rate),
        "sgd": lambda: keras.optimizers.SGD(learning_rate, momentum=momentum, clipnorm=1.0),
    }
    model = keras.Sequential(
        [
            layers.Input((10,)),
            layers.Dense(units, activation="relu", kernel_regularizer=keras.regularizers.L2(l2)),
            layers.Dropout(dropout),
            # The target's mean lies near 150: starting there saves the first epochs.
            layers.Dense(1, bias_initializer=keras.initializers.Constant(150.0)),
        ]
    )
    model.compile(optimizer=optimizers[optimizer](), loss="mse", metrics=["mae"])
    return model
