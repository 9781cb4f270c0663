"""Test whether a model can memorise a few rows; if not, the model or the labels are at fault."""

from __future__ import annotations

import math
import random
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tuneit.errors import BuilderError
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.contrasting_rows import contrasting_rows
from tuneit.training.probes.layers import call, without_side_effects
from tuneit.training.probes.loss_bounds import Bounds, bounds_of
from tuneit.training.probes.unregularised_copy import unregularised_copy
from tuneit.training.user_code.error_text import describe

load_keras()
import keras  # noqa: E402

STEPS = 300
"""The most steps with each learning rate."""
ROUND = 50
"""Steps between two measurements of the loss."""
RATES = (0.01, 0.001, 0.1)
"""Learning rates of Adam, tried in this order until one works. Deep networks need a small one,
targets in the hundreds a large one."""
LEARNED = 0.8
"""The rows are memorised if the loss has gone this share of the way from that of the best constant
prediction to that of a perfect one."""
SECONDS = 60.0
"""After this time no further rate is tried, and the result is unknown."""
MANY = 32
"""A network with enough parameters can memorise this many rows."""
AMPLE = 10
"""With this many trained parameters for each number to memorise, the model is large enough (chosen;
one would suffice if the network could use all of them)."""
TOLD_APART = 0.2
"""If a perfect prediction's loss is not known: the share of the loss's fall that must come from
different inputs, not from a constant output."""


@dataclass(frozen=True)
class OneBatch:
    """`passed`, and the loss of the rows (without penalties, in inference mode) before and after.

    `last` is the lowest loss seen in `steps` steps; `trivial` the loss of the best constant
    prediction. The object is true where the `rows` rows were memorised.
    """

    passed: bool
    first: float
    last: float
    steps: int
    trivial: float
    rows: int = 2

    def __bool__(self) -> bool:
        return self.passed

    def finding(self) -> Finding:
        """The result as a finding."""
        first, last, trivial = (figures(v, 3) for v in (self.first, self.last, self.trivial))
        losses = f"loss {first} → {last}, a constant's {trivial}"
        evidence = {
            "first": self.first,
            "last": self.last,
            "trivial": self.trivial,
            "steps": self.steps,
            "rows": self.rows,
        }
        if self.passed:
            return Finding(
                "can_overfit",
                Severity.INFO,
                0.9,
                f"the model learns {self.rows} rows by heart ({losses}): "
                "loss, activation and gradients work; look at data and learning rate",
                evidence,
            )
        write = (
            "write the activation and the units of the last layer that loss and targets need "
            "(tuneit.check_model(model, x, y) compares them), scale the targets, and look for "
            "layers that output the same for every row"
        )
        return Finding(
            "cannot_overfit",
            Severity.CRITICAL,
            0.9,
            f"the model cannot learn even one batch of {self.rows} rows by heart ({losses}): "
            f"{write}",
            {**evidence, "write": write},
        )


def learns_by_heart(model: Any, x: Any, y: Any) -> Finding:
    """Test whether a copy of the model can memorise 32 rows, and if not, two.

    A model that learns two rows but not 32 has too few parameters, or a layer that lets too little
    pass. Raises as `can_overfit` does.
    """
    many = can_overfit(model, x, y, rows=MANY)
    if many:
        return many.finding()
    two = can_overfit(model, x, y)
    if not two:
        return two.finding()
    numbers = sum(math.prod(part.shape[1:] or (1,)) for part in keras.tree.flatten(y))
    parameters = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    ample = parameters >= AMPLE * MANY * numbers
    write = (
        "look for a narrow layer, for pooling over what the answer depends on, and for dropout or "
        "noise that stays on in inference mode"
        if ample
        else "write more units in the hidden layers"
    )
    return Finding(
        "cannot_memorise",
        Severity.WARNING if ample else Severity.INFO,
        0.7,
        f"the model learns 2 rows by heart, but not {many.rows} (loss {figures(many.first, 3)} → "
        f"{figures(many.last, 3)}, a constant's {figures(many.trivial, 3)}), "
        f"with {parameters} parameters: {write}",
        {"first": many.first, "last": many.last, "parameters": parameters, "write": write},
    )


