from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import unfinished
from full_disk import full_disk

from tuneit.curves import LearningCurve
from tuneit.errors import InputError, MissingExtraError, NoRoomError, ResumeError, WorkError
from tuneit.ledger import Ledger
from tuneit.ledger.database import anchored
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, SearchSpace
from tuneit.trials import EndedExecution, Facts, Memory, Objective, Proposal, Trial, TrialState

ACCURACY = Objective("val_accuracy", "maximize")
SPACE = SearchSpace(
    (
        Float(name="rate", low=1e-4, high=1e-1, sampling="log"),
        Choice(name="kind", values=("a", 1, 2.5, True, None)),
        Int(name="n", low=1, high=9, when=(Condition("kind", ("a",)),)),
        Choice(name="n", values=("x", "y"), when=(Condition("kind", (1,)),)),
        Boolean(name="flag"),
        Fixed(name="batch_size", value=32),
    )
)


def open_ledger(folder: Path, storage: str | None = None, objective=ACCURACY) -> Ledger:
    return Ledger.open(storage, folder, "study", objective)


def a_curve(epochs: int = 5) -> LearningCurve:
    rising = np.linspace(0.3, 0.9, epochs)
    return LearningCurve.from_history({"loss": 1 - rising, "val_accuracy": rising})


def a_proposal(number: int = 0, **params) -> Proposal:
    values = {"rate": 0.01, "kind": "a", "n": 3, "flag": True, "batch_size": 32, **params}
    return Proposal(
        number, values, seed=7 + number, memory=Memory(own={"trial": {"key": [1, 2.5]}})
    )


def a_trial(number: int = 0, **changes) -> Trial:
    proposal = a_proposal(number)
    trial = Trial(
        number,
        proposal.params,
        TrialState.COMPLETE,
        seed=proposal.seed,
        score=0.9,
        curve=a_curve(),
        best_epoch=5,
        duration_s=1.25,
        verdict="healthy",
        memory=proposal.memory,
        facts=Facts(parameters=1234),
        scores=(0.9, 0.8),
        repeats=(a_curve(3),),
    )
    return replace(trial, **changes)


def put(ledger: Ledger, trial: Trial, space: SearchSpace = SPACE) -> None:
    ledger.start(Proposal(trial.number, trial.params, trial.seed, trial.memory), space)
    ledger.record(trial, space)


def plain(trial: Trial) -> dict:
    fields = dict(vars(trial))
    fields["curve"] = trial.curve and repr(trial.curve.to_dict())
    fields["repeats"] = [repr(curve.to_dict()) for curve in trial.repeats]
    return fields


STORAGES = ["journal", "sqlite"]


def storage_of(kind: str, folder: Path) -> str | None:
    return None if kind == "journal" else f"sqlite:///{folder}/trials.db"


@pytest.mark.parametrize("kind", STORAGES)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_trial_is_read_back_as_it_was_recorded(tmp_path, kind):
    trials = [
        a_trial(0),
        a_trial(1, state=TrialState.PRUNED, error="worse than the median", scores=(), repeats=()),
        a_trial(2, state=TrialState.FAILED, score=None, curve=None, error="out of memory"),
        a_trial(3, params={"rate": 0.1, "kind": 1, "n": "y", "flag": False, "batch_size": 32}),
        a_trial(4, params={"rate": 0.1, "kind": True, "flag": False, "batch_size": 32}),
        a_trial(5, params={"rate": 0.1, "kind": None, "flag": False, "batch_size": 32}),
        a_trial(6, score=math.inf),
    ]
    storage = storage_of(kind, tmp_path)
    with open_ledger(tmp_path, storage) as ledger:
        for trial in trials:
            put(ledger, trial)
        live = ledger.trials()
        assert ledger.trials() is live
    with open_ledger(tmp_path, storage) as ledger:
        read = ledger.trials()
    assert [plain(t) for t in read] == [plain(t) for t in live]
    for ours, theirs in zip(trials, read, strict=True):
        for name in ("number", "params", "state", "seed", "score", "best_epoch", "verdict"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert ours.memory == theirs.memory
        assert ours.facts == theirs.facts
        assert ours.scores == theirs.scores
        assert ours.error == theirs.error
    assert type(read[4].params["kind"]) is bool
    assert type(read[3].params["kind"]) is int


def test_curves_keep_seven_digits_gaps_infinities_and_epoch_numbers(tmp_path):
    curve = LearningCurve(
        np.array([3, 4, 6]), {"loss": [0.123456789, math.nan, math.inf], "acc": [-math.inf, 0, 1]}
    )
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(curve=curve))
    with Ledger.read(None, tmp_path, "study", ACCURACY) as ledger:
        read = ledger.trials()[0].curve
    np.testing.assert_array_equal(read.epochs, [3, 4, 6])
    np.testing.assert_array_equal(read["loss"], [0.1234568, math.nan, math.inf])
    np.testing.assert_array_equal(read["acc"], [-math.inf, 0, 1])


