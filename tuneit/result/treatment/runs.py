"""The finished trainings of treatments, in the study's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

from tuneit.ledger.study_folder import StudyFolder
from tuneit.ledger.study_folder.run_log import RunLog
from tuneit.treatments.arm import Arm, Run
from tuneit.treatments.comparison import series_of
from tuneit.treatments.outcome import Treatments
from tuneit.workbench import PreparedStudy


def treatments_fingerprint(prepared: PreparedStudy, baseline: Arm) -> str:
    """Equal where earlier trainings can be used again: the same code, data, settings and trial."""
    study = prepared.study
    said = [
        prepared.data.fingerprint,
        dict(prepared.fingerprint.code),
        baseline.key,
        study.model_dump_json(
            include={"seed", "objective", "batch_size", "early_stopping", "budget", "callbacks"},
        ),
    ]
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


class Runs:
    """Keeps runs in `treatments.jsonl`; implements `RunStore`."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._log = RunLog(path, fingerprint)

    def runs(self) -> list[Run]:
        """The runs that were kept; later ones of the same arm and pair last."""
        return [Run(**record) for record in self._log.records()]

    def add(self, run: Run) -> None:
        """Keep a run."""
        self._log.add(asdict(run))


def load_treatments(folder: StudyFolder) -> Treatments | None:
    """Read treatments.json back, with the curves of its runs; None where there is none."""
    try:
        found = Treatments.from_dict(json.loads(folder.treatments.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    runs = Runs(folder.treatment_runs, found.runs).runs()
    return replace(found, series=series_of([run for run in runs if run.score is not None]))
