"""The file `evaluation.json`: the last evaluation of a study on its test split."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuneit.evaluation import Evaluation
from tuneit.evaluation.record import dump_evaluation, load_evaluation
from tuneit.ledger.study_folder import to_json, write_text
from tuneit.trials import Trial


@dataclass(frozen=True, eq=False)
class FinalEvaluation:
    """The stored evaluation of the best model on the test split.

    `trial` and `score` are those of the trial whose model was evaluated, `trials` the number of
    trials that had ended by then, `data` the data's fingerprint. `looks` counts the evaluations of
    this study on its test split. It matters because whoever changes the study after an evaluation
    also selects by the test split. `metrics` are what the compiled model itself reports of the test
    rows, such as `loss` and `accuracy`; empty where that is unknown. `evaluation` is None if
    another version of tuneit wrote it in another form.
    """

    trial: int
    score: float | None
    trials: int
    data: str
    looks: int
    evaluation: Evaluation | None
    metrics: Mapping[str, float] = field(default_factory=dict)

    def is_of(self, best: Trial | None, data: str) -> bool:
        """Whether it is the evaluation of this best trial on these data."""
        if best is None or self.evaluation is None:
            return False
        return (self.trial, self.score, self.data) == (best.number, best.score, data)

    def save(self, file: Path) -> None:
        """Write the file. Raises InputError or WorkError if that fails."""
        record: dict[str, Any] = {
            "trial": self.trial,
            "score": self.score,
            "trials": self.trials,
            "data": self.data,
            "looks": self.looks,
            "metrics": dict(self.metrics),
            "evaluation": self.evaluation and dump_evaluation(self.evaluation),
        }
        write_text(file, to_json(record) + "\n")

    @classmethod
    def load(cls, file: Path) -> FinalEvaluation | None:
        """Read the file; None if it is missing or cannot be read."""
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            head = (record["trial"], record["score"], record["trials"], record["data"])
            looks = int(record["looks"])
            metrics = {str(k): float(v) for k, v in record.get("metrics", {}).items()}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        try:
            evaluation = load_evaluation(record["evaluation"])
        except (ValueError, KeyError, TypeError):
            evaluation = None
        return cls(*head, looks, evaluation, metrics)
