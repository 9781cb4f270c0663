"""What callers in Python give: objects, and the names that other libraries have for arguments."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import optuna
import pytest

import tuneit
from tuneit.errors import InputError, TuneitError
from tuneit.training.keras_loader import load_keras
from tuneit.workbench.arguments import as_callbacks, as_objective, as_settings, as_strategy

load_keras()
import keras  # noqa: E402
import keras_tuner  # noqa: E402

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
ROWS = X, X.sum(axis=1)
MADE: list[Any] = []


class Counting(keras.callbacks.Callback):  # type: ignore[misc]
    def on_train_begin(self, logs: Any = None) -> None:
        MADE.append(self)


def counting() -> keras.callbacks.Callback:
    return Counting()


class Rising(optuna.samplers.BaseSampler):
    """As many units as trials before it, plus one; it notes what these tell."""

    told: ClassVar[list[Any]] = []

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        return {}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
        return {}

    def sample_independent(self, study: Any, trial: Any, name: str, distribution: Any) -> int:
        before = study.get_trials(deepcopy=False)[:-1]
        self.told.extend((t.intermediate_values, t.value) for t in before)
        return len(before) + 1


class Largest:
    """Proposes the largest number of units, and then smaller ones."""

    def __init__(self, first: int = 4) -> None:
        self.first = first

    def propose(self, situation: Any) -> dict[str, Any]:
        return {"units": self.first - situation.number}


def build(hp: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((3,)), layers.Dense(hp.Int("units", 1, 4), "relu"), layers.Dense(1)]
    )
    model.compile("sgd", "mse", metrics=["mae"], jit_compile=False)
    return model


def search(tmp_path: Path, **arguments: Any) -> Any:
    given = {"trials": 2, "epochs": 1, "output": tmp_path, "quiet": True}
    return tuneit.search(build, ROWS, **{**given, **arguments})


def test_functions_classes_and_objectives_are_taken_as_they_are(tmp_path: Path) -> None:
    MADE.clear()
    result = search(
        tmp_path,
        strategy={"name": Largest, "options": {"first": 3}},
        callbacks=[counting],
        objective=keras_tuner.Objective("val_mae", "min"),
        executions=2,
    )
    assert [trial.params["units"] for trial in result.trials] == [3, 2]
    assert [len(trial.scores) for trial in result.trials] == [2, 2]
    assert result.objective.metric == "val_mae"
    assert len({id(made) for made in MADE}) == len(MADE) >= 4


class Silent(keras_tuner.HyperModel):  # type: ignore[misc]
    """Keeps its callbacks from Keras."""

    def build(self, hp: Any) -> Any:
        return build(hp)

    def fit(self, hp: Any, model: Any, x: Any, y: Any, validation_data: Any, **_: Any) -> Any:
        return model.fit(x, y, validation_data=validation_data, verbose=0)


def with_rate(hp: Any) -> Any:
    hp.Float("rate", 0.1, 0.5)
    return build(hp)


@pytest.mark.parametrize(
    ("model", "strategy", "said"),
    [
        (with_rate, "grid", "note: the grid has 10 values of rate: set a `step` to get others"),
        (Silent(), "random", "note: the fit of Silent does not pass its `callbacks` on to Keras"),
        (with_rate, "random", None),
    ],
)
def test_a_search_says_what_its_author_may_not_expect(
    model: Any,
    strategy: str,
    said: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tuneit.search(model, ROWS, strategy=strategy, trials=1, epochs=1, output=tmp_path, test=0.2)
    told = capsys.readouterr().err
    assert said in told if said else "note:" not in told


def test_the_class_of_a_strategy_is_a_strategy(tmp_path: Path) -> None:
    result = search(tmp_path, strategy=Largest)
    assert [trial.params["units"] for trial in result.trials] == [4, 3]


def test_the_class_of_a_sampler_is_a_sampler_and_sees_curves(tmp_path: Path) -> None:
    Rising.told.clear()
    # One at a time: else both are proposed before either has a result.
    result = search(tmp_path, strategy={"name": "optuna", "sampler": Rising}, trainer="single")
    assert [trial.params["units"] for trial in result.trials] == [1, 2]
    [(curve, score)] = Rising.told
    assert curve == {1: pytest.approx(score, rel=1e-6)}


def test_a_sampler_of_optunas_is_one_too(tmp_path: Path) -> None:
    sampler = optuna.samplers.TPESampler
    result = search(
        tmp_path,
        strategy={"name": "optuna", "sampler": sampler, "options": {"n_startup_trials": 1}},
    )
    assert len(result.trials) == 2
    with pytest.raises(InputError, match=r"sampler.* must be a sampler's class .*`options`"):
        as_strategy({"name": "optuna", "sampler": sampler(n_startup_trials=1)})


def test_text_and_mappings_stay_what_they_are() -> None:
    assert as_strategy("grid") == "grid"
    assert as_strategy({"options": {}}) == {"options": {}}
    assert as_objective(["val_loss", {"metric": "seconds"}]) == ["val_loss", {"metric": "seconds"}]
    settings = {"callbacks": ["a.py:b"], "workers": 2}
    assert as_settings(settings) == settings


def test_numpys_numbers_are_numbers(tmp_path: Path) -> None:
    result = search(
        tmp_path,
        trials=np.int64(1),
        seed=np.int64(3),
        strategy={"name": "optuna", "options": {"n_startup_trials": np.int32(1)}},
        parameters={"units": {"values": [np.int64(2), np.int64(4)]}},
    )
    [trial] = result.trials
    assert trial.params["units"] in (2, 4)


def test_options_that_no_study_file_could_hold_are_refused(tmp_path: Path) -> None:
    strategy = {"name": "optuna", "sampler": "nsga2", "options": {"constraints_func": counting}}
    with pytest.raises(InputError, match=r"option 'constraints_func' must be .* but is <function"):
        search(tmp_path, strategy=strategy)


class Locked(Counting):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


def test_callbacks_are_copied_or_made_anew_for_each_training(tmp_path: Path) -> None:
    MADE.clear()
    given = Counting()
    given.set_model(build(keras_tuner.HyperParameters()))  # it has been used before
    result = search(tmp_path, callbacks=[given, lambda: Counting()], early_stopping=None)
    assert [(trial.state, trial.error) for trial in result.trials] == [("complete", None)] * 2
    assert len({id(made) for made in MADE}) == len(MADE) >= 4
    assert given not in MADE
    with pytest.raises(InputError, match=r"callbacks\[0\] is a Locked.*give a function that"):
        as_callbacks(Locked())
    with pytest.raises(InputError, match=r"callbacks\[1\] must be a Keras callback, .* but is 3"):
        as_callbacks([given, 3])


def test_workers_cannot_see_what_only_this_program_defines(tmp_path: Path) -> None:
    def make() -> keras.callbacks.Callback:
        return Counting()

    class Local(Counting):
        pass

    make.__module__, make.__qualname__ = "__main__", "make"
    assert as_callbacks([make]) == ("__main__:make",)
    for given, name in ((make, "make"), (lambda: make(), "<lambda>"), (Local(), "Local")):
        with pytest.raises(InputError, match=f"cannot import .*{name}, which only this program"):
            search(tmp_path, callbacks=[given], workers=2)


def test_a_strategy_that_has_been_made_is_refused() -> None:
    with pytest.raises(InputError, match="must be a class with propose"):
        as_strategy(Largest())


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("max_trials", "give trials"),
        ("executions_per_trial", "give executions"),
        ("n_trials", "give trials"),
        ("budget", "give trials, time, epochs and executions"),
        ("max_trial", "give trials"),
        ("direction", "give objective="),
        ("directory", "give output"),
        ("project_name", "give name"),
        ("overwrite", "give fresh"),
        ("n_jobs", "give workers"),
        ("timeout", "give time"),
        ("patience", "give early_stopping="),
        ("factor", "give strategy="),
        ("random_state", "give seed"),
    ],
)
def test_names_of_others_are_told_from_those_here(name: str, here: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"there is no argument '{name}': {here}"):
        search(tmp_path, **{name: 3})


def test_an_argument_that_is_misspelt_gets_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no argument 'epoch' - did you mean 'epochs'\?"):
        search(tmp_path, epoch=3)
    with pytest.raises(InputError, match=r"no argument 'max_queue_size'; tuneit.search takes"):
        search(tmp_path, max_queue_size=3)
    with pytest.raises(InputError, match=r"no argument 'qwxz'; tuneit.search takes .*workers"):
        search(tmp_path, qwxz=3)


def test_without_test_rows_there_is_no_evaluation_and_the_report_says_why(tmp_path: Path) -> None:
    result = search(tmp_path, trials=1, test=0)
    assert [len(split) for split in result.prepared.dataset.splits.values()] == [48, 12]
    assert result.evaluation is None
    assert "no rows were kept for a test" in result.untested
    assert "no rows were kept for a test" in (tmp_path / "index.html").read_text()


def test_options_that_are_named_for_others_exist() -> None:
    from tuneit.strategies.registry import make_strategy
    from tuneit.study import Budget, StrategySpec

    for name, options in (
        ("hyperband", {"reduction_factor": 3}),
        ("bayesian", {"initial": 10}),
        ("optuna", {"n_startup_trials": 5}),
    ):
        spec = StrategySpec.model_validate({"name": name, "options": options})
        assert make_strategy(spec, Budget(trials=3, epochs=2)) is not None


def test_a_study_file_takes_no_arguments_beside_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"study a.yaml says .*: leave out trials, workers, or"):
        tuneit.search("a.yaml", trials=3, output=tmp_path, workers=2)


def not_compiled(hp: Any) -> Any:
    layers = keras.layers
    hidden = layers.Dense(hp.Int("units", 1, 4))
    return keras.Sequential([layers.Input((3,)), hidden, layers.Dense(1)])


def test_a_search_compiles_models_with_what_it_is_given(tmp_path: Path) -> None:
    optimizer, near = keras.optimizers.SGD(0.25), keras.metrics.MeanAbsoluteError(name="near")
    given = {"optimizer": optimizer, "loss": "mse", "metrics": [near]}
    result = tuneit.search(
        not_compiled,
        ROWS,
        objective={"metric": "val_near", "goal": "minimize"},
        **{**given, "trials": 2, "epochs": 1, "output": tmp_path, "quiet": True},
    )
    assert [trial.error for trial in result.trials] == [None, None]
    assert float(result.best_model().optimizer.learning_rate) == 0.25
    assert not optimizer.built
    assert len(near.variables) == 0 or float(near.result()) == 0
    with pytest.raises(TuneitError, match=r"compiled: .*or give tuneit.search optimizer=, loss="):
        tuneit.search(not_compiled, ROWS, trials=1, output=tmp_path / "other")


def test_errors_of_trials_speak_of_arguments_and_verbose_0_shows_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {"trials": 1, "epochs": 1, "constraints": {"max_parameters": 3}}
    result = tuneit.search(build, ROWS, **few, output=tmp_path, verbose=0)
    assert "constraints['max_parameters'] is 3" in result.trials[0].error
    assert "trial" not in capsys.readouterr().err


SEEN: list[tuple[int, int]] = []


class Batches(keras.callbacks.Callback):  # type: ignore[misc]
    """Notes the batches of each epoch, and the optimizer's steps after it."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        SEEN.append((self.params["steps"], int(self.model.optimizer.iterations.numpy())))


