"""Treating the best trial of a searched study: choose, train in pairs, compare, keep."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING

from tuneit.errors import BuilderError, InputError
from tuneit.errors.wording import counted, figures
from tuneit.ledger.study_folder import to_json, write_text
from tuneit.ledger.study_folder.own_files import sweep
from tuneit.result.treatment.advice_context import advice_context
from tuneit.result.treatment.choice import Choice, Wishes
from tuneit.result.treatment.runs import Runs, load_treatments, treatments_fingerprint
from tuneit.screen.interrupts import Interrupts
from tuneit.screen.treatment_view import TreatmentView
from tuneit.treatments.arm import Arm, combined, independent
from tuneit.treatments.comparison import rows_of
from tuneit.treatments.data_probe import PAIRS as PROBE_PAIRS
from tuneit.treatments.data_probe import DataProbe, arms_of_probe, probe
from tuneit.treatments.loop import Pairs
from tuneit.treatments.menu import DATA_PROBE, Situation
from tuneit.treatments.outcome import (
    Confirmation,
    TreatmentRow,
    Treatments,
    chosen_of,
    verified_of,
)
from tuneit.treatments.statistics import least_gain, pairs_needed

if TYPE_CHECKING:
    from tuneit.result import SearchResult
    from tuneit.training.treating.runner import ArmTrainer

CONFIRMING = 3
"""Pairs whose models are measured on the test rows at the end (chosen)."""


@dataclass
class Experiment:
    """One comparison of treatments of a result's best trial."""

    result: SearchResult
    wishes: Wishes
    view: TreatmentView
    interrupts: Interrupts
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.best = self.result.best
        self.prepared = self.result.prepared
        self.situation = Situation(
            self.result.study,
            advice_context(self.result, self.best),
            takes_hp=self.prepared.builder.takes_hp,
            trained=None if self.best.curve is None else len(self.best.curve),
        )
        self.baseline = self.situation.baseline
        self.splits_anew = self._splits_anew()
        self.began = clock.monotonic()

    def run(self) -> Treatments:
        """Train and compare; raises KeyboardInterrupt on Ctrl-C, with the finished pairs kept."""
        trainer = self.trainer()
        self._require_baseline(trainer)
        arms, rows, sweep = self._choice(trainer).arms()
        diagnosis = self.result.diagnose()
        if not rows:
            self.notes.append(
                f"nothing is recommended for this model ({diagnosis.verdict}): name "
                "treatments, such as --actions dropout,l2 (in Python actions=…)"
            )
        elif self.wishes.actions is None and not diagnosis.recommendations:
            self.notes.append(
                "nothing is recommended for a healthy model: what improves such models most often "
                "was tried"
            )
        wanted = self.wishes.seeds or pairs_needed(len(arms))
        self._note_few_pairs(wanted, len(arms))
        pairs = self.pairs(trainer)
        self._require_time([self.baseline, *arms], pairs)
        done = pairs.run(self.baseline, arms, wanted) if arms else 0
        compared = self.compare(pairs, arms)
        by_action = {row.action: row for row in (*rows, *compared)}
        combination = self._combination(trainer, pairs, compared, done)
        chosen = chosen_of(compared, combination)
        found = self._probe(pairs) if DATA_PROBE in by_action else None
        if DATA_PROBE in by_action:
            by_action[DATA_PROBE] = _probe_row(found, self.baseline)
        confirmation = self._confirm(trainer, pairs, chosen, done)
        baseline_runs = pairs.of(self.baseline)
        scores = [run.score for run in baseline_runs if run.score is not None]
        return Treatments(
            metric=self.result.objective.metric,
            score=fmean(scores) if scores else self.best.score,
            seeds=tuple(run.pair for run in baseline_runs),
            parameters=self.baseline.params,
            rows=tuple(by_action.values()),
            data_probe=None if found is None else found.to_dict(),
            combination=combination,
            confirmation=confirmation,
            rate_sweep=sweep,
            notes=(*self.notes, *pairs.notes),
            runs=treatments_fingerprint(self.prepared, self.baseline),
        )

    def _choice(self, trainer: ArmTrainer) -> Choice:
        return Choice(self.result, self.wishes, self.situation, trainer, self.view)

    def trainer(self) -> ArmTrainer:
        """What builds and trains the arms."""
        from tuneit.diagnosis import diagnose_curve
        from tuneit.training.treating.runner import ArmTrainer

        judge = self.result.judge
        return ArmTrainer(
            recipe=self.prepared.recipe,
            space=self.result.space,
            baseline=self.baseline,
            folder=self.result.folder.treatment_models,
            verdict=lambda trial, curve: str(diagnose_curve(curve, judge.reference(trial)).verdict),
            interrupted=lambda: self.interrupts.seen,
            splits_anew=self.splits_anew,
            in_cohorts=self.result.study.trainer != "single",
            trivial=self.best.trivial,
        )

    def pairs(self, trainer: ArmTrainer) -> Pairs:
        """The pairs that were trained before, and what trains more."""
        fingerprint = treatments_fingerprint(self.prepared, self.baseline)
        return Pairs(
            trainer,
            Runs(self.result.folder.treatment_runs, fingerprint),
            self.view,
            clock.monotonic,
            None if self.wishes.time is None else self.began + self.wishes.time,
            self._seconds_each,
        )

    @property
    def _seconds_each(self) -> float:
        """How long a training took in the best trial."""
        return self.best.duration_s / max(1, len(self.best.scores))

    def compare(self, pairs: Pairs, arms: Sequence[Arm]) -> list[TreatmentRow]:
        """A row for each arm."""
        base = pairs.of(self.baseline)
        return rows_of(
            arms,
            base,
            {arm.key: pairs.of(arm) for arm in arms},
            sign=self.result.objective.sign,
            worth=self._worth(pairs),
        )

    def _worth(self, pairs: Pairs) -> float:
        if self.wishes.min_gain is not None:
            return self.wishes.min_gain
        scores = [run.score for run in pairs.of(self.baseline) if run.score is not None]
        return least_gain(self.best.trivial.score, fmean(scores)) if scores else 0.0

    def _combination(
        self, trainer: ArmTrainer, pairs: Pairs, rows: Sequence[TreatmentRow], done: int
    ) -> TreatmentRow | None:
        """The best verified treatment and the next one that changes something else, together."""
        better = [row for row in verified_of(rows) if not row.for_size]
        tried = [row.arm for row in better if row.arm is not None]
        second = next((a for a in tried[1:] if independent(tried[0], a, self.baseline)), None)
        if second is None:
            return None
        first = tried[0]
        arm = self._choice(trainer).checked(combined(first, second, self.baseline))
        if isinstance(arm, str):
            self.notes.append(f"{first.action} and {second.action} do not go together: {arm}")
            return None
        both = replace(arm, change=f"{first.change}; {second.change}")
        pairs.run(self.baseline, [both], done)
        # Tested only after both of its parts were verified: no correction for these is needed.
        [row] = self.compare(pairs, [both])
        return row

    def _probe(self, pairs: Pairs) -> DataProbe | None:
        """Train on parts of the rows; None where the rows cannot be split anew."""
        rows = len(self.prepared.dataset.train)
        if not self.splits_anew:
            return None
        epochs = self.baseline.params.get("epochs") or self.result.study.budget.epochs
        parts = arms_of_probe(self.baseline, int(epochs))
        pairs.run(self.baseline, parts, self.wishes.seeds or PROBE_PAIRS)
        runs = [pairs.of(arm) for arm in (*parts, self.baseline)]
        counts = [round(rows * arm.share) for arm in (*parts, self.baseline)]
        return probe(runs, counts, sign=self.result.objective.sign, worth=self._worth(pairs))

    def _confirm(
        self,
        trainer: ArmTrainer,
        pairs: Pairs,
        chosen: TreatmentRow | None,
        done: int,
    ) -> Confirmation | None:
        """Compare the chosen treatment with the baseline on the test rows, once."""
        from tuneit.training.treating.graph import CannotTreat

        if chosen is None:
            return None
        test = self.prepared.dataset.test
        if not len(test):
            self.notes.append("no rows were kept for a test, so that nothing confirms the result")
            return None
        arm = chosen.arm
        assert arm is not None
        metric = self.result.objective.metric.removeprefix("val_")
        used = range(min(CONFIRMING, done))
        self.view.note(f"measuring {chosen.action} on the test rows")
        try:
            before = trainer.test_scores(self.baseline, used, metric)
            after = trainer.test_scores(arm, used, metric)
        except CannotTreat as reason:
            self.notes.append(f"the test rows confirm nothing, since {reason}")
            return None
        finally:
            self._keep_model(pairs, arm, chosen)
        self.result.count_test_look()
        sign = self.result.objective.sign
        gain = fmean(sign * (b - a) for a, b in zip(before, after, strict=True))
        return Confirmation(chosen.action, metric, len(test), tuple(before), tuple(after), gain)

    def _keep_model(self, pairs: Pairs, arm: Arm, chosen: TreatmentRow) -> None:
        """Keep the best of the chosen treatment's models where its layers or weights changed."""
        folder = self.result.folder
        scores = {run.pair: run.score for run in pairs.of(arm) if run.score is not None}
        files = {pair: folder.treatment_models / f"{chosen.action}-{pair}.keras" for pair in scores}
        kept = [pair for pair, file in files.items() if file.exists()]
        if (arm.edits or "pruning" in arm.plan) and kept:
            best = max(kept, key=lambda pair: self.result.objective.sign * scores[pair])
            files[best].replace(folder.treated_model)

    def _splits_anew(self) -> bool:
        """Whether each pair may split the rows anew."""
        from tuneit.data.streamed import StreamedDataset

        dataset = self.prepared.dataset
        why = {
            "groups": "rows of a group must stay together",
            "time": "the rows are in order of time",
        }.get(dataset.split_by)
        if isinstance(dataset, StreamedDataset):
            why = "the data are streamed"
        if why is not None:
            self.notes.append(
                f"all pairs have the study's own split, since {why}: luck of the split is not in "
                "the intervals"
            )
        return why is None

    def _require_baseline(self, trainer: ArmTrainer) -> None:
        from tuneit.training.treating.graph import CannotTreat

        try:
            trainer.describe(self.baseline)
        except CannotTreat as reason:
            raise BuilderError(f"the best trial's model cannot be treated: {reason}") from None

    def _require_time(self, arms: Sequence[Arm], pairs: Pairs) -> None:
        """Raise InputError where the time is too short for a pair of each treatment."""
        missing = sum((arm.key, 0) not in pairs.known for arm in arms)
        one = self._seconds_each
        if self.wishes.time is not None and missing * one > self.wishes.time:
            raise InputError(
                f"the time of {self.wishes.time:g} s is too short for one pair, which takes about "
                f"{figures(missing * one, 2)} s: {figures(one, 2)} s for each of "
                f"{counted(missing, 'training')}"
            )

    def _note_few_pairs(self, wanted: int, arms: int) -> None:
        if arms and wanted < pairs_needed(arms):
            self.notes.append(
                f"{counted(wanted, 'pair')} cannot verify any of {counted(arms, 'treatment')}: "
                f"that needs {pairs_needed(arms)}"
            )


