"""The search benchmark: targets, meters and early stopping are right; every kind of tool runs."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scripts import run

pytestmark = pytest.mark.eager

SCRIPTS = Path(__file__).parents[2] / "studies" / "benchmarks" / "search_quality"
sys.path.insert(0, str(SCRIPTS))

import compare  # noqa: E402
from quality_functions import FUNCTIONS  # noqa: E402
from quality_table import Meter, Table, stops  # noqa: E402
from quality_tasks import EPOCHS, TASKS  # noqa: E402
from quality_tuneit import Memory, search, space_of  # noqa: E402
from tabulate import configurations  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table whose best configurations have a rate of 1e-2 and many units."""
    task = TASKS["wine"]
    configs = configurations(task)
    places = np.array([[task.axes[name].index(c[name]) for name in task.axes] for c in configs])
    off = np.array([abs(math.log10(c["learning_rate"]) + 2) + 24 / c["units"] for c in configs])
    off += np.array([c["dropout"] for c in configs])
    epochs = np.arange(1, EPOCHS + 1)
    losses = 0.1 + 0.3 * off[:, None] + np.exp(-epochs / 5)[None, :]
    losses[0, 3:] = np.nan
    out = tmp_path_factory.mktemp("tables")
    np.savez(
        out / "wine.npz",
        val_crossentropy=losses,
        val_accuracy=1 - losses / 4,
        configs=places,
        trivial=1.0,
        rows=100,
    )
    return out


def test_a_configuration_is_found_by_its_values(folder: Path) -> None:
    table = Table.load(folder, "wine")
    space = space_of(table)
    assert space.size == len(table.configs) == 1512
    for params in (space.sample(np.random.default_rng(i)) for i in range(50)):
        row = table.configs[table.place(params)]
        named = zip(table.task.axes.items(), row, strict=True)
        for (name, values), place in named:
            wanted = values[place]
            assert params[name] == (pytest.approx(wanted) if name == "learning_rate" else wanted)
    assert table.place({**space.defaults(), "learning_rate": 2e-4}) == table.place(
        {**space.defaults(), "learning_rate": 10**-3.5}
    )


def test_the_target_lies_between_the_best_and_the_trivial_score(folder: Path) -> None:
    table = Table.load(folder, "wine")
    best = np.nanmin(table.scores)
    assert table.target == pytest.approx(best + 0.02 * (1.0 - best))
    assert math.isnan(table.scores[0])
    assert table.lengths[0] == 4
    by_accuracy = Table.load(folder, "wine", "val_accuracy")
    assert by_accuracy.target == pytest.approx(np.nanmin(by_accuracy.scores) + 0.01)


def test_early_stopping() -> None:
    falling = np.linspace(1, 0, EPOCHS)
    assert stops(falling) == EPOCHS
    assert stops(falling, 3, 9) == 9
    flat = np.where(np.arange(EPOCHS) < 4, falling, 2.0)
    assert stops(flat) == 9
    assert stops(np.where(np.arange(EPOCHS) == 6, np.nan, falling)) == 7


@pytest.mark.parametrize("name", ["random", "bayesian+asha", "hyperband", "optuna:tpe+median"])
def test_searches_pay_for_the_epochs_that_they_see(folder: Path, name: str) -> None:
    table = Table.load(folder, "wine")
    meter = Meter(table, 120)
    search(name, table, 1, meter)
    spent = meter.spent()
    assert spent.there or 120 <= spent.epochs <= 120 + EPOCHS
    assert spent.trials >= spent.epochs / EPOCHS
    assert spent.seconds > 0


def test_pruning_and_continuing_cost_no_epoch_twice(folder: Path) -> None:
    table = Table.load(folder, "wine")
    object.__setattr__(table, "target", -1.0)
    whole, halved = Meter(table, 300), Meter(table, 300)
    search("random", table, 0, whole)
    search("hyperband", table, 0, halved)
    assert whole.trials == 300 // EPOCHS
    assert halved.trials > 3 * whole.trials


def test_the_default_search_resumes_as_if_uninterrupted(folder: Path) -> None:
    table = Table.load(folder, "wine")
    object.__setattr__(table, "target", -1.0)
    straight, cut = Memory(), Memory()
    search("bayesian+asha", table, 5, Meter(table, 260), straight)
    for _ in range(4):
        search("bayesian+asha", table, 5, Meter(table, 60), cut)
    both = min(len(straight.kept), len(cut.kept)) - 1
    assert both > 12

    def told(store: Memory) -> list[object]:
        return [(dict(t.params), t.state, t.score, t.epochs) for t in store.kept[:both]]

    assert told(straight) == told(cut)
    assert len({t.state for t in straight.kept[:both]}) == 2


@pytest.mark.parametrize(
    "tool", ["kt:RandomSearch", "kt:BayesianOptimization", "kt:Hyperband", "optuna/hyperband"]
)
def test_peers(folder: Path, tool: str) -> None:
    spent = compare.run(tool, Table.load(folder, "wine"), 0, 90)
    assert spent.there or 90 <= spent.epochs <= 90 + EPOCHS


def test_the_quick_process_is_scikit_learns() -> None:
    from quality_process import QuickProcess
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern

    rng = np.random.default_rng(0)
    x, z = rng.random((30, 4)), rng.random((3, 4))
    y = np.sin(3 * x.sum(1)) + 0.1 * rng.normal(size=30)
    told = []
    for kind in (GaussianProcessRegressor, QuickProcess):
        process = kind(
            kernel=Matern(nu=2.5),
            n_restarts_optimizer=3,
            normalize_y=True,
            alpha=1e-4,
            random_state=1,
        )
        told.append(process.fit(x, y).predict(z, return_std=True))
    np.testing.assert_allclose(told[0], told[1], rtol=1e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function = FUNCTIONS[name]()
    assert compare.run("random", function, 0, 3 * function.epochs).trials <= 3
    assert all(len(curve) == function.epochs for curve in function.curves)
    assert min(curve[-1] for curve in function.curves) >= function.optimum
    assert function.target > function.optimum


def test_the_script_keeps_what_it_ran(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = tmp_path / "kept.json"
    arguments = [str(folder), "--tools", "random", "bayesian+asha", "--seeds", "2"]
    arguments += ["--most-epochs", "60", "--out", str(kept)]
    monkeypatch.setattr(sys, "argv", ["compare.py", *arguments])
    compare.main()
    first = capsys.readouterr().out
    assert "| wine | bayesian+asha |" in first
    assert len(json.loads(kept.read_text())) == 4
    compare.main()
    assert capsys.readouterr().out == first


def test_tabulate(tmp_path: Path) -> None:
    run("search_quality/tabulate.py", "wine", "--smoke", "--out", str(tmp_path))
    with np.load(tmp_path / "wine.npz") as archive:
        assert archive["val_crossentropy"].shape == (8, EPOCHS)
        assert np.isfinite(archive["val_crossentropy"]).mean() > 0.9
        assert archive["trivial"] == pytest.approx(1.09, abs=0.05)