def test_a_complete_trial_without_a_score_is_a_failed_one_for_optuna(tmp_path):
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(score=math.nan))
        assert math.isnan(ledger.trials()[0].score)
    assert load_plainly(tmp_path).trials[0].state.name == "FAIL"


def load_plainly(folder: Path):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(folder / "ledger.journal")))
    return optuna.load_study(study_name="study", storage=storage)


def test_optuna_opens_it_without_tuneit(tmp_path):
    late = SPACE.with_parameters([Int(name="late", low=0, high=5)])
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
        params = {"rate": 0.1, "kind": 1, "n": "y", "flag": False, "batch_size": 32}
        put(ledger, a_trial(1, params=params))
        ledger.start(a_proposal(2), SPACE)
        ledger.record(a_trial(2, params={**a_proposal(2).params, "late": 4}), late)
    study = load_plainly(tmp_path)
    assert study.direction.name == "MAXIMIZE"
    assert study.metric_names == ["val_accuracy"]
    assert study.best_value == 0.9
    first, second, third = study.trials
    assert first.params == a_proposal().params
    assert second.params["n [kind=1]"] == "y"
    assert third.params["late"] == 4
    assert first.user_attrs["verdict"] == "healthy"
    assert first.user_attrs["seconds"] == 1.25
    assert first.intermediate_values == {e: pytest.approx(v) for e, v in enumerate(
        np.linspace(0.3, 0.9, 5), start=1)}  # fmt: skip
    assert first.datetime_start <= first.datetime_complete


@pytest.mark.filterwarnings("ignore")  # the dashboard's own
def test_the_dashboard_shows_it(tmp_path):
    dashboard = pytest.importorskip("optuna_dashboard")
    from wsgiref.util import setup_testing_defaults

    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
        put(ledger, a_trial(1, score=math.nan))
        ledger.start(a_proposal(2), SPACE)
    study = load_plainly(tmp_path)
    app = dashboard.wsgi(study._storage)
    environ: dict = {"PATH_INFO": f"/api/studies/{study._study_id}", "REQUEST_METHOD": "GET"}
    setup_testing_defaults(environ)
    status: list[str] = []
    body = b"".join(app(environ, lambda code, *rest: status.append(code)))
    assert status == ["200 OK"], environ["wsgi.errors"].getvalue()
    assert b"NaN" not in body
    shown = json.loads(body)
    assert [t["state"] for t in shown["trials"]] == ["Complete", "Fail", "Running"]


def test_an_interrupted_trial_keeps_its_number_and_is_run_again(tmp_path):
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
        ledger.start(a_proposal(1), SPACE)
        ledger.start(a_proposal(2), SPACE)
        ledger.record(a_trial(2), SPACE)
    with open_ledger(tmp_path) as ledger:
        assert unfinished(ledger) == (a_proposal(1),)
        assert [t.state for t in ledger.trials()] == ["complete", "running", "complete"]
        ledger.start(a_proposal(1), SPACE)
        ledger.record(a_trial(1), SPACE)
        put(ledger, a_trial(3))
    with open_ledger(tmp_path) as ledger:
        assert unfinished(ledger) == ()
        assert [t.number for t in ledger.trials()] == [0, 1, 2, 3]
        assert all(t.state is TrialState.COMPLETE for t in ledger.trials())


