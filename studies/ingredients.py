"""One network for handwritten digits, whose activation, optimizer and regulariser are named."""

import keras
from keras import layers, optimizers, regularizers

ACTIVATIONS = {
    "leaky_relu": layers.LeakyReLU,
    "prelu": layers.PReLU,
    "swish": lambda: layers.Activation("silu"),
}
"""Those that have a layer of their own, or another name in Keras."""

OPTIMIZERS = {
    "sgd": optimizers.SGD,
    "momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "adagrad": optimizers.Adagrad,
    "adadelta": optimizers.Adadelta,
    "rmsprop": optimizers.RMSprop,
    "adam": optimizers.Adam,
    "amsgrad": lambda rate: optimizers.Adam(rate, amsgrad=True),
    "nadam": optimizers.Nadam,
    "ftrl": optimizers.Ftrl,
}


def build(
    activation="relu",
    layers_count=2,
    units=64,
    optimizer="adam",
    learning_rate=1e-3,
    regulariser="none",
):
    penalty = {"l1": regularizers.L1(1e-4), "l2": regularizers.L2(1e-3)}.get(regulariser)
    start = "lecun_normal" if activation == "selu" else "glorot_uniform"
    parts = [layers.Input((64,))]
    parts += [layers.GaussianNoise(0.2)] if regulariser == "noise" else []
    for _ in range(layers_count):
        parts += [layers.Dense(units, kernel_initializer=start, kernel_regularizer=penalty)]
        parts += [layers.BatchNormalization()] if regulariser == "batch normalisation" else []
        parts += [ACTIVATIONS.get(activation, lambda: layers.Activation(activation))()]
        if regulariser.startswith("dropout"):
            parts += [layers.Dropout(float(regulariser.split()[1]))]
    model = keras.Sequential([*parts, layers.Dense(10, activation="softmax")])
    smoothing = 0.1 if regulariser == "label smoothing" else 0.0
    model.compile(
        OPTIMIZERS[optimizer](learning_rate),
        keras.losses.CategoricalCrossentropy(label_smoothing=smoothing),
        metrics=["accuracy"],
    )
    return model
