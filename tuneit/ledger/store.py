"""The store of trials: an Optuna study in a file of the study's folder or in a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError, ResumeError, WorkError
from tuneit.ledger.database import StudyWriter, close_database, open_database, retried, why_silent
from tuneit.ledger.database.study_writer import erase_study
from tuneit.ledger.folder_lock import FolderLock
from tuneit.ledger.optuna_fields import outcome, reports
from tuneit.ledger.optuna_study import HEADER, find_or_begin, refuse_another
from tuneit.ledger.trial_record import dump_begun, dump_execution, dump_trial, load_trial
from tuneit.space import SearchSpace
from tuneit.space.distributions import shown
from tuneit.trials import EndedExecution, Objective, Proposal, Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage

JOURNAL = "ledger.journal"
LOCK = "ledger.lock"


class Ledger:
    """A study's trials, as tuneit's values; Optuna's dashboard opens the same store.

    Everything that tuneit reads back is stored as JSON in user attributes. Parameters, values and
    intermediate values are stored too, for Optuna's tools. A proposal whose training has not begun
    is `WAITING`. A trial that was started and never recorded stays `RUNNING`. The next search runs
    both under their numbers.
    """

    def __init__(
        self,
        storage: BaseStorage,
        study_id: int,
        objectives: Sequence[Objective],
        locks: Sequence[FolderLock | StudyWriter],
        batch: Any = nullcontext,
    ) -> None:
        self._note: Callable[[str], None] = lambda sentence: None
        self._storage = storage
        self._study_id = study_id
        self._objective = objectives[0]
        self._locks = locks
        self._batch = batch
        self._trials: list[Trial] = []
        self._ids: list[int] = []
        self._waiting: set[int] = set()
        self._distributions: dict[str, BaseDistribution] = {}
        self._snapshot: tuple[Trial, ...] | None = None

    @classmethod
    def open(
        cls,
        storage: str | None,
        folder: Path,
        name: str,
        objective: Objective,
        others: Sequence[Objective] = (),
        note: Callable[[str], None] = lambda sentence: None,
    ) -> Ledger:
        """Open a study's trials for a search, and lock them until `close`; begin where none are.

        `storage` is a database's URL, or None for `ledger.journal` in the folder. `others` are
        the objectives beside the primary one. `note` shows that a write waits for the database.
        Raises InputError where the folder or the study is in use or the URL is not valid,
        MissingExtraError where the database's driver is not installed, ResumeError where the store
        holds trials of another objective or is damaged. Later, a write raises WorkError if another
        search has taken over.
        """
        lock = FolderLock(folder / LOCK)
        lock.acquire()
        try:
            ledger = _connected(cls, storage, folder, name, (objective, *others), lock, begin=True)
        except BaseException:
            lock.release()
            raise
        ledger._note = note
        return ledger

    @classmethod
    def read(
        cls,
        storage: str | None,
        folder: Path,
        name: str,
        objective: Objective,
        others: Sequence[Objective] = (),
    ) -> Ledger:
        """Open a study's trials for reading, even while a search adds to them.

        Raises InputError where there is no such study.
        """
        if storage is None and not (folder / JOURNAL).exists():
            raise InputError(
                f"{folder} holds no trials: run `tuneit search` first, or give its --output"
            )
        lock = FolderLock(folder / LOCK)
        return _connected(cls, storage, folder, name, (objective, *others), lock, begin=False)

    @staticmethod
    def erase(storage: str | None, folder: Path, name: str) -> None:
        """Delete a study's trials. Raises InputError where its folder, or the study, is in use."""
        lock = FolderLock(folder / LOCK)
        lock.acquire()
        try:
            if storage is None:
                (folder / JOURNAL).unlink(missing_ok=True)
            else:
                erase_study(storage, name)
        finally:
            lock.release()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if error is not None and (silent := why_silent(error, self._storage)) is not None:
            raise WorkError(silent) from error

    def close(self) -> None:
        """Release the locks and close the storage."""
        for lock in self._locks:
            lock.release()
        close_database(self._storage)

    @property
    def header(self) -> dict[str, Any]:
        """A copy of what is stored about the study, by key; empty where nothing is stored yet."""
        return dict(self._storage.get_study_user_attrs(self._study_id).get(HEADER, {}))

    def set_header(self, header: Mapping[str, Any]) -> None:
        """Store what is known about the study (JSON-ready), in place of what was stored before."""
        set_attr = self._storage.set_study_user_attr
        self._written(lambda again: set_attr(self._study_id, HEADER, dict(header)))

    def trials(self) -> tuple[Trial, ...]:
        """All trials in order of number, unfinished ones included."""
        if self._snapshot is None:
            self._snapshot = tuple(self._trials)
        return self._snapshot

    def listed(self) -> tuple[Trial, ...]:
        """All trials that have begun, as reports list them: interrupted trials count as failed.

        The ledger keeps an interrupted trial as running, so that the next search runs it again.
        While another process searches, its running trials are listed as running.
        """
        begun = tuple(trial for trial in self._trials if trial.number not in self._waiting)
        if any(lock.is_elsewhere for lock in self._locks):
            return begun
        return tuple(t if t.finished else t.as_interrupted() for t in begun)

    def propose(self, proposal: Proposal, space: SearchSpace) -> None:
        """Store a proposal, which waits for its training; an earlier search may have stored it."""
        number = proposal.number
        if number < len(self._trials):
            if self._trials[number].finished:
                raise ValueError(f"trial {number} has been recorded already")
            return
        self._written(lambda again: self._propose(proposal, space, again=again))

    def start(self, proposal: Proposal, space: SearchSpace) -> None:
        """Store that a trial begins: a new one, or an interrupted one under its old number."""
        from optuna.trial import TrialState as OptunaState

        self.propose(proposal, space)
        number, set_state = proposal.number, self._storage.set_trial_state_values
        if number in self._waiting:
            self._written(lambda again: set_state(self._ids[number], OptunaState.RUNNING))
            self._waiting.remove(number)

    def _propose(self, proposal: Proposal, space: SearchSpace, *, again: bool) -> None:
        number = proposal.number
        if number > len(self._trials):
            raise ValueError(f"the next trial is {len(self._trials)}, not {number}")
        from optuna.trial import TrialState as OptunaState
        from optuna.trial import create_trial

        begun = Trial.begun(proposal)
        params, distributions = shown(space, begun.params, self._distributions)
        self._distributions |= distributions
        attrs = {"trial": dump_begun(begun)}
        template = create_trial(
            state=OptunaState.WAITING,
            params=params,
            distributions=distributions,
            user_attrs=attrs,
        )
        store = self._storage
        if again and store.get_n_trials(self._study_id) == number + 1:  # that try has stored it
            trial_id = store.get_trial_id_from_study_id_trial_number(self._study_id, number)
        else:
            trial_id = store.create_new_trial(self._study_id, template_trial=template)
        if store.get_trial(trial_id).number != number:
            raise ResumeError(
                "another process adds trials to this study: wait until it has ended, "
                "or give this study another name"
            )
        self._ids.append(trial_id)
        self._waiting.add(number)
        self._trials.append(load_trial(number, attrs))
        self._snapshot = None

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        """Store an execution of a trial that goes on; whoever opens the ledger next gets it."""
        key, text = dump_execution(index, execution)

        def keep(again: bool) -> None:
            batch: AbstractContextManager[None] = self._batch()
            with batch:
                self._storage.set_trial_user_attr(self._ids[number], key, text)

        self._written(keep)

    def record(self, trial: Trial, space: SearchSpace) -> None:
        """Store a trial that has ended. Its state is written last; without it the trial is running.

        The trial must have its verdict already: Optuna does not change trials that are finished.
        """
        number = trial.number
        if number >= len(self._trials) or self._trials[number].finished:
            raise ValueError(f"trial {number} is not running, so its end cannot be recorded")
        attrs = dump_trial(trial)
        self._written(lambda again: self._record(trial, attrs, space, again=again))
        # Read back what was stored: this run and a resumed one then see the same digits.
        self._trials[number] = load_trial(number, attrs)
        self._waiting.discard(number)
        self._snapshot = None

    def _record(
        self, trial: Trial, attrs: Mapping[str, Any], space: SearchSpace, *, again: bool
    ) -> None:
        trial_id = self._ids[trial.number]
        store = self._storage
        if again and store.get_trial(trial_id).state.is_finished():  # that try has stored it
            return
        known = store.get_trial(trial_id).params
        params, distributions = shown(space, trial.params, self._distributions)
        self._distributions |= distributions
        batch: AbstractContextManager[None] = self._batch()
        with batch:
            for name in params.keys() - known.keys():
                internal = distributions[name].to_internal_repr(params[name])
                store.set_trial_param(trial_id, name, internal, distributions[name])
            for epoch, value in reports(trial, self._objective):
                store.set_trial_intermediate_value(trial_id, epoch, value)
            for key, value in attrs.items():
                store.set_trial_user_attr(trial_id, key, value)
            state, values = outcome(trial)
            store.set_trial_state_values(trial_id, state, values)

    def _written(self, write: Callable[[bool], object]) -> None:
        """Write to the storage; to a database that restarts, when it answers again."""
        retried(write, self._storage, self._note)
        for lock in self._locks:
            if isinstance(lock, StudyWriter):
                lock.keep_lock()

    def _load(self) -> None:
        for frozen in self._storage.get_all_trials(self._study_id, deepcopy=False):
            if "trial" not in frozen.user_attrs:
                raise ResumeError(
                    f"trial {frozen.number} of this study was not written by tuneit: "
                    "give the study another name or storage"
                )
            trial = load_trial(frozen.number, frozen.user_attrs)
            if not frozen.state.is_finished():
                trial = trial.as_begun()  # its record of the outcome may be incomplete
            elif not trial.finished:
                raise ValueError(
                    f"trial {frozen.number} has ended, but its outcome was not recorded"
                )
            if frozen.state.name == "WAITING":
                self._waiting.add(frozen.number)
            self._distributions |= frozen.distributions
            self._ids.append(frozen._trial_id)
            self._trials.append(trial)


