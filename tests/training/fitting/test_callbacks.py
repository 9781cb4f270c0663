"""Callbacks of the study's own, and the recipes for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_models import HERE, AnObserver, a_plan, a_proposal, a_recipe

from tuneit.errors import BuilderError, CallbackError
from tuneit.training.builders.builder import Builder, load_builder
from tuneit.training.fitting.callbacks import TrialInfo, load_callbacks, make_callbacks
from tuneit.training.single import SingleTrainer
from tuneit.trials import Trial, TrialState

pytestmark = pytest.mark.eager

RECIPES = Path(__file__).parents[3] / "studies" / "recipes"

OWN = """
import keras
MADE = []

class Watch(keras.callbacks.Callback):
    def __init__(self, trial):
        super().__init__()
        MADE.append((trial.number, trial.params["units"], trial.execution, trial.folder.name))
    def on_epoch_end(self, epoch, logs=None):
        logs["watched"] = 7.0

class Plain(keras.callbacks.Callback):
    pass

def watch(trial):
    return [Watch(trial), Plain()]

def clumsy():
    return 1 / 0

def tired(trial):
    if trial.number:
        raise ConnectionError("no tracking server")
    return Plain()

def forgetful():
    Plain()

class Broken(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError("no disk")

number = 3
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def train(folder: Path, *callbacks: str, executions: int = 1) -> list[Trial]:
    found = load_builder("training_models.py:build_model", HERE)
    builder = Builder(found.name, found.reference, found.target, folder, folder)
    plan = a_plan(epochs=2, callbacks=callbacks, executions=executions)
    trainer = SingleTrainer(a_recipe(builder, plan=plan, models=folder / "models"))
    proposals = [a_proposal(0, units=3, rate=0.05), a_proposal(1, units=4, rate=0.05)]
    return list(trainer.train(iter(proposals), AnObserver()))


def test_callbacks_are_made_anew_for_each_training(own: Path) -> None:
    trials = train(own, "own.py:watch", "own.py:Plain", executions=2)
    [made] = [f.__globals__["MADE"] for f in load_callbacks(["own.py:watch"], own).values()]
    assert made == [
        (0, 3, 1, "0000"), (0, 3, 2, "0000-2"), (1, 4, 1, "0001"), (1, 4, 2, "0001-2")
    ]  # fmt: skip
    for trial in trials:
        assert trial.curve is not None
        assert list(trial.curve["watched"]) == [7.0, 7.0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "clumsy",
            r"callback 'own.py:clumsy' raised ZeroDivisionError: division by zero \(own.py:",
        ),
        ("forgetful", "or a list of them, but returned None; add `return`"),
    ],
)
def test_what_makes_no_callback_ends_the_search_at_its_first_trial(
    own: Path, name: str, reason: str
) -> None:
    with pytest.raises(CallbackError, match=reason):
        train(own, f"own.py:{name}")


@pytest.mark.parametrize(
    ("name", "first", "reason"),
    [
        ("tired", TrialState.COMPLETE, "ConnectionError: no tracking server (own.py:"),
        ("Broken", TrialState.FAILED, "RuntimeError: no disk (own.py:"),
    ],
)
def test_a_callback_that_fails_later_costs_its_trial(
    own: Path, name: str, first: TrialState, reason: str
) -> None:
    before, after = train(own, f"own.py:{name}")
    assert before.state is first
    assert after.state is TrialState.FAILED
    assert reason in (after.error or "")


def test_what_cannot_be_called_is_told_before_the_first_trial(own: Path) -> None:
    with pytest.raises(CallbackError, match=r"must be a function that returns .* but is an int"):
        load_callbacks(["own.py:number"], own)
    with pytest.raises(BuilderError, match=r"the callbacks' file 'owm.py' .*did you mean"):
        load_callbacks(["owm.py:watch"], own)


def test_the_recipes_leave_their_files(tmp_path: Path) -> None:
    (tmp_path / "callbacks.py").write_text((RECIPES / "callbacks.py").read_text())
    trials = train(tmp_path, "callbacks.py:tensorboard", "callbacks.py:csv")
    assert [t.error for t in trials] == [None, None]
    assert list((tmp_path / "logs/0001/tensorboard/train").iterdir())
    lines = (tmp_path / "logs/0000/epochs.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,accuracy,loss")
    assert len(lines) == 3


# Their own use of SQLAlchemy and of sockets is theirs to mend.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_the_recipes_for_services_run_where_they_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    # MLflow keeps a connection to the database of a relative path, wherever it was.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlruns.db")
    [maker] = load_callbacks([f"callbacks.py:{name}"], RECIPES).values()
    callback = maker(trial=TrialInfo(0, {"units": 3}, 1, 1, tmp_path / "logs"))
    callback.on_train_begin()
    callback.on_epoch_end(0, {"loss": 1.0})
    callback.on_train_end()
    assert list(tmp_path.iterdir())


def test_a_builder_is_no_callback() -> None:
    trial = TrialInfo(0, {}, 1, 1, Path())
    with pytest.raises(CallbackError, match=r"callback 'training_models.py:a_dataset' must return"):
        make_callbacks(["training_models.py:a_dataset"], HERE, trial)
