"""Runs all probes of one training after each epoch, and keeps what they measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuneit.findings import Finding
from tuneit.training.probes.activations import dead_relus, saturated
from tuneit.training.probes.gradients import exploding, measure_gradients, vanishing
from tuneit.training.probes.guard import Guard
from tuneit.training.probes.inference_loss import fair_comparison
from tuneit.training.probes.layers import LayerOutput, hidden_outputs
from tuneit.training.probes.one_batch import can_overfit
from tuneit.training.probes.sample import Sample, sample_of, sample_of_fit
from tuneit.training.probes.updates import Weights, snapshot, steps_out_of_scale, update_ratios

Row = Mapping[str, float]

NOTHING: tuple[Finding, ...] = ()

SAMPLE = "the rows that fit was given"
STEPS = "the size of steps"
ACTIVATIONS = "activations"
GRADIENTS = "gradients"
ONE_BATCH = "learning one batch by heart"


class ProbeRunner:
    """Looks inside a model after each epoch of one training."""

    def __init__(self, data: tuple[Any, Any] | None) -> None:
        self._given = None if data is None else sample_of(data)
        self._guard = Guard(lambda line: None)
        self._reset(self._given)

    def _reset(self, sample: Sample | None) -> None:
        self._sample = sample
        self._before: Weights | None = None
        self._ratios: list[dict[str, float]] = []
        self._norms: list[float] = []
        self._inference: list[float] = []
        self._one_batch: tuple[Finding, ...] | None = None

    def begin(self, model: Any, guard: Guard) -> str | None:
        """Start anew; return a sentence for the user where there are no rows to probe.

        `guard` calls the probes, which may fail.
        """
        self._guard = guard
        self._reset(self._given)
        if self._given is None:
            self._reset(self._guard.call(SAMPLE, lambda: sample_of_fit(model), None))
        if self._sample is not None:
            self._sample = self._sample.for_model(model)
            return None
        return (
            "probes see only the size of steps: fit was given data that can be read only once; "
            "pass probe_data=(x, y) with some training rows"
        )

    def before_step(self, model: Any) -> None:
        """Keep a copy of the weights."""
        self._before = self._guard.call(STEPS, lambda: snapshot(model), None)

    def after_step(self, model: Any, batch: int) -> None:
        """Compare the weights with their copy; `batch` counts from 0 the steps since then."""
        before, self._before = self._before, None
        if before is not None:
            self._ratios += self._guard.call(
                STEPS, lambda: [update_ratios(before, snapshot(model), batch + 1)], []
            )

    def look(self, model: Any, rows: Sequence[Row]) -> tuple[Finding, ...]:
        """Run all probes after an epoch; `rows` are the logs of the epochs so far."""
        call = self._guard.call
        found = call(STEPS, lambda: tuple(steps_out_of_scale(self._ratios)), NOTHING)
        sample = self._sample
        if sample is not None:
            unseen: list[LayerOutput] = []
            outputs = call(ACTIVATIONS, lambda: hidden_outputs(model, sample), unseen)
            found = (
                *found,
                *call(ACTIVATIONS, lambda: (*dead_relus(outputs), *saturated(outputs)), NOTHING),
                *call(GRADIENTS, lambda: self._backwards(model, sample, outputs, rows), NOTHING),
            )
        return (*found, *(self._one_batch or ()))

    def _backwards(
        self, model: Any, sample: Sample, outputs: Sequence[LayerOutput], rows: Sequence[Row]
    ) -> tuple[Finding, ...]:
        gradients = measure_gradients(model, sample)
        self._inference.append(gradients.loss)
        logged, validation = _series(rows, "loss"), _series(rows, "val_loss")
        found = (
            *vanishing(gradients),
            *exploding(gradients, self._norms, outputs, sample),
            *fair_comparison(logged, self._inference, validation),
        )
        self._norms.append(gradients.whole)
        return found

    def learns_one_batch(self, model: Any) -> tuple[Finding, ...]:
        """Test once whether the model can memorise one batch; () where that cannot be tested.

        The test takes about two seconds, so it runs only where the curve shows no learning.
        """
        sample = self._sample
        if self._one_batch is None and sample is not None:

            def test() -> tuple[Finding, ...]:
                return (can_overfit(model, sample.x, sample.y).finding(),)

            self._one_batch = self._guard.call(ONE_BATCH, test, NOTHING)
            return self._one_batch
        return ()


def _series(rows: Sequence[Row], name: str) -> list[float]:
    return [row[name] for row in rows if name in row]