def _connected(
    cls: type[Ledger],
    url: str | None,
    folder: Path,
    name: str,
    objectives: Sequence[Objective],
    lock: FolderLock,
    *,
    begin: bool,
) -> Ledger:
    import optuna

    from tuneit.ledger.salvage import UNREADABLE, damaged_journal

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    locks: list[FolderLock | StudyWriter] = [lock]
    with ExitStack() as undo:
        undo.callback(optuna.logging.set_verbosity, level)
        batch: Any = nullcontext
        storage: BaseStorage
        if url is None:
            from tuneit.ledger.journal import mend, open_journal

            if begin:
                mend(folder / JOURNAL)
            storage, journal = open_journal(folder / JOURNAL)
            if begin:
                refuse_another(storage, name, folder)
            batch = journal.batch
            study_id = find_or_begin(storage, name, objectives, folder, begin=begin)
        else:
            storage = database = open_database(url)
            undo.callback(close_database, storage)
            writer = StudyWriter(database, name)
            undo.callback(writer.release)
            locks.append(writer)
            if begin:
                writer.take_lock()
            study_id = find_or_begin(storage, name, objectives, folder, begin=begin)
            if begin:
                writer.take_over(study_id)
        ledger = cls(storage, study_id, objectives, locks, batch)
        try:
            ledger._load()
        except UNREADABLE as error:
            if url is None:
                raise damaged_journal(folder / JOURNAL) from error
            raise ResumeError(
                f"a trial of '{name}' in the database cannot be read ({error}): restore the "
                "database from a copy, or give the study another name"
            ) from error
        undo.pop_all()
    optuna.logging.set_verbosity(level)
    return ledger