@pytest.mark.parametrize("kind", STORAGES)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_executions_of_an_interrupted_trial_are_kept(tmp_path, kind):
    storage = storage_of(kind, tmp_path)
    first = EndedExecution(0.9, a_curve(), 5, 1.5)
    second = EndedExecution(math.inf, a_curve(2), None, 0.5, {"auc": 0.75}, untrained=True)
    with open_ledger(tmp_path, storage) as ledger:
        put(ledger, a_trial(0))
        ledger.start(a_proposal(1), SPACE)
        for index, execution in enumerate((a_curve(), a_curve(2))):
            ledger.keep_execution(1, index, EndedExecution(0.1, execution))
        for index, execution in enumerate((first, second)):  # trained anew, after a retry
            ledger.keep_execution(1, index, execution)
    with open_ledger(tmp_path, storage) as ledger:
        [again] = unfinished(ledger)
        for read, kept in zip(again.ended, (first, second), strict=True):
            assert replace(read, curve=kept.curve) == kept
            assert read.curve["val_accuracy"] == pytest.approx(kept.curve["val_accuracy"])
        assert replace(again, ended=()) == a_proposal(1)
        ledger.record(a_trial(1), SPACE)
    with open_ledger(tmp_path, storage) as ledger:
        assert ledger.trials()[1].ended == ()


def test_numbers_have_no_gaps_and_trials_end_once(tmp_path):
    with open_ledger(tmp_path) as ledger:
        with pytest.raises(ValueError, match="next trial is 0"):
            ledger.start(a_proposal(1), SPACE)
        put(ledger, a_trial(0))
        with pytest.raises(ValueError, match="recorded already"):
            ledger.start(a_proposal(0), SPACE)
        with pytest.raises(ValueError, match="is not running"):
            ledger.record(a_trial(0), SPACE)


def test_the_journal_survives_being_cut_at_any_byte_of_its_last_trial(tmp_path):
    journal = tmp_path / "ledger.journal"
    with open_ledger(tmp_path) as ledger:
        ledger.set_header({"space": SPACE.to_list()})
        put(ledger, a_trial(0))
        before = journal.stat().st_size
        ledger.propose(a_proposal(1), SPACE)
        proposed = journal.stat().st_size
        ledger.start(a_proposal(1), SPACE)
        ledger.record(a_trial(1, curve=a_curve(2), repeats=()), SPACE)
    whole = journal.read_bytes()
    for cut in range(before, len(whole)):
        journal.write_bytes(whole[:cut])
        with open_ledger(tmp_path) as ledger:
            trials = ledger.trials()
            assert ledger.header == {"space": SPACE.to_list()}
            assert trials[0].state is TrialState.COMPLETE
            if cut < proposed:
                assert len(trials) == 1
            else:
                assert len(trials) == 2
                assert trials[1] == replace(
                    Trial(1, {}), params=a_proposal(1).params, seed=8, memory=a_proposal(1).memory
                )
            # And the search goes on.
            if cut % 97 == 0:
                ledger.start(a_proposal(1), SPACE)
                ledger.record(a_trial(1), SPACE)
    journal.write_bytes(whole + b"\0" * 100)
    with open_ledger(tmp_path) as ledger:
        assert [t.state for t in ledger.trials()] == ["complete", "complete"]


def test_a_cut_first_record_begins_the_study(tmp_path):
    with open_ledger(tmp_path):
        pass
    journal = tmp_path / "ledger.journal"
    journal.write_bytes(journal.read_bytes()[:20])
    with open_ledger(tmp_path) as ledger:
        assert ledger.trials() == ()
        assert ledger.header == {}


