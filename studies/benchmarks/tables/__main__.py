"""`tuneit:mlp` with its default budget against a linear model and gradient boosting, on 12 tables.

    python studies/benchmarks/tables                     # all tables
    python studies/benchmarks/tables --tables wine moons
    python studies/benchmarks/tables --results tables.jsonl --again   # print what was measured
    python studies/benchmarks/tables --smoke             # seconds, for a test

Half of the rows train, a fifth validates (it decides among the trials; the others do not see it),
and the rest tests. The linear model is scikit-learn's LogisticRegressionCV or RidgeCV on
standardised columns; gradient boosting is HistGradientBoosting with its defaults. The number is
accuracy for classes and R² for numbers, on test rows; the interval is that of the mlp's lead, from
2,000 paired bootstrap samples of the test rows.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tuneit

TRIALS, EPOCHS = 30, 50
"""The budget of the study that `tuneit search data.csv` writes."""

Arrays = tuple[Any, Any]


def _loaded(load: Callable[..., Any]) -> Callable[[], Arrays]:
    return lambda: load(return_X_y=True)


TABLES: dict[str, tuple[str, Callable[[], Arrays]]] = {
    "iris": ("accuracy", _loaded(datasets.load_iris)),
    "wine": ("accuracy", _loaded(datasets.load_wine)),
    "breast cancer": ("accuracy", _loaded(datasets.load_breast_cancer)),
    "digits": ("accuracy", _loaded(datasets.load_digits)),
    "moons": ("accuracy", lambda: datasets.make_moons(800, noise=0.25, random_state=0)),
    "circles": (
        "accuracy",
        lambda: datasets.make_circles(800, noise=0.15, factor=0.5, random_state=0),
    ),
    "clusters": (
        "accuracy",
        lambda: datasets.make_classification(
            1200, 12, n_informative=6, n_classes=3, n_clusters_per_class=2, random_state=0
        ),
    ),
    "diabetes": ("R²", _loaded(datasets.load_diabetes)),
    "friedman 1": ("R²", lambda: datasets.make_friedman1(800, noise=1.0, random_state=0)),
    "friedman 2": ("R²", lambda: datasets.make_friedman2(800, noise=125.0, random_state=0)),
    "friedman 3": ("R²", lambda: datasets.make_friedman3(800, noise=0.1, random_state=0)),
    "linear": ("R²", lambda: datasets.make_regression(600, 10, noise=40.0, random_state=0)),
}
"""By name: the metric, and what returns x and y."""


def measure(name: str, trials: int, epochs: int) -> dict[str, Any]:
    """Fit the three models on one table; return their scores on its test rows."""
    metric, load = TABLES[name]
    x, y = load()
    classes = metric == "accuracy"
    rest, x_test, rest_y, y_test = train_test_split(
        x, y, test_size=0.3, random_state=0, stratify=y if classes else None
    )
    x_train, x_val, y_train, y_val = train_test_split(
        rest, rest_y, test_size=2 / 7, random_state=0, stratify=rest_y if classes else None
    )
    linear = (
        # The defaults that scikit-learn 1.10 will have, by name: it warns of the present ones.
        LogisticRegressionCV(
            max_iter=2000, l1_ratios=(0,), scoring="neg_log_loss", use_legacy_attributes=False
        )
        if classes
        else RidgeCV(np.logspace(-3, 3, 13))
    )
    boosting = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    answers = {
        "linear": make_pipeline(StandardScaler(), linear).fit(x_train, y_train).predict(x_test),
        "boosting": boosting(random_state=0).fit(x_train, y_train).predict(x_test),
    }
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = tuneit.search(
            tuneit.models.mlp(),
            (x_train, y_train),
            validation_data=(x_val, y_val),
            objective="val_accuracy" if classes else "val_mae",
            trials=trials,
            epochs=epochs,
            scale="standard",
            **({} if classes else {"scale_target": "standard"}),
            test=0,
            output=folder,
            quiet=True,
        )
        [predicted] = result.predict(x_test).outputs
        answers["mlp"] = predicted.values.reshape(y_test.shape)
    seconds = time.perf_counter() - began
    if classes:  # tuneit gives them back by name
        y_test = y_test.astype(str)
        answers = {model: answer.astype(str) for model, answer in answers.items()}
    scores = {model: _score(y_test, answer, classes) for model, answer in answers.items()}
    return {
        "table": name,
        "metric": metric,
        "rows": len(x),
        "columns": x.shape[1],
        **scores,
        "lead over linear": _lead(y_test, answers["mlp"], answers["linear"], classes),
        "lead over boosting": _lead(y_test, answers["mlp"], answers["boosting"], classes),
        "seconds": seconds,
    }


def _score(y: Any, answer: Any, classes: bool) -> float:
    if classes:
        return float(np.mean(y == answer))
    return float(1 - np.sum((y - answer) ** 2) / np.sum((y - np.mean(y)) ** 2))


def _lead(y: Any, ours: Any, other: Any, classes: bool) -> list[float]:
    """The 95 % interval of how much higher our score is."""
    rng = np.random.default_rng(0)
    leads = []
    for _ in range(2000):
        rows = rng.integers(0, len(y), len(y))
        scores = (_score(y[rows], answer[rows], classes) for answer in (ours, other))
        leads.append(next(scores) - next(scores))
    return [float(edge) for edge in np.quantile(leads, [0.025, 0.975])]


def table(found: list[dict[str, Any]]) -> str:
    """The results as a table of Markdown."""
    lines = [
        "| table | rows × columns | score | linear | boosting | mlp | mlp − linear (95 %) "
        "| mlp − boosting (95 %) | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        leads = (
            "{:+.3f} to {:+.3f}".format(*one[f"lead over {other}"])
            for other in ("linear", "boosting")
        )
        scores = (f"{one[model]:.3f}" for model in ("linear", "boosting", "mlp"))
        cells = (one["table"], f"{one['rows']} × {one['columns']}", one["metric"], *scores, *leads)
        lines.append(f"| {' | '.join(cells)} | {one['seconds']:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure the tables that are asked for, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--results", type=Path, help="a JSON line for each table goes there")
    parser.add_argument("--again", action="store_true", help="only print what is in --results")
    parser.add_argument("--smoke", action="store_true", help="one table, one trial")
    asked = parser.parse_args()
    found: list[dict[str, Any]] = []
    if asked.again:
        found = [json.loads(line) for line in asked.results.read_text().splitlines()]
    elif asked.smoke:
        found = [measure("iris", 1, 2)]
    else:
        for name in asked.tables:
            found.append(measure(name, TRIALS, EPOCHS))
            if asked.results is not None:
                with asked.results.open("a") as file:
                    file.write(json.dumps(found[-1]) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
