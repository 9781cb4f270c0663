"""A Keras callback that diagnoses a plain `model.fit` while it runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from tuneit.curves import LearningCurve
from tuneit.data.references import references_of
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.verdict import implied
from tuneit.errors import InputError, did_you_mean, one_of
from tuneit.errors.wording import counted
from tuneit.findings import Diagnosis, Finding, Reference, Severity, Verdict
from tuneit.screen.terminal import say
from tuneit.training.fitting.epoch_logs import scalar_metrics
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.finite_weights import non_finite_constants, non_finite_weight
from tuneit.training.models.head import distance_of, heads_of
from tuneit.training.probes.guard import Guard
from tuneit.training.probes.non_finite_data import non_finite_data
from tuneit.training.probes.runner import ProbeRunner
from tuneit.training.wiring.of_fit import check_fit

load_keras()
import keras  # noqa: E402

T = TypeVar("T")

HOPELESS = tuple(v for v in Verdict if v.row.during_training == "stop")
"""Verdicts for which `stop=True` stops: more epochs would not help."""

STOPPABLE = (*HOPELESS, *(v for v in Verdict if v.row.during_training == "may_stop"))

PATIENCE = 2
"""Epochs in a row in which a finding must be certain before it is printed."""

ENOUGH_EPOCHS = 10
"""Epochs before a run that has learned nothing is stopped: warm-up may take the first ones."""

SAID_AT_END = "batch_norm_lags"
"""Moving averages lag behind in the first steps of every training, and mostly catch up."""


class DiagnosisCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Print what is wrong with a training as soon as it is certain; stop it if asked to.

        model.fit(x, y, validation_data=…, callbacks=[tuneit.DiagnosisCallback(probes=True)])

    Before training it compares layers, loss and metrics with the data that `fit` is given, as
    `tuneit.check_model` does; after each epoch it reads the learning curve.

    `target` is the value of the first metric (accuracy, for instance) that the model should reach.
    `reference_data=(x, y)` or `(x, y, x_val, y_val)` lets simple models of scikit-learn say what
    can be reached: they are fitted on x and y when training begins, which takes seconds, and scored
    on the validation rows, or else on a fifth of the rows. Without one of the two, underfitting is
    never reported. `stop=True` stops a training that has diverged, or has learned nothing in ten
    epochs; a collection of names (`"diverged"`, `"no_learning"`, `"overfitting"`, `"unstable"`)
    stops it for those. `probes=True` also looks inside the model after each epoch, at 256 training
    rows: those of `probe_data=(x, y)`, else some of those that `fit` was given (arrays or a
    `tf.data.Dataset`).

    A finding is printed once, when its confidence, in [0, 1], has been at least `confidence` for
    two epochs in a row; a critical one, such as predictions that are all the same, at once. After
    the training `diagnosis` holds all findings, and `stopped` the sentence why the training was
    stopped, or None. Lines go to `report` if given, else to stdout.

    Raises InputError for an unknown name in `stop` or a `confidence` outside (0, 1]; DataError
    where `probe_data` is not a pair of arrays with as many rows, or `reference_data` cannot be
    trained on.
    """

    stopped: str | None
    _rows: list[dict[str, float]]
    _constants: frozenset[str]
    _data: tuple[Finding, ...]
    _lost: tuple[Finding, ...]
    _probed: tuple[Finding, ...]
    _count: Counter[str]
    _told: set[str]

    def __init__(
        self,
        probes: bool = False,
        stop: bool | Collection[str] = False,
        target: float | None = None,
        *,
        probe_data: tuple[Any, Any] | None = None,
        reference_data: tuple[Any, ...] | None = None,
        confidence: float = 0.8,
        report: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        if not 0 < confidence <= 1:
            raise InputError(f"confidence must lie above 0 and at most at 1, but is {confidence}")
        self._stop = _faults_to_stop_for(stop)
        self._reference = Reference(target=target)
        if reference_data is not None and len(reference_data) not in (2, 4):
            raise InputError(
                "reference_data is (x, y) or (x, y, x_val, y_val), but has "
                f"{counted(len(reference_data), 'part')}"
            )
        self._reference_data = reference_data
        self._least = confidence
        self._report = report
        self._probes = ProbeRunner(probe_data) if probes or probe_data is not None else None
        if self._probes is not None:
            # Set here rather than defined: Keras waits for each batch's logs where a class has
            # these methods.
            self.on_train_batch_begin = self._before_step
            self.on_train_batch_end = self._after_step
        self._begin()

    @property
    def diagnosis(self) -> Diagnosis:
        """The diagnosis of the epochs so far, including what the probes found."""
        seen = (*self._data, *self._lost, *self._probed)
        return diagnose_curve(LearningCurve.from_epochs(self._rows), self._reference, seen=seen)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start anew: check the data and the wiring, and take the rows to probe."""
        self._begin()
        self._constants = self._call("weights", non_finite_constants, frozenset())
        self._data = self._call("data", non_finite_data, ())
        self._data = self._data or self._call("wiring", check_fit, ())
        for finding in self._data:
            self._told.add(finding.name)
            if finding.severity is not Severity.INFO:
                self._say(f"before training: {finding}")
        if self._probes is not None:
            missing = self._probes.begin(self.model, self._guard)
            if missing is not None:
                self._say(missing)
        if self._reference_data is not None and self._reference.models is None:
            models = references_of(*self._reference_data, ask=lambda: heads_of(self.model))
            loss = distance_of(self.model)
            self._reference = replace(self._reference, models=models, loss=loss)
            self._say(f"before training: {models}")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Diagnose the epochs so far; print what has become certain, and stop if asked to."""
        self._rows.append(scalar_metrics(logs or {}))
        self._lost = self._lost or self._look_for_lost_weights(epoch + 1)
        if self._probes is not None:
            self._probed = self._probes.look(self.model, self._rows)
        found = self.diagnosis
        unexplained = not any(implied(finding) is not None for finding in found.findings)
        if self._probes is not None and found.verdict == Verdict.NO_LEARNING and unexplained:
            self._probed = (*self._probed, *self._probes.learns_by_heart(self.model))
        certain = [f for f in found.findings if self._is_certain(f, found.verdict)]
        if any(f.name == Verdict.DIVERGED for f in certain):
            # All other findings in such a run are consequences of the divergence.
            certain = [f for f in certain if f.name == Verdict.DIVERGED]
        self._count = Counter({f.name: self._count[f.name] + 1 for f in certain})
        for finding in certain:
            if self._count[finding.name] >= PATIENCE or self._is_final(finding):
                self._tell(finding, epoch + 1)
                self._stop_for(finding, found.verdict)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Print what is known only when the training has ended."""
        if not self._rows:
            return
        found = self.diagnosis
        finding = found.finding(found.verdict)
        late = found.verdict.row.during_training == "say_at_end" and not self.stopped
        if finding is not None and late and finding.confidence >= self._least:
            self._tell(finding, len(self._rows))
        lags = found.finding(SAID_AT_END)
        if lags is not None and lags.confidence >= self._least:
            self._tell(lags, len(self._rows))

    def _before_step(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self._probes is not None and batch == 0:
            self._probes.before_step(self.model)

    def _after_step(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self._probes is not None:
            self._probes.after_step(self.model, batch)

    def _begin(self) -> None:
        self.stopped = None
        self._guard = Guard(self._say)
        self._rows = []
        self._constants = frozenset()
        self._data = ()
        self._lost = ()
        self._probed = ()
        self._count = Counter()
        self._told = set()

    def _call(self, name: str, look: Callable[[Any], T], otherwise: T) -> T:
        return self._guard.call(name, lambda: look(self.model), otherwise)

    def _look_for_lost_weights(self, epoch: int) -> tuple[Finding, ...]:
        """Find weights that are not finite; where the loss is NaN, the curve shows it already."""
        if not math.isfinite(self._rows[-1].get("loss", 0.0)):
            return ()
        path = self._call("weights", lambda model: non_finite_weight(model, self._constants), None)
        if path is None:
            return ()
        return (
            Finding(
                Verdict.DIVERGED,
                Severity.CRITICAL,
                0.99,
                f"weights are NaN or infinite from epoch {epoch} on ('{path}' first), though the "
                "loss is finite: look for such values in the data, or lower the learning rate",
                {"quantity": "weights", "epoch": epoch},
                onset_epoch=epoch,
            ),
        )

    def _is_final(self, finding: Finding) -> bool:
        """Whether there is no need to wait for a second epoch.

        A loss or a weight that is NaN stays NaN, and an epoch more does not mend the wiring.
        """
        if implied(finding) is not None:
            return True
        ended = bool(self._lost) or not math.isfinite(self._rows[-1].get("loss", 0.0))
        return finding.name == Verdict.DIVERGED and ended

    def _is_certain(self, finding: Finding, verdict: Verdict) -> bool:
        """Whether to print a finding: one of the probes', or the verdict of the curve."""
        if finding.severity is Severity.INFO or finding.confidence < self._least:
            return False
        if finding.name == SAID_AT_END:
            return False
        if finding in self._probed or implied(finding) is not None:
            return True
        unsaid = verdict.row.during_training in ("say_at_end", "silent")
        return finding.name == verdict and not unsaid

    def _tell(self, finding: Finding, epoch: int) -> None:
        if finding.name in self._told:
            return
        self._told.add(finding.name)
        name = finding.name.replace("_", " ")
        self._say(f"epoch {epoch}: {name} ({finding.confidence:.2f}): {finding}")

    def _stop_for(self, finding: Finding, verdict: Verdict) -> None:
        said = verdict if implied(finding) is not None else finding.name
        if self.stopped is not None or said not in self._stop:
            return
        hopeless = finding.name != Verdict.NO_LEARNING or len(self._rows) >= ENOUGH_EPOCHS
        if self.model is None or not hopeless:
            return
        self.model.stop_training = True
        name = said.replace("_", " ")
        self.stopped = f"stopped after epoch {len(self._rows)} ({name}): {finding}"
        self._say(self.stopped)

    def _say(self, line: str) -> None:
        if self._report is not None:
            self._report(line)
            return
        # Keras leaves the epoch's progress bar without an end of line until all callbacks ran.
        bar_is_open = (self.params or {}).get("verbose") == 1
        say(f"{chr(10) if bar_is_open else ''}tuneit: {line}")


def _faults_to_stop_for(stop: bool | Collection[str]) -> frozenset[str]:
    if isinstance(stop, bool):
        return frozenset(HOPELESS if stop else ())
    names = {stop} if isinstance(stop, str) else set(stop)
    for name in sorted(names - set(STOPPABLE)):
        raise InputError(
            f"stop takes True, False or any of {one_of(STOPPABLE)}, but got '{name}'"
            f"{did_you_mean(name, STOPPABLE)}"
        )
    return frozenset(names)