def can_overfit(model: Any, x: Any, y: Any, *, rows: int = 2) -> OneBatch:
    """Train a copy of a compiled `model` on a few `rows` of `x` and `y`; can it memorise them?

    Two rows (those whose targets differ most) can be learned by every model that distinguishes
    their inputs, even a linear one. More rows need enough parameters. The copy starts from the
    model's weights, without dropout, noise and penalties. It trains by Adam with rates of 0.01,
    0.001 and 0.1, at most 300 steps each and for about a minute in all, since the question is
    whether the model can learn at all, not whether its own rate is right. The model itself, and the
    random generators of Python and NumPy, do not change.

    The rows are memorised if the loss has gone 80 % of the way from the best constant prediction's
    loss to that of a perfect prediction. If the latter is not known (a user's own loss, several
    outputs), the loss must get clearly below what the same copy reaches with equal inputs.

    (Karpathy, "A recipe for training neural networks", 2019: "overfit a single batch of only a few
    examples (e.g. as little as two)".)

    Raises BuilderError for a model that has no loss or cannot be cloned or trained on these rows;
    DataError for data that are no rows, or whose targets are all the same.
    """
    if not getattr(model, "compiled", False) or model.loss is None:
        raise BuilderError(
            "can_overfit needs a model compiled with a loss: call model.compile(…) first"
        )
    taken = contrasting_rows(model, x, y, rows)
    with _same_randomness(), warnings.catch_warnings():
        # Keras has warned of this model before (of no trainable weights, say).
        warnings.simplefilter("ignore")
        learner = _Learner(model)
        try:
            return replace(_test(learner, *taken), rows=len(keras.tree.flatten(taken)[0]))
        except Exception as error:  # of Keras and TensorFlow, of many kinds
            raise BuilderError(
                f"can_overfit cannot train the model on these rows ({describe(error)}): check "
                "that they have the shapes and types that the model takes"
            ) from error


def _test(learner: _Learner, x: Any, y: Any) -> OneBatch:
    first = learner.loss(x, y)
    bounds = bounds_of(learner.model, x, y)
    if bounds is not None:
        return _against_perfect(learner, x, y, first, bounds)
    return _against_constant(learner, x, y, first)


def _against_perfect(learner: _Learner, x: Any, y: Any, first: float, bounds: Bounds) -> OneBatch:
    enough = bounds.trivial - LEARNED * (bounds.trivial - bounds.perfect)
    last, steps = first, 0
    for rate in () if first <= enough else RATES:
        reached, more = learner.train(x, y, rate, enough)
        last, steps = _lower(last, reached), steps + more
        if last <= enough:
            break
    return OneBatch(bool(last <= enough), first, last, steps, bounds.trivial)


def _against_constant(learner: _Learner, x: Any, y: Any, first: float) -> OneBatch:
    alike = keras.tree.map_structure(lambda part: keras.ops.repeat(part[:1], len(part), 0), x)
    last, constant, steps = first, math.inf, 0
    for rate in RATES:
        reached, more = learner.train(x, y, rate, -math.inf)
        last, steps = _lower(last, reached), steps + more
        constant = _lower(constant, learner.train(alike, y, rate, -math.inf)[0])
        gain = constant - last
        # Most losses have the minimum 0; the minimum of others, such as a density's, is unknown.
        known = 0 <= last <= (1 - LEARNED) * constant
        clear = max(TOLD_APART * (first - last), 1e-3 * max(abs(constant), abs(last)))
        if gain > 0 and math.isfinite(gain) and (known or gain > clear):
            return OneBatch(True, first, last, steps, constant)
    return OneBatch(False, first, last, steps, constant)


def _lower(one: float, other: float) -> float:
    """The lower of two losses; NaN does not count."""
    return other if other < one or math.isnan(one) else one


class _Learner:
    """A copy of a model that trains on rows, each time from the model's own weights."""

    def __init__(self, model: Any) -> None:
        self.model = unregularised_copy(model)
        self._start = self.model.get_weights()
        self._until = time.monotonic() + SECONDS
        self.model.compile(keras.optimizers.Adam(RATES[0]), model.loss, jit_compile=False)

    def loss(self, x: Any, y: Any) -> float:
        """The loss in inference mode, without penalties."""
        with without_side_effects():
            # As plain numbers: Keras computes the loss from a softmax's logits where it finds them.
            # A softmax over one unit gives 1 for every row, but the loss of its logits would fall.
            predicted = keras.tree.map_structure(
                lambda part: keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(part)),
                call(self.model, x),
            )
            loss = float(self.model.compute_loss(x=x, y=y, y_pred=predicted, training=False))
            return loss - float(sum(float(penalty) for penalty in self.model.losses))

    def train(self, x: Any, y: Any, rate: float, until: float) -> tuple[float, int]:
        """Train anew until the loss is at most `until`; return the lowest seen, and the steps."""
        import tensorflow as tf

        if time.monotonic() > self._until:
            raise TimeoutError(f"it took more than {SECONDS:g} s")

        optimizer = self.model.optimizer
        self.model.set_weights(self._start)
        for variable in optimizer.variables:
            variable.assign(keras.ops.zeros(variable.shape, variable.dtype))
        optimizer.learning_rate = rate
        batches = tf.data.Dataset.from_tensors((x, y)).repeat()
        lowest, steps = math.nan, 0
        while steps < STEPS and not lowest <= until:
            self.model.fit(batches, epochs=1, steps_per_epoch=ROUND, shuffle=False, verbose=0)
            steps += ROUND
            lowest = _lower(lowest, self.loss(x, y))
        return lowest, steps


@contextmanager
def _same_randomness() -> Iterator[None]:
    """Restore Python's and NumPy's generators at the end; Keras draws its seeds from them."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
