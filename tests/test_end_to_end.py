"""Real runs of the command line: real Keras, real files, real signals."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import command
import numpy as np
import pytest
from full_disk import full_disk
from iris_study import BUILDER, STUDY

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(BUILDER)
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    return path


def tuneit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    process = [sys.executable, "-m", "tuneit", *arguments]
    return subprocess.run(process, cwd=folder, capture_output=True, text=True, timeout=280)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def scores(folder: Path) -> list[tuple[str, str]]:
    return [(row["number"], row["score"]) for row in rows_of(folder)]


def test_tensorflow_says_nothing_where_the_file_of_the_data_imports_it(study: Path) -> None:
    own = """
from sklearn.datasets import load_iris

def rows():
    return load_iris(return_X_y=True)
"""
    study.with_name("model.py").write_text(BUILDER + own)
    settings = "{source: python, function: model.py:rows}"
    told = STUDY.replace("{source: sklearn, name: iris, scale: standard}", settings)
    study.write_text(told)
    done = tuneit(study.parent, "check", "study.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_search_leaves_what_the_contract_names(study: Path) -> None:
    # With XLA, as Keras does unless it is told.
    builder = BUILDER.replace("        jit_compile=False,\n", "").replace(
        "    return model", '    print("a builder that talks")\n    return model'
    )
    study.with_name("model.py").write_text(builder)
    # As a user starts it: a process of its own.
    done = tuneit(study.parent, "search", "study.yaml", "--json")
    assert done.returncode == 0, done.stderr
    assert "a builder that talks" in done.stderr
    summary = json.loads(done.stdout)
    folder = study.parent / "reports" / "iris"
    assert json.loads((folder / "summary.json").read_text()) == summary
    assert {"study", "best_trial", "diagnosis", "recommendations", "evaluation"} <= set(summary)
    assert {"versions", "seeds"} <= set(summary)
    assert {"verdict", "confidence", "findings", "recommendations"} <= set(summary["diagnosis"])

    rows = rows_of(folder)
    assert [row["number"] for row in rows] == ["0", "1", "2"]
    assert {"state", "score", "duration_s", "epochs", "verdict", "error"} <= set(rows[0])
    assert {"params.units", "params.dropout", "params.learning_rate"} <= set(rows[0])
    assert {row["state"] for row in rows} == {"complete"}

    curve = (folder / "curves" / "0001.csv").read_text().splitlines()
    assert curve[0].split(",")[0] == "epoch"
    assert {"loss", "val_loss", "accuracy", "val_accuracy"} <= set(curve[0].split(","))
    assert len(curve) - 1 == int(rows[1]["epochs"])
    assert not (folder / "models").exists() or not list((folder / "models").iterdir())
    page = (folder / "index.html").read_text()
    assert "Content-Security-Policy" in page
    assert "units" in page

    # The best model loads safely and scores what the summary says.
    import keras
    import numpy as np

    model = keras.models.load_model(folder / "best.keras")
    assert np.asarray(model(np.zeros((1, 4), "float32"))).shape == (1, 3)

    again = command.tuneit(study.parent, "search", "study.yaml", "--trials", "4", "--quiet")
    assert again.returncode == 0, again.stderr
    assert scores(folder)[:3] == [(row["number"], row["score"]) for row in rows]
    assert len(scores(folder)) == 4

    changed = command.tuneit(study.parent, "search", "study.yaml", "--set", "objective=accuracy")
    assert changed.returncode == 2
    assert "objective changed" in changed.stderr
    assert "--fresh" in changed.stderr


def test_a_search_that_is_cut_off_ends_like_one_that_was_not(study: Path) -> None:
    # One at a time, so that there is something left to cut off when a trial is done. The next test
    # kills a search.
    slow = STUDY.replace("trials: 3, epochs: 4", "trials: 3, epochs: 6")
    study.write_text(slow.replace("val_accuracy", "val_loss") + "trainer: single\n")
    cut = study.parent / "cut"

    interrupted, errors = cut_off(study, cut)
    assert interrupted == 130, errors
    assert "Traceback" not in errors
    states = [(row["state"], row["error"]) for row in rows_of(cut)]
    assert all(state == "complete" or "interrupted" in error for state, error in states)
    assert (cut / "index.html").exists()

    for name in ("cut", "whole"):
        ended = command.tuneit(study.parent, "search", "study.yaml", "--output", name)
        assert ended.returncode == 0, ended.stderr
    found, whole = (dict(scores(folder)) for folder in (cut, study.parent / "whole"))
    assert list(found) == list(whole) == ["0", "1", "2"]
    # Two processes may take sums in another order.
    for number, score in whole.items():
        assert float(found[number]) == pytest.approx(float(score), rel=1e-3)


KILLED = """
import os, pathlib, signal

