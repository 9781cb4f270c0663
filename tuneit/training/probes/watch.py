"""All probes of one training: what to look at, when, and what was seen so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuneit.errors import BuilderError
from tuneit.findings import Finding
from tuneit.training.probes.activations import dead_relus, saturated
from tuneit.training.probes.gradients import exploding, measure_gradients, vanishing
from tuneit.training.probes.inference_loss import fair_comparison
from tuneit.training.probes.layers import hidden_outputs
from tuneit.training.probes.one_batch import can_overfit
from tuneit.training.probes.sample import Sample, sample_of, sample_of_fit
from tuneit.training.probes.updates import Weights, snapshot, steps_out_of_scale, update_ratios

Row = Mapping[str, float]


class Probes:
    """Looks inside a model after each epoch of one training."""

    def __init__(self, data: tuple[Any, Any] | None) -> None:
        self._given = None if data is None else sample_of(data)
        self._reset(self._given)

    def _reset(self, sample: Sample | None) -> None:
        self._sample = sample
        self._before: Weights | None = None
        self._ratios: list[dict[str, float]] = []
        self._norms: list[float] = []
        self._inference: list[float] = []
        self._one_batch: tuple[Finding, ...] | None = None

    def begin(self, model: Any) -> str | None:
        """Start anew; return a sentence where there are no rows to look at."""
        self._reset(self._given or sample_of_fit(model))
        if self._sample is not None:
            return None
        return (
            "probes see only the size of steps: fit was given data that can be read only once; "
            "pass probe_data=(x, y) with some training rows"
        )

    def before_step(self, model: Any) -> None:
        """Remember the weights."""
        self._before = snapshot(model)

    def after_step(self, model: Any, batch: int) -> None:
        """Compare with the remembered weights; `batch` counts from 0 the steps done since."""
        if self._before is not None:
            self._ratios.append(update_ratios(self._before, snapshot(model), batch + 1))
            self._before = None

    def look(self, model: Any, rows: Sequence[Row]) -> tuple[Finding, ...]:
        """Run all probes after an epoch; `rows` are the logs of the epochs so far."""
        found = list(steps_out_of_scale(self._ratios))
        sample = self._sample
        if sample is not None:
            outputs = hidden_outputs(model, sample)
            gradients = measure_gradients(model, sample)
            self._inference.append(gradients.loss)
            logged, validation = _series(rows, "loss"), _series(rows, "val_loss")
            found += [
                *dead_relus(outputs),
                *saturated(outputs),
                *vanishing(gradients),
                *exploding(gradients, self._norms, outputs, sample),
                *fair_comparison(logged, self._inference, validation),
            ]
            self._norms.append(gradients.whole)
        return (*found, *(self._one_batch or ()))

    def learns_one_batch(self, model: Any) -> tuple[Finding, ...]:
        """Whether the model can learn one batch by heart: tried once, nothing where it cannot be.

        Worth its two seconds only where the curve shows no learning.
        """
        if self._one_batch is None and self._sample is not None:
            try:
                self._one_batch = (can_overfit(model, self._sample.x, self._sample.y).finding(),)
            except BuilderError:
                self._one_batch = ()
            return self._one_batch
        return ()


def _series(rows: Sequence[Row], name: str) -> list[float]:
    return [row[name] for row in rows if name in row]
