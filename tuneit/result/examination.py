"""What the best model shows once the search has ended; `examination.json` stores it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneit.data.nested import arrays_of
from tuneit.errors import TuneitError
from tuneit.findings import Finding, Severity
from tuneit.findings.reference_models import PairedDifference
from tuneit.ledger.study_folder import to_json, write_text
from tuneit.result.beside_references import beside_references
from tuneit.trials import Trial

if TYPE_CHECKING:
    from tuneit.data.dataset import Split
    from tuneit.result.evaluating import Tested
    from tuneit.result.search_result import SearchResult


SMALL_MODEL, SMALL_ROW = 10**6, 4096
"""Parameters, and values of a row, up to which the probes look at all rows that they want. With
more they may need more memory than a training step, unless they look at one batch (chosen)."""


@dataclass(frozen=True)
class Examination:
    """What the probes found inside the best model, at some of its training rows.

    `paired` compares it with the best reference models on the validation rows. `trial` and `score`
    are those of the trial whose model it was, `data` is the data's fingerprint.
    """

    trial: int
    score: float | None
    data: str
    findings: tuple[Finding, ...]
    paired: tuple[PairedDifference, ...] = ()

    def is_of(self, best: Trial | None, data: str) -> bool:
        """Whether it is the examination of this best trial on these data."""
        known = best is not None and (best.number, best.score, data)
        return known == (self.trial, self.score, self.data)

    def save(self, file: Path) -> None:
        """Write the file. Raises InputError or WorkError if that fails."""
        findings = [finding.to_dict() for finding in self.findings]
        record = {
            "trial": self.trial,
            "score": self.score,
            "data": self.data,
            "findings": findings,
            "paired": [asdict(one) for one in self.paired],
        }
        write_text(file, to_json(record) + "\n")

    @classmethod
    def of(cls, result: SearchResult) -> Examination | None:
        """The stored examination of the result's best trial."""
        found = cls.load(result.folder.examination)
        is_of_best = found and found.is_of(result.best_or_none, result.data.fingerprint)
        return found if is_of_best else None

    @classmethod
    def load(cls, file: Path) -> Examination | None:
        """Read the file; None if it is missing or cannot be read."""
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            findings = tuple(
                Finding(**{**one, "severity": Severity(one["severity"])})
                for one in record["findings"]
            )
            # Earlier versions stored none.
            paired = tuple(PairedDifference(**one) for one in record.get("paired", ()))
            return cls(record["trial"], record["score"], record["data"], findings, paired)
        except (OSError, ValueError, KeyError, TypeError):
            return None


def examine_best(result: SearchResult, load: Callable[[], Tested]) -> None:
    """Look inside the best model and compare it with the reference models, unless that was done
    before; `load` returns it, and its data.

    Nothing is stored where it cannot be loaded, or a `fit` of the user's own may have trained it on
    other rows than these.
    """
    best = result.best_or_none
    if best is None or best.curve is None or result.examination is not None:
        return
    from tuneit.training.examination import try_rows_by_heart
    from tuneit.training.fitting.fit import arrays_for_keras, has_custom_fit
    from tuneit.training.probes.guard import Guard
    from tuneit.training.probes.sample import ROWS
    from tuneit.training.probes.trained import look_inside

    # What fails here has failed in the evaluation before, which says why.
    with suppress(TuneitError):
        model, dataset = load()
        if has_custom_fit(result.prepared.builder, model):
            return
        x, y = arrays_for_keras(dataset.train)
        is_small, guard = _is_small(best, dataset.train), Guard(lambda line: None)
        count = ROWS if is_small else min(ROWS, _batch(result, best))
        findings = look_inside(model, x, y, best.curve, guard, count)
        if is_small and result.judge.diagnosis(best).verdict.row.hardly_learned:
            findings += try_rows_by_heart(model, x, y, findings, guard)
        training = best.best_training(result.objective) or 0
        models = result.judge.models_of(training)
        paired: tuple[PairedDifference, ...] = ()
        if models is not None:
            paired = guard.call(
                "reference models",
                lambda: beside_references(model, dataset, models, training),
                paired,
            )
        data = result.data.fingerprint
        examination = Examination(best.number, best.score, data, findings, paired)
        examination.save(result.folder.examination)


def _is_small(best: Trial, train: Split) -> bool:
    parameters = best.facts.parameters
    values = sum(math.prod(array.shape[1:]) for array in arrays_of(train.x))
    return parameters is not None and parameters <= SMALL_MODEL and values <= SMALL_ROW


def _batch(result: SearchResult, best: Trial) -> int:
    """The rows of a batch of the best trial."""
    batch = best.params.get("batch_size", result.prepared.plan.batch_size)
    return batch if isinstance(batch, int) and batch > 0 else 1
