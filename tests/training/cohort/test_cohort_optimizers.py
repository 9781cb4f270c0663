"""Every optimizer that cohorts know: mapped updates equal Keras's own, one model at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.training.cohort.batched_scalars import BATCHED, ScalarTensor, patched
from tuneit.training.cohort.supported_layers import OPTIMIZERS
from tuneit.training.cohort.template import stateless
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

STEPS = 4
SCHEDULES = keras.optimizers.schedules

CONFIGS: dict[str, dict[str, list[Any]]] = {
    "SGD": {"learning_rate": [0.1, 0.2]},
    "SGD momentum": {"learning_rate": [0.1, 0.2], "momentum": [0.5, 0.9]},
    "SGD nesterov": {"momentum": [0.5, 0.9], "nesterov": [True, True]},
    "SGD clipnorm": {"learning_rate": [0.1, 0.2], "clipnorm": [0.5, 2.0]},
    "SGD global_clipnorm": {"learning_rate": [0.1, 0.2], "global_clipnorm": [0.5, 2.0]},
    "SGD clipvalue": {"learning_rate": [0.1, 0.2], "clipvalue": [0.1, 1.0]},
    "Adam": {"beta_1": [0.8, 0.9], "beta_2": [0.9, 0.99], "epsilon": [1e-7, 1e-3]},
    "Adam amsgrad": {"learning_rate": [0.1, 0.2], "amsgrad": [True, True]},
    "AdamW": {"learning_rate": [0.1, 0.2], "weight_decay": [0.01, 0.1]},
    "Nadam": {"learning_rate": [0.1, 0.2]},
    "Adamax": {"learning_rate": [0.1, 0.2], "beta_2": [0.9, 0.99]},
    "RMSprop": {"learning_rate": [0.1, 0.2], "rho": [0.8, 0.9]},
    "RMSprop momentum": {"momentum": [0.5, 0.9]},
    "RMSprop centered": {"learning_rate": [0.1, 0.2], "centered": [True, True]},
    "Adagrad": {"learning_rate": [0.1, 0.2]},
    "Adadelta": {"learning_rate": [0.5, 1.0], "rho": [0.8, 0.9]},
    "Lion": {"learning_rate": [0.1, 0.2], "beta_1": [0.8, 0.9]},
    "Lamb": {"learning_rate": [0.1, 0.2]},
    "Ftrl": {"learning_rate": [0.1, 0.2]},
    "Adam exponential": {
        "learning_rate": [SCHEDULES.ExponentialDecay(r, 2, 0.5) for r in (1.0, 2.0)]
    },
    "SGD cosine": {"learning_rate": [SCHEDULES.CosineDecay(r, 9, r / 5) for r in (0.1, 0.2)]},
    "SGD inverse": {"learning_rate": [SCHEDULES.InverseTimeDecay(r, 2, 0.5) for r in (0.1, 0.2)]},
    "SGD polynomial": {
        "learning_rate": [SCHEDULES.PolynomialDecay(r, 9, 0.01) for r in (0.1, 1.0)]
    },
    "SGD piecewise": {
        "learning_rate": [SCHEDULES.PiecewiseConstantDecay([1, 2], [0.3, 0.2, 0.1])] * 2
    },
}


def an_optimizer(name: str, member: int) -> Any:
    arguments = {key: values[member] for key, values in CONFIGS[name].items()}
    return getattr(keras.optimizers, name.split()[0])(**arguments)


def scalars_of(optimizer: Any) -> list[tuple[Any, str]]:
    return [
        (vars(part), attribute)
        for part in (optimizer, optimizer._learning_rate)
        for kind in BATCHED
        if isinstance(part, kind.classes)
        for attribute in kind.attributes
        if isinstance(vars(part).get(attribute), float) and vars(part)[attribute]
    ]


def test_each_has_a_case() -> None:
    assert {name.split()[0] for name in CONFIGS} == OPTIMIZERS


@pytest.mark.parametrize("name", CONFIGS)
def test_updates_as_keras_does(name: str) -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=(2, 3, 2)).astype(np.float32)
    gradients = rng.normal(size=(STEPS, 2, 3, 2)).astype(np.float32)
    expected = [_alone(name, member, start, gradients) for member in range(2)]

    template = stateless(an_optimizer(name, 0))
    template.build([keras.Variable(start[0])])
    members = [an_optimizer(name, member) for member in range(2)]
    for member in members:
        member.build([keras.Variable(start[0])])
    numbers = [[float(place[key]) for place, key in scalars_of(member)] for member in members]

    def step(member: Any) -> Any:
        (weights, slots), numbers, gradient = member
        places = [
            (place, key, ScalarTensor(number))
            for (place, key), number in zip(scalars_of(template), numbers, strict=True)
        ]
        with patched(places):
            return template.stateless_apply(slots, [gradient], weights)

    state = (
        [tf.constant(start)],
        [
            tf.stack([a.value, b.value])
            for a, b in zip(*[m.variables for m in members], strict=True)
        ],
    )
    columns = [tf.constant(column) for column in zip(*numbers, strict=True)]
    for gradient in gradients:
        state = tf.vectorized_map(step, (state, columns, tf.constant(gradient)))
    np.testing.assert_allclose(state[0][0], np.stack(expected), rtol=1e-4, atol=1e-5)


def _alone(name: str, member: int, start: Any, gradients: Any) -> Any:
    optimizer = an_optimizer(name, member)
    variable = keras.Variable(start[member])
    optimizer.build([variable])
    for gradient in gradients[:, member]:
        optimizer.apply([tf.constant(gradient)])
    return variable.numpy()
