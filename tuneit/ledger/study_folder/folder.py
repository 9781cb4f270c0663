"""A study's folder `reports/<study>/`: the files that a search leaves, each written atomically."""

from __future__ import annotations

import csv
import io
import math
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice, permutations, repeat
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.errors.harmless import for_spreadsheet
from tuneit.errors.writing import writing
from tuneit.ledger.study_folder.own_files import claim, entries, sweep
from tuneit.ledger.study_folder.texts import to_json, write_text
from tuneit.space import SearchSpace
from tuneit.study import Study
from tuneit.trials import Objective, Trial


@dataclass(frozen=True)
class StudyFolder:
    """Names and writes the files of one study; the folder is made with the first file."""

    path: Path

    @classmethod
    def of(cls, study: Study, output: Path | None = None) -> StudyFolder:
        """The folder that the user gave, or else `reports/<name>` in the working directory."""
        # Absolute, as a builder may change the working directory.
        return cls((output or Path("reports") / study.name).absolute())

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.path / "index.html"

    @property
    def markdown(self) -> Path:
        """The report for a pull request."""
        return self.path / "report.md"

    @property
    def pdf(self) -> Path:
        """The report for paper."""
        return self.path / "report.pdf"

    @property
    def summary(self) -> Path:
        """The summary for programs."""
        return self.path / "summary.json"

    @property
    def evaluation(self) -> Path:
        """The evaluation on the test split."""
        return self.path / "evaluation.json"

    @property
    def examination(self) -> Path:
        """What the probes found inside the best model."""
        return self.path / "examination.json"

    @property
    def treatments(self) -> Path:
        """What treatments of the best trial showed."""
        return self.path / "treatments.json"

    @property
    def treatment_runs(self) -> Path:
        """Each finished training of a treatment, a line each."""
        return self.path / "treatments.jsonl"

    @property
    def treated_model(self) -> Path:
        """The model of the best treatment, where layers changed."""
        return self.path / "model.treated.keras"

    @property
    def treatment_models(self) -> Path:
        """Where models of treatments are, until they are measured."""
        return self.path / "treatments"

    @property
    def table(self) -> Path:
        """The table of trials."""
        return self.path / "trials.csv"

    @property
    def best_model(self) -> Path:
        """The best model so far."""
        return self.path / "best.keras"

    @property
    def best_weights(self) -> Path:
        """The weights of a best model that Keras cannot save whole, in place of `best_model`."""
        return self.path / "best.weights.h5"

    @property
    def pipeline(self) -> Path:
        """How raw rows become inputs of the best model."""
        return self.path / "best.pipeline.json"

    @property
    def augmented(self) -> Path:
        """Training rows before and after augmentation, for the report."""
        return self.path / "augmented.npz"

    @property
    def refitted_model(self) -> Path:
        """The best configuration, trained anew on more rows; its record is beside it (.json)."""
        return self.path / "refit.keras"

    @property
    def models(self) -> Path:
        """Where a trainer leaves a model until its trial is recorded."""
        return self.path / "models"

    @property
    def curves(self) -> Path:
        """Learning curves, a file a trial."""
        return self.path / "curves"

    @property
    def logs(self) -> Path:
        """Where the study's own callbacks write: a folder for each execution."""
        return self.path / "logs"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints of trials that go on after a crash, or when a strategy wants more epochs."""
        return self.path / "paused"

    @property
    def note(self) -> Path:
        """The file that names the running trial, for the case that the process ends in it."""
        return self.path / ".under_way"

    def claim(self) -> None:
        """Mark the folder as tuneit's before something is written or deleted in it.

        Raises InputError where it has files of others under names that tuneit writes.
        """
        claim(self.path)

    def drop_checkpoints(self, needed: Collection[int]) -> None:
        """Delete the checkpoints of all trials but those with the `needed` numbers."""
        with writing(self.checkpoints):
            for file in entries(self.checkpoints):
                number = file.name.partition(".")[0].partition("-")[0]
                if number and int(number) not in needed:
                    file.unlink(missing_ok=True)

    def drop_ended_executions(self) -> None:
        """Delete the weights of executions of unfinished trials, so that these train anew."""
        with writing(self.checkpoints):
            for file in entries(self.checkpoints):
                if file.name.endswith(".ended.npz"):
                    file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete what a search left here, the ledger excepted; other files stay."""
        with writing(self.path):
            for file in (
                *(self.report, self.markdown, self.pdf),
                *(self.summary, self.table, self.evaluation, self.examination),
                *(self.best_model, self.best_weights, self.pipeline, self.augmented, self.note),
                *(self.treatments, self.treatment_runs, self.treated_model),
                *(self.refitted_model, self.refitted_model.with_suffix(".json")),
                self.path / "refit.pipeline.json",
            ):
                file.unlink(missing_ok=True)
            for folder in (
                *(self.models, self.curves, self.logs, self.checkpoints),
                self.treatment_models,
            ):
                sweep(folder)

    def keep(self, trial: Trial, is_best: bool, kept: Collection[int] = ()) -> None:
        """Write a recorded trial's curves; keep its model if it is the best, else drop it.

        `kept` are the trials whose models stay in `models`, the best one's too.
        """
        for file, curve in self._curves_of(trial):
            self._write_curve(file, curve)
        if is_best:
            self._take(trial, kept)
            if trial.facts.untrained:  # no model was saved: the file is an earlier trial's
                with writing(self.path):
                    self.best_model.unlink(missing_ok=True)
                    self.best_weights.unlink(missing_ok=True)
        if trial.number not in kept:
            self.drop_models_of([trial.number])

    def drop_models_of(self, numbers: Iterable[int]) -> None:
        """Delete the models of these trials from `models`."""
        with writing(self.models):
            for number in numbers:
                for model in self.models.glob(f"{number:04d}.*"):
                    model.unlink(missing_ok=True)

    def model_of(self, number: int) -> Path | None:
        """The model of a trial that stays in `models`, or its weights; None where none does."""
        files = (self.models / f"{number:04d}{end}" for end in (".keras", ".weights.h5"))
        return next((file for file in files if file.exists()), None)

    def catch_up(
        self, trials: Iterable[Trial], best: Trial | None, kept: Collection[int] = ()
    ) -> None:
        """Write curves of recorded trials that have no file yet, and keep the best model.

        A process that was killed, or whose disk was full, may have recorded a trial without them.
        """
        for trial in trials:
            for file, curve in self._curves_of(trial):
                # A machine that crashes may leave an empty file where one was being replaced.
                if not file.exists() or not file.stat().st_size:
                    self._write_curve(file, curve)
        if best is not None:
            self._take(best, kept)

    def drop_models(self, kept: Collection[int] = ()) -> None:
        """Delete models of all trials but those `kept`. Call it while no trial is running."""
        with writing(self.models):
            if not kept:
                sweep(self.models)
                return
            for file in entries(self.models):
                number = file.name.partition(".")[0]
                if not number or int(number) not in kept:
                    file.unlink(missing_ok=True)

    def _take(self, best: Trial, staying: Collection[int]) -> None:
        """Move the model that a trainer saved for this trial to the best model's place, if any.

        That of a trial among `staying`, which stays in `models`, is copied.
        """
        for kept, other in permutations((self.best_model, self.best_weights)):
            model = self.models / kept.name.replace("best", f"{best.number:04d}")
            with writing(kept), suppress(FileNotFoundError):
                if best.number in staying:
                    # Written under another name first, so that it is never incomplete.
                    unfinished = kept.with_name(f".{os.getpid()}.{kept.name}")
                    shutil.copyfile(model, unfinished)
                    model = unfinished
                model.replace(kept)
                other.unlink(missing_ok=True)

    def _curves_of(self, trial: Trial) -> Iterator[tuple[Path, LearningCurve]]:
        """A finished trial's curves, with the file of each: `0007.csv`, `0007-2.csv` for the second
        execution."""
        if not trial.finished:
            return
        for execution, curve in enumerate((trial.curve, *trial.repeats), start=1):
            if curve is not None and (len(curve) or execution > 1):
                stem = f"{trial.number:04d}" + (f"-{execution}" if execution > 1 else "")
                yield self.curves / f"{stem}.csv", curve

    def _write_curve(self, file: Path, curve: LearningCurve) -> None:
        """Write Keras CSVLogger's columns: the epoch from 0, then a column a metric."""
        rows: list[list[object]] = [["epoch", *curve.series]]
        for index in range(len(curve)):
            values = [float(series[index]) for series in curve.series.values()]
            rows.append([int(curve.epochs[index]) - 1, *values])
        write_text(file, _csv(rows))

    def write_table(
        self, trials: Sequence[Trial], space: SearchSpace, others: Sequence[Objective] = ()
    ) -> None:
        """Write `trials.csv`, a row a trial."""
        write_text(self.table, trials_csv(trials, space, others))

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write `summary.json`; what is not a finite number becomes null."""
        write_text(self.summary, to_json(summary) + "\n")


def trials_csv(
    trials: Iterable[Trial], space: SearchSpace, others: Sequence[Objective] = ()
) -> str:
    """The table of trials as CSV text, with a column for each objective beside the primary one.

    `note` says why a trial was pruned, or that it was tried twice. Where trials have several
    executions, `score_std` is the standard deviation of their scores; `scores.1`, `scores.2`, … are
    these, at the end, where they move no other column. Texts that a spreadsheet would take for
    formulas get a quote before them, which `harmless.from_spreadsheet` removes.
    """
    rows = list(trials)
    several = any(trial.spread is not None for trial in rows)
    executions = max((len(trial.scores) for trial in rows), default=0) if several else 0
    names = list(dict.fromkeys([*space.names, *(name for t in rows for name in t.params)]))
    values = [f"values.{objective.metric}" for objective in others]
    spread = ["score_std"] * several
    each = [f"scores.{number}" for number in range(1, executions + 1)]
    head = ["number", "state", "score", *spread, *values, "duration_s", "epochs"]
    params = [f"params.{name}" for name in names]
    table: list[list[object]] = [[*head, *params, "verdict", "error", "note", *each]]
    table += [
        [
            trial.number,
            str(trial.state),
            trial.score,
            *([trial.spread] * several),
            *islice(chain(trial.values[1:], repeat(None)), len(others)),
            f"{trial.duration_s:.3f}",
            trial.epochs,
            *(trial.params.get(name) for name in names),
            trial.verdict,
            trial.error,
            trial.remark,
            *islice(chain(trial.scores, repeat(None)), executions),
        ]
        for trial in rows
    ]
    return _csv(table)


def _csv(rows: Iterable[Iterable[object]]) -> str:
    """CSV text that a spreadsheet may open: see `harmless.for_spreadsheet`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str):
        return for_spreadsheet(value)
    return repr(value) if isinstance(value, float) and math.isfinite(value) else value
