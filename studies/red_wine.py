"""Dense layers of one width for the table of red wines; the target is scaled to [0, 1]."""

import keras
from keras import layers as kl


def build(units, layers, dropout, batch_normalisation, learning_rate):
    model = keras.Sequential([kl.Input((11,))])
    for _ in range(layers):
        model.add(kl.Dense(units))
        if batch_normalisation:
            model.add(kl.BatchNormalization())
        model.add(kl.Activation("relu"))
        model.add(kl.Dropout(dropout))
    model.add(kl.Dense(1))
    model.compile(keras.optimizers.Adam(learning_rate), loss="mae", metrics=["mae"])
    return model
