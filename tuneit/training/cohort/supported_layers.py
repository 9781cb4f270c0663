"""The layers, optimizers, losses and metrics that a cohort supports; others train one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.models.metrics import metrics_of

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras.src.models.functional import Functional  # noqa: E402 - not exported


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODELS = (keras.Sequential, Functional)

LAYERS: frozenset[str] = _names(
    """
    InputLayer Dense EinsumDense Embedding Activation
    ReLU LeakyReLU PReLU ELU Softmax
    Conv1D Conv2D Conv1DTranspose Conv2DTranspose SeparableConv1D SeparableConv2D
    DepthwiseConv1D DepthwiseConv2D
    MaxPooling1D MaxPooling2D AveragePooling1D AveragePooling2D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalAveragePooling1D GlobalAveragePooling2D
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization
    RMSNormalization Normalization Rescaling
    Dropout SpatialDropout1D SpatialDropout2D GaussianNoise
    ActivityRegularization
    Flatten Reshape Permute RepeatVector Cropping1D Cropping2D
    ZeroPadding1D ZeroPadding2D UpSampling1D UpSampling2D
    Add Subtract Multiply Average Maximum Minimum Concatenate Dot
    Attention AdditiveAttention MultiHeadAttention
    SimpleRNN SimpleRNNCell GRU GRUCell LSTM LSTMCell Bidirectional TimeDistributed
    RandomFlip RandomRotation RandomTranslation RandomZoom RandomContrast RandomBrightness
    """
)

OPTIMIZERS: frozenset[str] = _names(
    "SGD Adam AdamW Nadam Adamax RMSprop Adagrad Adadelta Lion Lamb Ftrl"
)

_DIVIDING = _names("Adagrad RMSprop Adadelta")
"""Optimizers that divide the gradient by a slot, which `vectorized_map` cannot do with the sparse
gradients of an `Embedding`. Dense gradients would give other steps, because Keras 3.15 squares the
gradient of each occurrence in a batch, not their sum."""

SCHEDULES: frozenset[str] = _names(
    "ExponentialDecay InverseTimeDecay CosineDecay PolynomialDecay PiecewiseConstantDecay"
)

LOSSES: frozenset[str] = _names(
    """
    SparseCategoricalCrossentropy CategoricalCrossentropy BinaryCrossentropy
    BinaryFocalCrossentropy CategoricalFocalCrossentropy KLDivergence Poisson
    MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredLogarithmicError
    Huber LogCosh CosineSimilarity Hinge SquaredHinge CategoricalHinge
    """
)

METRICS: frozenset[str] = frozenset(n for n in LOSSES if hasattr(keras.metrics, n)) | _names(
    """
    Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy TopKCategoricalAccuracy
    SparseTopKCategoricalAccuracy RootMeanSquaredError R2Score LogCoshError
    Precision Recall AUC F1Score FBetaScore
    TruePositives TrueNegatives FalsePositives FalseNegatives Mean
    """
)


_FUNCTIONS = ("activation", "_initializer", "_regularizer", "_constraint")
"""Endings of attributes of layers that may hold a user's own code."""


_METHODS = (
    *("fit", "evaluate", "make_train_function", "make_test_function"),
    *("call", "train_step", "test_step", "compute_loss", "_compute_loss", "compute_metrics"),
    *("apply", "apply_gradients", "update_step"),
)
"""Methods that Keras trains with, and that a user may replace on a single object."""


def refusal(model: Any) -> str | None:
    """Why a compiled, built model cannot be trained in a cohort; None where it can."""
    return next(_objections(model), None)