def test_damage_before_the_end_is_said_with_its_line(tmp_path):
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
    journal = tmp_path / "ledger.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = b"###\n"
    journal.write_bytes(b"".join(lines))
    for _ in range(2):  # the lock is given back
        with pytest.raises(ResumeError, match=r"damaged \(line 3\)"):
            open_ledger(tmp_path)
    assert journal.read_bytes() == b"".join(lines)


def test_an_empty_journal_begins_the_study(tmp_path):
    (tmp_path / "ledger.journal").touch()  # as a search leaves it that was killed at once
    with pytest.raises(InputError, match="holds no trials"):
        Ledger.read(None, tmp_path, "study", ACCURACY)
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
        assert len(ledger.trials()) == 1


def test_a_folder_that_is_moved_stops_its_search_and_goes_on_elsewhere(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    with open_ledger(old) as ledger:
        put(ledger, a_trial(0))
        ledger.start(a_proposal(1), SPACE)
        old.rename(new)
        moved = r"old/ledger\.journal is gone: .* moved or deleted while it was searched"
        with pytest.raises(WorkError, match=moved):
            ledger.record(a_trial(1), SPACE)
        with pytest.raises(WorkError, match=moved):
            ledger.start(a_proposal(2), SPACE)
    assert not old.exists()
    with open_ledger(new) as ledger:
        first, _ = ledger.trials()
        assert (first.state, first.score) == (TrialState.COMPLETE, 0.9)
        assert unfinished(ledger) == (a_proposal(1),)


def test_one_search_at_a_time_while_others_may_look(tmp_path):
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
        with pytest.raises(InputError, match=f"in use by process {os.getpid()}"):
            open_ledger(tmp_path)
        with pytest.raises(InputError, match="in use"):
            Ledger.erase(None, tmp_path, "study")
        with Ledger.read(None, tmp_path, "study", ACCURACY) as reader:
            assert len(reader.trials()) == 1
        put(ledger, a_trial(1))
    with open_ledger(tmp_path) as ledger:
        assert len(ledger.trials()) == 2
    assert not (tmp_path / "ledger.lock").exists()


@pytest.mark.parametrize("kind", STORAGES)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_proposal_is_listed_once_its_training_begins(tmp_path, kind):
    storage = storage_of(kind, tmp_path)
    with open_ledger(tmp_path, storage) as ledger:
        for number in range(3):
            ledger.propose(a_proposal(number), SPACE)
        ledger.start(a_proposal(1), SPACE)
        assert [t.number for t in ledger.listed()] == [1]
    with open_ledger(tmp_path, storage) as ledger:
        assert [(t.number, t.interrupted) for t in ledger.listed()] == [(1, True)]
        assert unfinished(ledger) == tuple(map(a_proposal, range(3)))
        for number in (0, 2):  # whether it was started or not
            if number:
                ledger.start(a_proposal(number), SPACE)
            ledger.record(a_trial(number), SPACE)
        assert [t.number for t in ledger.listed() if not t.interrupted] == [0, 2]


def test_what_nobody_trains_any_more_is_listed_as_interrupted(tmp_path):
    with open_ledger(tmp_path) as ledger:
        ledger.start(a_proposal(0), SPACE)
        with Ledger.read(None, tmp_path, "study", ACCURACY) as reader:
            [running] = reader.listed()
            assert running.state is TrialState.RUNNING
        [ended] = ledger.listed()
    with Ledger.read(None, tmp_path, "study", ACCURACY) as reader:
        assert reader.listed() == (ended,)
    assert (ended.state, ended.interrupted) == (TrialState.FAILED, True)
    assert ended.error.startswith("interrupted")


def test_a_folder_has_one_study(tmp_path):
    with open_ledger(tmp_path):
        pass
    with Ledger.open(None, tmp_path, "other", ACCURACY) as ledger:  # where there are no trials yet
        put(ledger, a_trial(0))
    with Ledger.open(None, tmp_path, "other", ACCURACY) as ledger:
        assert len(ledger.trials()) == 1
    with pytest.raises(ResumeError, match="holds trials of another study, 'other'"):
        Ledger.open(None, tmp_path, "third", ACCURACY)


def test_a_disk_that_is_full_for_a_moment_leaves_no_half_of_a_record(tmp_path):
    journal = tmp_path / "ledger.journal"
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
        for room in (0, 100, 700):
            size = journal.stat().st_size
            with full_disk(at=size + room), pytest.raises(NoRoomError, match="make room"):
                put(ledger, a_trial(1))
            ledger.start(a_proposal(1), SPACE)
            with full_disk(at=journal.stat().st_size + room), pytest.raises(NoRoomError):
                ledger.record(a_trial(1), SPACE)
            assert unfinished(ledger) == (a_proposal(1),)
        ledger.record(a_trial(1), SPACE)
        live = ledger.trials()
    with open_ledger(tmp_path) as ledger:
        assert [plain(t) for t in ledger.trials()] == [plain(t) for t in live]
    assert load_plainly(tmp_path).trials[1].state.name == "COMPLETE"


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_said(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=f"{place} cannot be written"):
        open_ledger(tmp_path / place)


def test_a_killed_process_leaves_no_lock_and_no_torn_trial(tmp_path):
    code = """
import os, sys, time
sys.path[:0] = [{tests!r}, {builders!r}]
from pathlib import Path
import test_store as t
ledger = t.open_ledger(Path({folder!r}))
t.put(ledger, t.a_trial(0))
ledger.start(t.a_proposal(1), t.SPACE)
print("ready", flush=True)
time.sleep(60)
"""
    tests = str(Path(__file__).parent)
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            code.format(tests=tests, builders=str(Path(__file__).parents[1]), folder=str(tmp_path)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().strip() == "ready"
    with pytest.raises(InputError, match=f"in use by process {process.pid}"):
        open_ledger(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with open_ledger(tmp_path) as ledger:
        assert unfinished(ledger) == (a_proposal(1),)


def test_the_header_is_kept(tmp_path):
    with open_ledger(tmp_path) as ledger:
        assert ledger.header == {}
        ledger.set_header({"data": "abc", "versions": {"keras": "3"}})
    with open_ledger(tmp_path) as ledger:
        assert ledger.header == {"data": "abc", "versions": {"keras": "3"}}


def test_another_direction_is_another_study(tmp_path):
    with open_ledger(tmp_path):
        pass
    with pytest.raises(ResumeError, match="made to maximize"):
        open_ledger(tmp_path, objective=Objective("val_loss", "minimize"))


def test_erased_trials_are_gone(tmp_path):
    for kind in STORAGES:
        storage = storage_of(kind, tmp_path)
        with open_ledger(tmp_path, storage) as ledger:
            put(ledger, a_trial(0))
        Ledger.erase(storage, tmp_path, "study")
        with open_ledger(tmp_path, storage) as ledger:
            assert ledger.trials() == ()


def test_reading_where_nothing_is(tmp_path):
    with pytest.raises(InputError, match="holds no trials"):
        Ledger.read(None, tmp_path, "study", ACCURACY)
    with open_ledger(tmp_path):
        pass
    with pytest.raises(InputError, match="study 'other'"):
        Ledger.read(None, tmp_path, "other", ACCURACY)


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("trials.db", InputError, "must be a database's URL"),
        ("nonesuch://me:secret@host/x", InputError, "no such kind of database"),
        ("postgresql+pg8000://me:secret@host/x", MissingExtraError, "needs the driver pg8000"),
        ("sqlite:////nowhere/at/all.db", InputError, "cannot be opened"),
    ],
)
def test_storages_that_cannot_be_opened(tmp_path, url, error, words):
    with pytest.raises(error, match=words) as caught:
        open_ledger(tmp_path, url)
    assert "secret" not in str(caught.value)


def test_what_has_no_json_form_is_refused_before_anything_is_written(tmp_path):
    with open_ledger(tmp_path) as ledger:
        ledger.start(a_proposal(0), SPACE)
        size = (tmp_path / "ledger.journal").stat().st_size
        with pytest.raises(TypeError, match="no JSON form"):
            ledger.record(a_trial(0, facts=Facts(measured={"x": object()})), SPACE)
        assert (tmp_path / "ledger.journal").stat().st_size == size
        memory = Memory(own={"x": np.float32(0.5), "y": np.arange(2)})
        ledger.record(a_trial(0, memory=memory), SPACE)
        assert ledger.trials()[0].memory.own == {"x": 0.5, "y": [0, 1]}


def test_a_long_curve_is_thinned_for_the_dashboard_alone(tmp_path):
    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0, curve=a_curve(1001)))
        assert ledger.trials()[0].epochs == 1001
    reports = load_plainly(tmp_path).trials[0].intermediate_values
    assert len(reports) <= 200
    assert max(reports) == 1001