def _probe_row(found: DataProbe | None, baseline: Arm) -> TreatmentRow:
    if found is None:
        reason = "the rows cannot be split anew, so that no part of them can be tried"
        return TreatmentRow(DATA_PROBE, "", "not_applicable", reason)
    status = "verified" if found.status == "verified" else "not_shown"
    reason = found.reason if found.status != "unknown" else f"unknown: {found.reason}"
    gains = () if found.gain is None else (found.gain,) * len(found.scores[-1])
    return TreatmentRow(
        DATA_PROBE,
        f"twice the rows, extrapolated from {', '.join(map(str, found.rows))}",
        status,  # type: ignore[arg-type]
        reason,
        gains,
        found.interval,
        None,
        found.seconds,
        baseline.params,
    )


def treated_before(result: SearchResult) -> bool:
    """Whether treatments.json tells of this best trial, with this code and these data."""
    known = load_treatments(result.folder)
    baseline = Situation(result.study, advice_context(result, result.best)).baseline
    fingerprint = treatments_fingerprint(result.prepared, baseline)
    return known is not None and known.runs == fingerprint


def compare(result: SearchResult, wishes: Wishes, view: TreatmentView) -> Treatments:
    """Compare treatments of the best trial, write treatments.json, and return what they showed.

    Raises NoTrialError where no trial completed, InputError where nothing can be compared,
    WorkError where the best configuration cannot be trained again, KeyboardInterrupt on Ctrl-C.
    """
    result.best  # noqa: B018 - raises NoTrialError before anything is loaded
    sweep(result.folder.treatment_models)  # of a process that was killed
    try:
        with Interrupts() as interrupts:
            found = Experiment(result, wishes, view, interrupts).run()
    finally:
        view.end()
        sweep(result.folder.treatment_models)
    write(result, found)
    return found


def write(result: SearchResult, found: Treatments) -> None:
    """Write `treatments.json`."""
    result.folder.claim()
    write_text(result.folder.treatments, to_json(found.to_dict()) + "\n")