def _objections(model: Any) -> Iterator[str]:
    if type(model) not in MODELS:
        yield f"{type(model).__name__} is a model class of its own, which may train in its own way"
    if not model.compiled:
        yield "the model is not compiled"
        return
    if model.run_eagerly:
        yield "the model runs eagerly"
    if not model.trainable_variables:
        yield "the model has no weights to train"
    layers = model._flatten_layers(include_self=False)
    for part in (model, *layers, model.optimizer):
        for method in sorted(vars(part).keys() & set(_METHODS)):
            yield f"{type(part).__name__} '{part.name}' has a {method} of its own"
    for layer in layers:
        yield from _layer_objections(layer)
    for graph in (model, *layers):
        if isinstance(graph, Functional):
            yield from _operation_objections(graph)
    yield from _optimizer_objections(model.optimizer)
    if _has_other_weights(model):
        yield "its optimizer was built for other weights than those that are trained"
    if type(model.optimizer).__name__ in _DIVIDING:
        for layer in layers:
            if isinstance(layer, keras.layers.Embedding):
                yield f"{type(model.optimizer).__name__} of an Embedding's sparse gradients"
    yield from _objections_to("loss", model.loss, keras.losses, LOSSES)
    yield from _objections_to("metric", metrics_of(model), keras.metrics, METRICS)


def _layer_objections(layer: Any) -> Iterator[str]:
    name = type(layer).__name__
    if isinstance(layer, keras.Model):
        if type(layer) not in MODELS:
            yield f"layer '{layer.name}' is a model class of its own ({name})"
    elif not _is_of_keras(type(layer)) or name not in LAYERS:
        yield f"layer '{layer.name}' is a {name}, which cohorts do not know"
    if layer.dtype_policy.name != "float32":
        yield f"layer '{layer.name}' computes in {layer.dtype_policy.name}"
    if "Conv" in name and getattr(layer, "groups", 1) > 1:
        yield f"layer '{layer.name}' convolves in groups"
    if getattr(layer, "stateful", False):
        yield f"layer '{layer.name}' carries its state from batch to batch"
    for attribute, value in vars(layer).items():
        own = value is not None and not _is_of_keras(value)
        if own and attribute.endswith(_FUNCTIONS):
            yield f"layer '{layer.name}' has its own {attribute.lstrip('_')}"


def _operation_objections(graph: Any) -> Iterator[str]:
    for operation in graph.operations:
        if isinstance(operation, keras.layers.Layer):
            continue
        name = type(operation).__name__
        if not _is_of_keras(type(operation)) or any(map(callable, vars(operation).values())):
            yield f"operation {name} may hold code of its own"


def _optimizer_objections(optimizer: Any) -> Iterator[str]:
    name = type(optimizer).__name__
    if not _is_of_keras(type(optimizer)) or name not in OPTIMIZERS:
        yield f"optimizer {name} is not one that cohorts know"
        return
    rate = optimizer._learning_rate
    if not isinstance(rate, keras.Variable) and (
        not _is_of_keras(type(rate)) or type(rate).__name__ not in SCHEDULES
    ):
        yield f"learning rate schedule {type(rate).__name__} is not one that cohorts know"
    if optimizer.use_ema or optimizer.gradient_accumulation_steps:
        yield f"optimizer {name} averages weights or accumulates gradients"
    if getattr(optimizer, "_exclude_from_weight_decay", None) or getattr(
        optimizer, "_exclude_from_weight_decay_pattern", None
    ):
        yield f"optimizer {name} excludes variables from weight decay"


def _has_other_weights(model: Any) -> bool:
    """Whether weights were frozen or unfrozen after the optimizer made variables for them."""
    optimizer = model.optimizer
    known = [id(variable) for variable in optimizer._trainable_variables]
    return bool(optimizer.built) and known != [id(v) for v in model.trainable_variables]


def _objections_to(what: str, given: Any, module: Any, known: frozenset[str]) -> Iterator[str]:
    by_function = set(map(_snake, known))
    for item in tf.nest.flatten(given):
        if item is None or (isinstance(item, str) and item in ("accuracy", "acc", "ce")):
            continue
        found = module.get(item)
        name = getattr(found, "__name__", type(found).__name__)
        if not _is_of_keras(found) or name not in known | by_function:
            yield f"{what} {name} is not one that cohorts know"


def _snake(name: str) -> str:
    """What Keras calls the function of a class: kl_divergence for KLDivergence."""
    return re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _is_of_keras(thing: Any) -> bool:
    # A function made by `functools.wraps` names the module of the function that it wraps.
    named = None if isinstance(thing, type) else getattr(thing, "__globals__", {}).get("__name__")
    module = named or getattr(thing, "__module__", None) or type(thing).__module__
    return module.split(".")[0] == "keras"
