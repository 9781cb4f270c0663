"""Several objectives from end to end: ledger, list of trials, report, and real searches."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import command
import pytest
from builders import a_trial

from tuneit.cli.trials import trial_dict, trial_table
from tuneit.errors import ResumeError
from tuneit.ledger import Ledger
from tuneit.ledger.study_folder import trials_csv
from tuneit.space import Int, SearchSpace
from tuneit.trials import Objective, Proposal, TrialState

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

OBJECTIVES = (Objective("val_accuracy", "maximize"), Objective("parameters", "minimize"))
SPACE = SearchSpace((Int(name="units", low=1, high=99),))
TRIALS = [
    a_trial(0, score=0.5, values=(0.5, 10.0)),
    a_trial(1, score=0.6, values=(0.6, math.nan)),
    a_trial(2, score=0.6, values=(0.6, 40.0), state=TrialState.PRUNED),
    a_trial(3, score=None, state=TrialState.FAILED),
    a_trial(4, score=0.7, values=(0.7, 30.0)),
    a_trial(5, score=0.4, values=(0.4, 20.0)),
]


def opened(folder: Path, objectives=OBJECTIVES) -> Ledger:
    return Ledger.open(None, folder, "study", objectives[0], objectives[1:])


def test_the_ledger_keeps_every_value_and_optuna_sees_the_front(tmp_path):
    with opened(tmp_path) as ledger:
        for trial in TRIALS:
            ledger.start(Proposal(trial.number, trial.params, trial.seed), SPACE)
            ledger.record(trial, SPACE)
    with opened(tmp_path) as ledger:
        kept = [trial.values for trial in ledger.trials()]
    assert repr(kept) == repr([trial.values for trial in TRIALS])

    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(tmp_path / "ledger.journal")))
    study = optuna.load_study(study_name="study", storage=storage)
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.metric_names == ["val_accuracy", "parameters"]
    states = [trial.state.name for trial in study.trials]
    assert states == ["COMPLETE", "FAIL", "PRUNED", "FAIL", "COMPLETE", "COMPLETE"]
    assert {trial.number for trial in study.best_trials} == {0, 4}
    assert study.trials[4].values == [0.7, 30.0]


@pytest.mark.parametrize("now", [OBJECTIVES[:1], (*OBJECTIVES, OBJECTIVES[1])])
def test_other_objectives_are_another_study(tmp_path, now):
    with opened(tmp_path):
        pass
    with pytest.raises(
        ResumeError, match="made to maximize val_accuracy and minimize parameters, but it is now to"
    ):
        opened(tmp_path, now)


def test_tables_and_lists_have_a_column_for_each_further_objective():
    rows = list(csv.DictReader(trials_csv(TRIALS, SPACE, OBJECTIVES[1:]).splitlines()))
    assert list(rows[0])[:5] == ["number", "state", "score", "values.parameters", "duration_s"]
    assert [row["values.parameters"] for row in rows] == ["10.0", "nan", "40.0", "", "30.0", "20.0"]
    assert "values.parameters" not in trials_csv(TRIALS, SPACE)
    assert "score_std" not in trials_csv(TRIALS, SPACE)
    repeated = replace(TRIALS[0], scores=(0.5, 0.7))
    [row, *_] = csv.DictReader(trials_csv([repeated, *TRIALS[1:]], SPACE).splitlines())
    assert float(row["score_std"]) == pytest.approx(0.1 * 2**0.5)
    assert list(row)[-3:] == ["note", "scores.1", "scores.2"]  # they move no other column
    assert [float(row["scores.1"]), float(row["scores.2"])] == list(repeated.scores)
    head, *lines, _, legend = trial_table(TRIALS, OBJECTIVES).splitlines()
    assert legend == "* on the Pareto front"
    assert head.split()[:4] == ["trial", "state", "score", "parameters"]
    assert [line.split()[0] for line in lines] == ["0*", "1", "2", "3", "4*", "5"]
    assert trial_dict(TRIALS[0], OBJECTIVES)["values"] == {"val_accuracy": 0.5, "parameters": 10.0}
    assert "values" not in trial_dict(TRIALS[0], OBJECTIVES[:1])


BUILDER = """
import keras

def build_model(hp):
    model = keras.Sequential([
        keras.layers.Input((4,)),
        keras.layers.Dense(hp.Int("units", 2, 64, sampling="log"), activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ])
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    return model
"""
STUDY = """
version: 1
name: iris
model: model.py:build_model
data: {source: sklearn, name: iris, scale: standard}
objective: [val_accuracy, {metric: parameters, goal: minimize}, model_bytes, latency_ms]
strategy: random
budget: {trials: 4, epochs: 2}
"""


def test_a_search_finds_the_front_resumes_and_reports_it(tmp_path):
    (tmp_path / "model.py").write_text(BUILDER)
    (tmp_path / "study.yaml").write_text(STUDY)

    tuneit = partial(command.tuneit, tmp_path)
    done = tuneit("search", "study.yaml", "--trials", "3")
    assert done.returncode == 0, done.stderr
    assert "on the Pareto front of val_accuracy, parameters, model_bytes, latency_ms" in done.stdout
    goes_on = "strategy={name: optuna, sampler: nsga2}"
    done = tuneit("search", "study.yaml", "--json", "--set", goes_on)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["trials"]["complete"] == 4
    assert [o["metric"] for o in summary["objectives"]][:2] == ["val_accuracy", "parameters"]
    best = summary["best_trial"]
    front = summary["pareto_front"]
    assert front[0]["values"]["val_accuracy"] == best["score"]
    for entry in front:
        values = entry["values"]
        units = entry["params"]["units"]
        assert values["parameters"] == 5 * units + 3 * (units + 1)
        assert values["model_bytes"] == 4 * values["parameters"]
        assert 0 < values["latency_ms"] < 1000
    page = (tmp_path / "reports" / "iris" / "index.html").read_text()
    assert "Trade-offs" in page
    assert "on the front" in page

    refused = tuneit("search", "study.yaml", "--set", "objective=val_accuracy")
    assert refused.returncode == 2
    assert "made to maximize val_accuracy and minimize parameters" in refused.stderr
    changed = "objective=[val_accuracy, parameters, model_bytes, seconds]"
    refused = tuneit("search", "study.yaml", "--set", changed)
    assert refused.returncode == 2
    assert "the objective changed from" in refused.stderr
    missing = tuneit(
        "search", "study.yaml", "--output", "other", "--set", "objective=[val_loss, val_auc]"
    )
    assert missing.returncode == 2
    assert "metric 'val_auc' is not reported by the model" in missing.stderr
    assert not (tmp_path / "other" / "index.html").exists()
