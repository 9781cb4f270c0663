"""What `DiagnosisCallback` says of faulty programs and of sound ones while they train.

Each program trains for a few epochs, a faulty one beside its corrected twin. Detected: the
diagnosis at the end has a critical finding or a warning. Named: a finding has the cause's name (one
of them, where several are right). Right remedy first: the first recommendation holds one of the
words of the right remedy. An alarm is a line that the callback prints for a sound program, but for
verdicts on the curve such as overfitting, which these small runs may well have.

Run it in this folder: `python measure_dynamic.py fit test sound`, or some of the three.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import dynamic_fit_half
import dynamic_test_half
import keras
import sound_training
from made import Built, Program

import tuneit
from tuneit.findings import Diagnosis, Severity, Verdict
from tuneit.training.probes.activations import FEWEST_UNITS
from tuneit.training.probes.look import Look
from tuneit.training.probes.sample import sample_of

HALVES = {"fit": dynamic_fit_half.PROGRAMS, "test": dynamic_test_half.PROGRAMS}
EPOCHS, SOUND_EPOCHS = 6, 12
"""Epochs of a faulty program and its twin, and of a sound program."""

OF_CURVES = {str(verdict).replace("_", " ") for verdict in Verdict}


@dataclass(frozen=True)
class Said:
    """The lines of a training, and its diagnosis at the end."""

    lines: list[str]
    diagnosis: Diagnosis
    model: keras.Model
    rows: tuple

    @property
    def alarms(self) -> list[str]:
        """The lines that are more than a verdict on the curve."""
        names = [line.partition(": ")[2].partition(" (")[0] for line in self.lines]
        return [line for line, name in zip(self.lines, names, strict=True) if name not in OF_CURVES]

    @property
    def first_epoch(self) -> int | None:
        """The epoch after which something was said; 0 before training."""
        for line in self.lines:
            when = line.partition(":")[0]
            return 0 if when == "before training" else int(when.removeprefix("epoch "))
        return None


def train(built: Built, epochs: int) -> Said:
    """Train a program under the callback."""
    model, x, y, *fit = built
    lines: list[str] = []
    callback = tuneit.DiagnosisCallback(probes=True, report=lines.append)
    given = {"batch_size": 32, "validation_split": 0.2, "verbose": 0} | (fit[0] if fit else {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, y, epochs=epochs, callbacks=[callback], **given)
    return Said(lines, callback.diagnosis, model, (x, y))


def measure(half: str, programs: Sequence[Program]) -> None:
    """Print the misses of a half, and its shares."""
    detected = named = right = alarms = 0
    epochs: list[int] = []
    for program in programs:
        keras.utils.set_random_seed(7)
        try:
            said = train(program.make(False), EPOCHS)
        except Exception as error:  # TensorFlow refuses it: nothing to diagnose
            print(f"  {program.name} cannot be trained: {error}")
            continue
        findings = said.diagnosis.findings
        causes = set(program.kind.split("|"))
        # A kind that sound programs have, too, is told as a hint.
        grave = [f.name for f in findings if f.severity is not Severity.INFO or f.name in causes]
        advice = said.diagnosis.recommendations
        first = f"{advice[0].action}: {advice[0].reason}" if advice else ""
        knows = bool(causes & set(grave))
        helps = any(word in first for word in program.right)
        detected, named, right = detected + bool(grave), named + knows, right + helps
        if said.first_epoch is not None:
            epochs.append(said.first_epoch)
        if not (grave and knows and helps):
            verdict = said.diagnosis.verdict
            print(f"  {program.name}: wanted {program.kind}, found {verdict}, {grave}; {first}")
        keras.utils.set_random_seed(7)
        twin = train(program.make(True), EPOCHS)
        alarms += bool(twin.alarms)
        for line in twin.alarms:
            print(f"  alarm on the twin of {program.name}: {line}")
        keras.backend.clear_session()
    n = len(programs)
    print(
        f"| {half} | {n} | {detected / n:.0%} | {named / n:.0%} | {right / n:.0%} | "
        f"{alarms} of {n} | {statistics.median(epochs):g} |"
    )


def measure_sound() -> None:
    """Print the alarms on sound programs, and how many of their units are dead."""
    alarms, dead = 0, []
    for make in sound_training.PROGRAMS:
        keras.utils.set_random_seed(7)
        said = train(make(), SOUND_EPOCHS)
        alarms += bool(said.alarms)
        for line in said.alarms:
            print(f"  alarm on {make.__name__}: {line}")
        outputs = Look(said.model, sample_of(said.rows)).outputs
        shares = [
            float((layer.values.reshape(-1, layer.values.shape[-1]) <= 0).all(axis=0).mean())
            for layer in outputs
            if layer.activation == "relu" and layer.values.shape[-1] >= FEWEST_UNITS
        ]
        dead += [max(shares)] if shares else []
        keras.backend.clear_session()
    print(f"alarms on {alarms} of {len(sound_training.PROGRAMS)} sound programs")
    print(
        f"dead ReLUs of the worst layer in {len(dead)} of them: at most {max(dead):.0%}, more than "
        f"half in {sum(share > 0.5 for share in dead)}"
    )


if __name__ == "__main__":
    began = time.perf_counter()
    parts = sys.argv[1:] or [*HALVES, "sound"]
    print("| half | programs | detected | cause named | right remedy first | alarms on twins | "
          "first said after epoch (median) |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for part in parts:
        if part == "sound":
            measure_sound()
        else:
            measure(part, HALVES[part])
    print(f"{time.perf_counter() - began:.0f} s")
