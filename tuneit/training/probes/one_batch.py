"""Whether a model can learn one batch by heart: if not, the fault is in the model or the labels."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.errors import BuilderError
from tuneit.findings import Finding, Severity
from tuneit.training.probes.sample import sample_of
from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402

ROWS = 16
STEPS = 300
ROUND = 50
"""Steps after which the loss is looked at."""
RATE = 0.01
LEARNED = 0.2
"""Share of the batch's first loss that may remain of a batch learned by heart."""


@dataclass(frozen=True)
class OneBatch:
    """`passed`, and the loss of the batch (without penalties, in inference mode) before and after.

    True in a condition where the batch was learned.
    """

    passed: bool
    first: float
    last: float
    steps: int

    def __bool__(self) -> bool:
        return self.passed

    def finding(self) -> Finding:
        """What the test says, as a finding."""
        if self.passed:
            return Finding(
                "can_overfit",
                Severity.INFO,
                0.9,
                f"the model learns one batch by heart (loss {self.first:.3g} → {self.last:.3g}): "
                "loss, activation and gradients work; look at data and learning rate",
                {"first": self.first, "last": self.last, "steps": self.steps},
            )
        return Finding(
            "cannot_overfit",
            Severity.CRITICAL,
            0.9,
            f"the model cannot learn even one batch by heart (loss {self.first:.3g} → "
            f"{self.last:.3g} in {self.steps} steps): check the pair of loss and last activation, "
            "the scale of the targets, and dead layers",
            {"first": self.first, "last": self.last, "steps": self.steps},
        )


def can_overfit(model: Any, x: Any, y: Any) -> OneBatch:
    """Train a copy of a compiled `model` on the first 16 rows of `x` and `y`; is it learned?

    The copy starts from the model's weights and gets Adam with rate 0.01 for at most 300 steps:
    the question is whether the model can learn at all, not whether its own rate is right. The model
    itself, and the random generators of Python and NumPy, stay as they are. (Karpathy, "A recipe
    for training neural networks", 2019: "overfit a single batch".)

    Raises BuilderError for a model that is not compiled or cannot be cloned; DataError for data
    that are no rows.
    """
    sample = sample_of((x, y))
    x, y = keras.tree.map_structure(lambda part: part[:ROWS], (sample.x, sample.y))
    with _same_randomness():
        copy = _copy(model)
        first = _loss(copy, x, y)
        steps = 0
        last = first
        batches = _endless(x, y)
        while steps < STEPS and last > LEARNED * first:
            copy.fit(batches, epochs=1, steps_per_epoch=ROUND, shuffle=False, verbose=0)
            last, steps = _loss(copy, x, y), steps + ROUND
    return OneBatch(bool(last <= LEARNED * first), first, last, steps)


def _endless(x: Any, y: Any) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensors((x, y)).repeat()


def _copy(model: Any) -> Any:
    if not getattr(model, "compiled", False):
        raise BuilderError("can_overfit needs a compiled model: call model.compile(…) first")
    try:
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
    except (ValueError, TypeError, NotImplementedError) as error:
        raise BuilderError(
            f"the model cannot be copied for can_overfit ({type(error).__name__}): give its "
            "class a get_config, or test a functional model"
        ) from error
    copy.compile(keras.optimizers.Adam(RATE), model.loss, jit_compile=False)
    return copy


def _loss(model: Any, x: Any, y: Any) -> float:
    said = model(x, training=False)
    loss = float(model.compute_loss(x=x, y=y, y_pred=said, training=False))
    return loss - float(sum(float(penalty) for penalty in model.losses))


@contextmanager
def _same_randomness() -> Iterator[None]:
    """Give Python's and NumPy's generators, from which Keras takes its seeds, back as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
