"""Run all probes of one training after each epoch, and keep their measurements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tuneit.errors import BuilderError
from tuneit.findings import Finding, Severity
from tuneit.training.probes.activations import dead_relus, saturated
from tuneit.training.probes.constant_predictions import constant_predictions
from tuneit.training.probes.gradient_flow import exploding, no_gradient, vanishing
from tuneit.training.probes.guard import Guard
from tuneit.training.probes.inference_loss import fair_comparison
from tuneit.training.probes.look import Look
from tuneit.training.probes.modes import modes_differ
from tuneit.training.probes.one_batch import learns_by_heart
from tuneit.training.probes.reach import unreached_targets
from tuneit.training.probes.sample import Sample, sample_of, sample_of_fit
from tuneit.training.probes.updates import Weights, snapshot, steps_out_of_scale, update_ratios

Row = Mapping[str, float]
Probe = Callable[[Look], Iterable[Finding]]

NOTHING: tuple[Finding, ...] = ()

SAMPLE = "the rows that fit was given"
STEPS = "the size of steps"
ONE_BATCH = "learning rows by heart"

PROBES: Mapping[str, tuple[Probe, ...]] = {
    "predictions": (constant_predictions, unreached_targets),
    "activations": (dead_relus, saturated),
    "gradients": (no_gradient, vanishing, exploding, fair_comparison),
    "training mode": (modes_differ,),
}
"""Probes by what they measure; if it cannot be measured, these probes are turned off."""


_GRADIENTS = frozenset({"no_gradient", "vanishing_gradients"})

EXPLAINS: Mapping[str, frozenset[str]] = {
    "constant_predictions": _GRADIENTS | {"saturated_activations", "exploding_gradients"},
    "no_gradient": _GRADIENTS - {"no_gradient"},
    "saturated_activations": _GRADIENTS,
    "exploding_gradients": _GRADIENTS - {"no_gradient"},
}
"""For each finding, those that follow from it, and are left out if it is certain."""


def probe(look: Look, guard: Guard) -> tuple[Finding, ...]:
    """All findings of one look."""
    found: list[Finding] = []
    for name, probes in PROBES.items():

        def run(probes: tuple[Probe, ...] = probes) -> list[Finding]:
            return [finding for one in probes for finding in one(look)]

        found += guard.call(name, run, [])
    certain = [f for f in found if f.severity is not Severity.INFO]
    explained = {name for f in certain for name in EXPLAINS.get(f.name, ())}
    if any(f.name == "constant_predictions" and f.evidence["layer"] for f in certain):
        # If a hidden layer loses the inputs, another last activation does not help.
        explained.add("output_cannot_reach_targets")
    return tuple(finding for finding in found if finding.name not in explained)


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
        self._losses: list[float] = []
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
        if self._sample is not None:
            look = Look(model, self._sample, rows, tuple(self._norms), tuple(self._losses))
            found = (*found, *probe(look, self._guard))
            measured = call("gradients", lambda: look.gradients, None)
            if measured is not None:
                self._norms.append(measured.whole)
                self._losses.append(measured.loss)
        return (*found, *(self._one_batch or ()))

    def learns_by_heart(self, model: Any) -> tuple[Finding, ...]:
        """Test once whether the model can memorise rows; () for one that cannot be copied.

        The test takes seconds, a minute at most, so it runs only where the curve shows no learning.
        """
        sample = self._sample
        if self._one_batch is None and sample is not None:

            def test() -> tuple[Finding, ...]:
                try:
                    return (learns_by_heart(model, sample.x, sample.y),)
                except BuilderError:
                    return NOTHING

            self._one_batch = self._guard.call(ONE_BATCH, test, NOTHING)
            return self._one_batch
        return ()
