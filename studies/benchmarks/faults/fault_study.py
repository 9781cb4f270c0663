"""A study with small real trainings, searched by `tuneit search` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.ledger import Ledger
from tuneit.trials import Objective

OBJECTIVE = Objective.named("val_loss")

_MODEL = """
import time
import keras

class Mark(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        with open({marks!r}, "a") as file:
            file.write(f"{{float(self.model.optimizer.learning_rate)!r}} {{time.time()!r}}\\n")

def build_model(hp):
    model = keras.Sequential([
        keras.layers.Input((4,)),
        keras.layers.Dense(8, activation="tanh"),
        keras.layers.Dense(3, activation="softmax"),
    ])
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", jit_compile=False)
    return model
"""

_STUDY = """
version: 1
name: {name}
seed: 5
model: model.py:build_model
callbacks: [model.py:Mark]
data: {{source: sklearn, name: iris, scale: standard}}
objective: val_loss
strategy: {strategy}
pruning: none
trainer: single
budget: {{trials: {trials}, epochs: 8}}
storage: {storage}
"""

Ended = tuple[dict[str, Any], float | None, str | None]
"""What is compared of a trial that has ended: its configuration, its score, its error."""


@dataclass
class FaultStudy:
    """A folder with a study. `seen` has each trial since it was found in the ledger, and when.

    `storage` is a database's URL, or None for the journal.
    """

    folder: Path
    trials: int
    strategy: str = "random"
    storage: str | None = None
    seen: dict[int, tuple[Ended, float]] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        named = {"storage": "env:FAULTS_DB" if self.storage else "null"}
        named |= {"name": self.folder.name, "strategy": self.strategy, "trials": str(self.trials)}
        (self.folder / "model.py").write_text(_MODEL.format(marks=str(self._marks)))
        (self.folder / "study.yaml").write_text(_STUDY.format(**named))

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a search in a session of its own; what it says is added to `said.txt`."""
        with (self.folder / "said.txt").open("ab") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "tuneit", "search", "study.yaml", *options],
                cwd=self.folder,
                env={**os.environ, "FAULTS_DB": self.storage or "", "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that the searches have said."""
        return (self.folder / "said.txt").read_text()

    def look(self) -> None:
        """Read the ledger: note the trials that have ended since, and those that are lost."""
        output = self.folder / "reports" / self.folder.name
        if self.storage is None and not (output / "ledger.journal").exists():
            return
        with Ledger.read(self.storage, output, self.folder.name, OBJECTIVE) as ledger:
            ended = {t.number: t for t in ledger.trials() if t.finished}
        now = time.time()
        found = {n: (dict(t.params), t.score, t.error) for n, t in ended.items()}
        self.lost |= {n for n, (before, _) in self.seen.items() if found.get(n) != before}
        self.seen |= {n: (values, now) for n, values in found.items() if n not in self.seen}

    def begun(self) -> list[tuple[float, float]]:
        """The learning rate and the moment of each training that has begun."""
        if not self._marks.exists():
            return []
        lines = (line.split() for line in self._marks.read_text().splitlines())
        return [(float(rate), float(moment)) for rate, moment in lines]

    def trained_again(self) -> set[int]:
        """The trials whose training began although the ledger had their end."""
        by_rate = {
            float(np.float32(values[0]["learning_rate"])): (number, moment)
            for number, (values, moment) in self.seen.items()
        }
        known = [(by_rate[rate], began) for rate, began in self.begun() if rate in by_rate]
        return {number for (number, ended), began in known if began > ended}

    def failed(self) -> set[int]:
        """The trials that cost too many processes."""
        return {n for n, ((_, score, _), _) in self.seen.items() if score is None}

    def other_than(self, quiet: FaultStudy) -> set[int]:
        """The trials whose configuration or score is not that of the quiet search."""
        mine = {n: values for n, (values, _) in self.seen.items() if n not in self.failed()}
        return {n for n, values in mine.items() if quiet.seen[n][0] != values}

    @property
    def _marks(self) -> Path:
        return self.folder / "begun.txt"


def quiet_search(folder: Path, trials: int, strategy: str = "random") -> FaultStudy:
    """The study, searched without any fault."""
    quiet = FaultStudy(folder, trials, strategy)
    assert quiet.start().wait() == 0, quiet.said
    quiet.look()
    return quiet