def test_intermediate_values_are_there_for_optuna_and_not_read_by_the_ledger(tmp_path):
    from tuneit.ledger.journal import open_journal, whole_journal

    with open_ledger(tmp_path) as ledger:
        put(ledger, a_trial(0))
    path = tmp_path / "ledger.journal"
    [whole] = whole_journal(path).get_all_trials(0)
    [lean] = open_journal(path)[0].get_all_trials(0)
    assert whole.intermediate_values
    assert lean.intermediate_values == {}
    assert (lean.user_attrs, lean.params, lean.values, lean.state) == (
        whole.user_attrs,
        whole.params,
        whole.values,
        whole.state,
    )


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("sqlite:///a.db?timeout=3", "sqlite:///{}/a.db?timeout=3"),
        ("sqlite:///file:a.db?mode=ro&uri=true", "sqlite:///file:{}/a.db?mode=ro&uri=true"),
        ("sqlite:////a.db", "sqlite:////a.db"),
        ("sqlite:///file:/a.db?uri=true", "sqlite:///file:/a.db?uri=true"),
        ("sqlite:///file::memory:?uri=true", "sqlite:///file::memory:?uri=true"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("postgresql:///db", "postgresql:///db"),
        (None, None),
    ],
)
def test_a_database_beside_the_user_is_found_from_elsewhere(url, whole):
    assert anchored(url) == (whole and whole.format(Path.cwd()))