def test_batches_are_as_many_and_as_large_as_asked(tmp_path: Path) -> None:
    SEEN.clear()
    result = search(
        tmp_path,
        **{"trials": 1, "epochs": 2, "callbacks": [Batches], "deterministic": True},
        batch_size=4,
        steps_per_epoch=3,
    )
    assert SEEN[-2:] == [(3, 3), (3, 6)]
    assert [p.name for p in result.space] == ["units"]
    with pytest.raises(TuneitError, match="steps_per_epoch must be a whole number of at least 1"):
        search(tmp_path, steps_per_epoch=0)


def stateful(hp: Any) -> Any:
    layers = keras.layers
    cells = layers.LSTM(hp.Int("units", 1, 2), stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(8, 3, 1)), cells, layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    return model


def test_a_model_of_one_batch_size_is_validated_and_evaluated_in_such_batches(
    tmp_path: Path,
) -> None:
    x, y = X[..., None], ROWS[1]
    parts = [(x[:32], y[:32]), (x[32:48], y[32:48]), (x[48:], y[48:])]  # of 32, 16 and 12 rows

    def searched(*splits: Any, **more: Any) -> Any:
        given = {"trials": 1, "epochs": 1, "quiet": True, "output": tmp_path, "fresh": True}
        return tuneit.search(stateful, splits, **{**given, **more})

    result = searched(*parts, batch_size=8)
    assert result.best_or_none is not None
    assert result.evaluation is not None
    with pytest.raises(TuneitError, match="batches of 8 rows, but batch_size is 32"):
        searched(*parts)
    with pytest.raises(TuneitError, match="8 rows, but the validation split has 12"):
        searched(parts[0], parts[2], batch_size=8, test=0)


def test_the_arguments_are_those_of_search() -> None:
    import inspect

    from tuneit.workbench.arguments import OWN_ARGUMENTS, SETTINGS
    from tuneit.workbench.data_arguments import DATA_ARGUMENTS

    named = set(inspect.signature(tuneit.search).parameters) - {"model", "data", "settings"}
    assert named <= {*OWN_ARGUMENTS, *SETTINGS, *DATA_ARGUMENTS}
    assert set(OWN_ARGUMENTS) <= named