def note(trial):
    place = pathlib.Path("trained.txt")
    with place.open("a") as file:
        print(trial.execution, file=file)
    if trial.execution == 3 and place.read_text().count("3") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return []
"""


def test_executions_that_ended_before_the_search_was_killed_stand(study: Path) -> None:
    study.with_name("model.py").write_text(BUILDER + KILLED)
    budget = "trials: 1, epochs: 2, executions: 3"
    study.write_text(STUDY.replace("trials: 3, epochs: 4", budget) + "callbacks: [model.py:note]\n")
    assert tuneit(study.parent, "search", "study.yaml").returncode == -signal.SIGKILL
    resumed = command.tuneit(study.parent, "search", "study.yaml")
    assert resumed.returncode == 0, resumed.stderr
    trained = study.with_name("trained.txt")
    assert trained.read_text().split() == ["1", "2", "3", "3"]
    curves = sorted(path.name for path in (study.parent / "reports/iris/curves").iterdir())
    assert curves == ["0000-2.csv", "0000-3.csv", "0000.csv"]
    assert list((study.parent / "reports/iris/paused").iterdir()) == []
    whole = command.tuneit(study.parent, "search", "study.yaml", "--output", "whole")
    assert whole.returncode == 0, whole.stderr
    each = ("score", "score_std", "scores.1", "scores.2", "scores.3")
    [row], [other] = (rows_of(study.parent / place) for place in ("reports/iris", "whole"))
    assert [float(row[name]) for name in each] == pytest.approx(
        [float(other[name]) for name in each], rel=1e-4, abs=1e-6
    )
    kept, same = (study.parent / place / "best.keras" for place in ("reports/iris", "whole"))
    for weights, others in zip(weights_of(kept), weights_of(same), strict=True):
        # Two processes may take sums in another order.
        np.testing.assert_allclose(weights, others, rtol=1e-3, atol=1e-4)


def weights_of(path: Path) -> list[Any]:
    from tuneit.training.saving.prediction import load_model

    weights: list[Any] = load_model(path).get_weights()
    return weights


def cut_off(study: Path, folder: Path) -> tuple[int, str]:
    """Search until the first trial is done, and some of the next, then as Ctrl-C does.

    Returns the exit code and stderr.
    """
    running = subprocess.Popen(
        [sys.executable, "-m", "tuneit", "search", study.name, "--output", folder.name],
        cwd=study.parent,
        stderr=subprocess.PIPE,
        text=True,
    )
    curve, deadline = folder / "curves" / "0000.csv", time.monotonic() + 120
    while not curve.exists() and time.monotonic() < deadline:
        assert running.poll() is None, running.communicate()[1]
        time.sleep(0.05)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=120)
    return running.returncode, errors


@pytest.mark.usefixtures("untraced")
def test_failed_trials_have_reasons_and_when_all_fail_the_exit_code_is_one(study: Path) -> None:
    study.with_name("model.py").write_text(
        BUILDER.replace(
            "    return model",
            '    if hp.get("units") > 4:\n'
            '        raise RuntimeError("this size does not fit")\n'
            "    return model",
        )
    )
    study.write_text(STUDY + "parameters: {units: {values: [4, 8]}}\n")
    some = command.tuneit(study.parent, "search", "study.yaml", "--trials", "5")
    assert some.returncode == 0, some.stderr
    states = {row["params.units"]: row["state"] for row in rows_of(study.parent / "reports/iris")}
    assert states == {"4": "complete", "8": "failed"}
    assert "this size does not fit" in (study.parent / "reports/iris/trials.csv").read_text()

    values = "parameters={units: {value: 4}, learning_rate: {value: 1.0e+30}}"
    diverging = ["--trials", "1", "--output", "diverged", "--set", values]
    none = command.tuneit(study.parent, "search", "study.yaml", *diverging)
    assert none.returncode == 1, none.stderr
    assert [row["state"] for row in rows_of(study.parent / "diverged")] == ["failed"]


@pytest.mark.parametrize("data", [None, [[1.0, 2.0]], 3])
def test_data_that_are_no_pair_are_named(data: Any) -> None:
    import tuneit

    with pytest.raises(tuneit.TuneitError, match=r"data must be a pair \(x, y\)"):
        tuneit.search(lambda hp: None, data, trials=1)


class LaidOutError(Exception):
    """What a search would begin with."""


@pytest.mark.parametrize("kind", ["arrays", "dataset"])
def test_weights_in_memory_reach_the_search(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    import tuneit
    from tuneit.data.load import dataset_from_arrays

    def prepare(study: Any, *_: Any, dataset: Any, raw: Any, **__: Any) -> None:
        raise LaidOutError(study.data.class_weight, dataset or raw)

    monkeypatch.setattr("tuneit.api.prepare", prepare)
    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
    weight = x[:, 0] + 1
    data: Any = (x, y, weight)
    if kind == "dataset":
        data = dataset_from_arrays(x, y, sample_weight=weight, class_weight={1: 2})
    # Only a study that knows of class weights may search `given`.
    choice = "given" if kind == "dataset" else "balanced"
    parameters = {"class_weight": {"values": ["none", choice]}}
    with pytest.raises(LaidOutError) as caught:
        tuneit.search(lambda hp: None, data, trials=1, parameters=parameters)
    by_class, rows = caught.value.args
    assert by_class == ({"0": 1.0, "1": 2.0} if kind == "dataset" else None)
    assert np.array_equal(rows.train.weight, rows.train.x[:, 0] + 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "missing.yaml"], "missing.yaml"),
        (["search", "study.yaml", "--set", "stratgy=grid"], "did you mean 'strategy'"),
        (["search", "study.yaml", "--trials", "many"], "--trials"),
        (["diagnose", "missing.csv"], "missing.csv"),
        (["trials", "study.yaml"], "tuneit search"),
        (["export", "study.yaml", "best.txt"], "best.txt"),
        (["serch"], "search"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(
    study: Path, arguments: list[str], words: str
) -> None:
    # One of them as a process: its exit code is that of the command.
    run = tuneit if arguments[0] == "trials" else command.tuneit
    done = run(study.parent, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_diagnose_answers_without_tensorflow_and_keeps_to_the_contract(tmp_path: Path) -> None:
    lines = ["epoch,loss,accuracy,val_loss,val_accuracy"]
    for epoch in range(40):
        loss, rise = 1.6 * 0.9**epoch, max(0, epoch - 12) * 0.03
        lines.append(f"{epoch},{loss},{1 - loss / 2},{0.5 + loss / 2 + rise},{0.8 - rise / 10}")
    (tmp_path / "log.csv").write_text("\n".join(lines))
    (tmp_path / "empty.csv").write_text("")
    script = (
        "import sys, tuneit.cli as c\n"
        "sys.argv = ['tuneit', 'diagnose', 'log.csv', 'empty.csv', '--json']\n"
        "try:\n    c.main()\nfinally:\n"
        "    heavy = {'tensorflow', 'keras', 'pandas', 'sklearn', 'optuna', 'scipy'}\n"
        "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2, done.stderr
    assert "empty.csv" in done.stderr
    assert done.stderr.endswith("[]\n")
    (run,) = json.loads(done.stdout)["runs"]
    assert run["verdict"] == "overfitting"
    keys = {"source", "run", "epochs", "verdict", "confidence", "findings", "recommendations"}
    assert keys <= set(run)
    finding = run["findings"][0]
    assert {"name", "severity", "confidence", "summary", "evidence", "onset_epoch"} <= set(finding)
    assert {"action", "reason", "priority"} <= set(run["recommendations"][0])


@pytest.mark.usefixtures("untraced")
def test_the_python_api_does_what_the_command_line_does(tmp_path: Path, capsys: Any) -> None:
    namespace: dict[str, Any] = {}
    exec(BUILDER, namespace)
    from sklearn.datasets import load_iris

    import tuneit

    data = load_iris(return_X_y=True)
    result = tuneit.search(
        namespace["build_model"],
        data,
        objective="val_accuracy",
        strategy="random",
        trials=3,
        epochs=3,
        output=tmp_path / "out",
        quiet=True,
    )
    assert set(result.best_params) == {"units", "dropout", "learning_rate"}
    assert list(result.trials_dataframe()["number"]) == [0, 1, 2]
    assert result.best_score == max(result.trials_dataframe()["score"])
    assert result.evaluate().to_dict()["accuracy"] is not None
    model = result.best_model()
    rebuilt = namespace["build_model"](result.best_hyperparameters)
    assert rebuilt.count_params() == model.count_params()
    assert result.report(tmp_path / "page.html").exists()
    for shown in (result, result.diagnose(), result.evaluate()):
        assert "<" in shown._repr_html_()
    assert capsys.readouterr().out == ""

    history = model.fit(*data, epochs=2, verbose=0, validation_split=0.2)
    assert tuneit.diagnose(history).verdict == "too_short"


@pytest.mark.usefixtures("untraced")
def test_a_disk_that_is_full_for_a_moment_costs_no_trial(tmp_path: Path) -> None:
    namespace: dict[str, Any] = {}
    exec(BUILDER, namespace)
    from sklearn.datasets import load_iris

    import tuneit
    from tuneit.errors import NoRoomError

    def search() -> Any:
        settings: dict[str, Any] = {"strategy": "random", "trials": 2, "epochs": 2, "quiet": True}
        model, data = namespace["build_model"], load_iris(return_X_y=True)
        return tuneit.search(model, data, output=tmp_path / "out", trainer="single", **settings)

    with full_disk(at=16_000), pytest.raises(NoRoomError, match=r"models.0000\.keras"):
        search()  # its ledger fits, its model does not
    assert [(trial.number, str(trial.state)) for trial in search().trials] == [
        (0, "complete"),
        (1, "complete"),
    ]


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(
    ("kind", "file"),
    [("class", "best.weights.h5"), ("layer", "best.keras"), ("lambda", "best.keras")],
)
def test_a_model_that_keras_cannot_save_or_load_is_built_anew(
    kind: str, file: str, tmp_path: Path
) -> None:
    import keras
    from sklearn.datasets import load_iris

    import tuneit

    class Net(keras.Model):
        def __init__(self, layers: list[Any]) -> None:
            super().__init__()
            self.steps = layers

        def call(self, x: Any) -> Any:
            for step in self.steps:
                x = step(x)
            return x

    class Double(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 2

    def build_model(hp: Any) -> Any:
        layers = [keras.layers.Dense(hp.Int("units", 4, 16)), keras.layers.Dense(3, "softmax")]
        if kind == "class":
            model = Net(layers)
        else:
            double = Double() if kind == "layer" else keras.layers.Lambda(lambda x: x * 2)
            model = keras.Sequential([keras.layers.Input((4,)), double, *layers])
        loss = "sparse_categorical_crossentropy"
        model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
        return model

    folder = tmp_path / "out"
    settings: dict[str, Any] = {"strategy": "random", "trials": 1, "epochs": 2, "quiet": True}
    data = load_iris(return_X_y=True)
    result = tuneit.search(build_model, data, objective="val_loss", output=folder, **settings)
    assert {path.name for path in folder.glob("best.*")} == {file, "best.pipeline.json"}
    rows = result.prepared.dataset.validation
    loss, _ = result.best_model().evaluate(rows.x, rows.y, verbose=0)
    assert loss == pytest.approx(result.best_score, rel=1e-5)
    assert result.evaluate().to_dict()["accuracy"] is not None
    from tuneit.workbench.notes import notes
    from tuneit.workbench.sandboxed import inspect

    told = " ".join(notes(result.prepared, inspect(result.prepared)))
    assert ("Keras cannot save the model" in told) == (kind == "class")


@pytest.mark.parametrize("after", [0.05, 0.3, 2.0])
def test_an_interrupt_while_it_starts_is_no_traceback(study: Path, after: float) -> None:
    # Before its first import Python itself takes Ctrl-C, whatever a program wants.
    script = "from tuneit.__main__ import main\nprint('up', flush=True)\nmain()"
    run = subprocess.Popen(
        [sys.executable, "-c", script, "search", "study.yaml"],
        cwd=study.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    run.stdout.readline()
    time.sleep(after)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    assert "Traceback" not in said


UNRULY = """
import os, threading, time

threading.Thread(target=time.sleep, args=(3000,)).start()
os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""


def test_a_builder_that_changes_folders_leaves_threads_and_ends_the_process(study: Path) -> None:
    # Only trial 1 draws such a rate; the search space is found with the ends of the range.
    fatal = '    if 0.002 < hp.get("learning_rate") < 0.02:\n        os._exit(9)\n    return model'
    study.with_name("model.py").write_text(UNRULY + BUILDER.replace("    return model", fatal))
    small = STUDY.replace("trials: 3, epochs: 4", "trials: 2, epochs: 1")
    study.write_text(small + "storage: sqlite:///trials.db\n")
    first = tuneit(study.parent, "search", "study.yaml")
    assert first.returncode == 9
    assert "trial 1 ends this process with os._exit(9)" in first.stderr
    second = tuneit(study.parent, "search", "study.yaml")
    assert second.returncode == 0, second.stderr
    rows = rows_of(study.parent / "reports/iris")
    assert [row["state"] for row in rows] == ["complete", "failed"]
    assert "ended the whole process (os._exit(9))" in rows[1]["error"]
    assert (study.parent / "trials.db").exists()