def test_a_database_that_stops_answering_is_told(tmp_path, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, RuntimeError("server closed the connection"))

    def search() -> None:
        with open_ledger(tmp_path, f"sqlite:///{tmp_path / 'trials.db'}") as ledger:
            monkeypatch.setattr(type(ledger._storage), "create_new_trial", fail)
            put(ledger, a_trial(0))

    with pytest.raises(WorkError, match=r"did not answer \(server closed the connection\): noth"):
        search()


@pytest.mark.parametrize("database", [False, True])
def test_trials_of_a_space_that_changed_in_kind_stand_beside_those_before(
    tmp_path: Path, database: bool
) -> None:
    storage = f"sqlite:///{tmp_path / 'trials.db'}" if database else None
    spaces = (
        SPACE,
        SearchSpace((Float(name="rate", low=0, high=1), Choice(name="kind", values=("a", "z")))),
        SearchSpace((Int(name="rate", low=0, high=1), Choice(name="kind", values=("z", "a")))),
    )
    for number, space in enumerate(spaces):
        with open_ledger(tmp_path, storage) as ledger:
            values = a_proposal().params if number == 0 else {"rate": 1, "kind": "a"}
            ledger.start(Proposal(number, values, 1), space)
            ledger.record(Trial(number, values, TrialState.COMPLETE, score=0.5), space)
    with open_ledger(tmp_path, storage) as ledger:
        assert [trial.params["rate"] for trial in ledger.trials()] == [0.01, 1, 1]
