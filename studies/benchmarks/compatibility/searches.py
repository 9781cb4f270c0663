"""Runs a case under a tool, and judges what came out."""

from __future__ import annotations

import contextlib
import io
import math
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from cases import Case, Given, Outcome

import tuneit

FEW = 8
"""Rows that the best model has to predict."""


@dataclass(frozen=True)
class Row:
    """One search: `wrong` is None where all that the case expects came out.

    `evaluation` says why tuneit has none of the best model on the test split.
    """

    family: str
    case: str
    tool: str
    strategy: str
    seconds: float
    wrong: str | None
    evaluation: str | None = None


class WrongError(Exception):
    """What came out is not what the case expects."""


def with_tuneit(case: Case, strategy: str, folder: Path) -> Outcome:
    if case.before:
        with_tuneit(_beforehand(case), strategy, folder)
    given = case.data()
    keywords = dict(given.keywords)
    weight = keywords.pop("sample_weight", None)
    data = given.x if given.y is None else (given.x, given.y)
    result = tuneit.search(
        case.build,
        *([] if data is None else [data if weight is None else (given.x, given.y, weight)]),
        **{
            "objective": case.objective,
            "strategy": strategy,
            "trials": case.trials,
            "epochs": case.epochs,
            "name": case.name,
            "output": folder / "results",
            "quiet": True,
            **keywords,
            **case.tuneit,
        },
    )
    return Outcome(
        "tuneit",
        result.best_score,
        frozenset(p.name for p in result.space),
        [dict(t.params) for t in result.trials if t.score is not None],
        result.best_model(),
        result,
    )


def with_keras_tuner(case: Case, folder: Path) -> Outcome:
    if case.before:
        with_keras_tuner(_beforehand(case), folder)
    given = case.data()
    count = {} if case.tuner_class == "Hyperband" else {"max_trials": case.trials}
    tuner = getattr(keras_tuner, case.tuner_class)(
        case.build,
        **{
            "objective": case.objective,
            "seed": 1,
            "directory": str(folder),
            "project_name": "tuner",
            **count,
            **case.tuner,
        },
    )
    keywords = {**given.keywords, **case.search}
    split = (
        {} if "validation_data" in keywords or is_stream(given.x) else {"validation_split": 0.25}
    )
    data = [part for part in (given.x, given.y) if part is not None]
    tuner.search(*data, **{"epochs": case.epochs, "verbose": 0, **split, **keywords})
    best = tuner.oracle.get_best_trials(1)
    if not best:
        said = [t.message or t.status for t in tuner.oracle.trials.values()]
        raise WrongError("no trial completed: " + _last_line(said[0]) if said else "no trial")
    return Outcome(
        "keras-tuner",
        float(best[0].score),
        frozenset(p.name for p in tuner.oracle.get_space().space),
        [
            dict(t.hyperparameters.values)
            for t in tuner.oracle.trials.values()
            if t.status == "COMPLETED"
        ],
        tuner.get_best_models(1)[0],
        tuner,
    )


def _beforehand(case: Case) -> Case:
    return replace(case, trials=case.before, before=0, tuneit={}, tuner={}, check=None)


def run(case: Case) -> Iterator[Row]:
    """Each search of a case: tuneit's by strategy, then keras-tuner's."""
    if "tuneit" in case.tools:
        for strategy in case.strategies:
            yield _row(case, "tuneit", strategy, lambda f, s=strategy: with_tuneit(case, s, f))
    if "keras-tuner" in case.tools:
        yield _row(case, "keras-tuner", case.tuner_class, lambda f: with_keras_tuner(case, f))


def _row(case: Case, tool: str, strategy: str, search: Callable[[Path], Outcome]) -> Row:
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    begun = time.perf_counter()
    wrong = evaluation = None
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            outcome = search(Path(folder))
            if case.refused:
                raise WrongError(f"is not refused; the best score is {outcome.score:.4g}")
            judge(case, outcome)
            if outcome.is_tuneit and outcome.result.evaluation is None:
                evaluation = outcome.result.untested
        except (Exception, SystemExit) as error:  # these are what is measured
            wrong = None if _is_the_refusal(case, error) else _told(error)
    seconds = time.perf_counter() - begun
    return Row(case.family, case.name, tool, strategy, round(seconds, 2), wrong, evaluation)


def judge(case: Case, outcome: Outcome) -> None:
    """Raise WrongError or AssertionError where the outcome is not what the case expects."""
    if not math.isfinite(outcome.score):
        raise WrongError(f"the best score is {outcome.score}")
    if outcome.names != case.names:
        raise WrongError(f"the space has {sorted(outcome.names)}, not {sorted(case.names)}")
    if case.check is not None:
        case.check(outcome)
    rows = few_rows(case.data())
    predicted = [np.asarray(p) for p in keras.tree.flatten(outcome.model.predict(rows, verbose=0))]
    for values in predicted:
        if not np.isfinite(values).all():
            raise WrongError("the best model predicts what is not finite")
        if len(values) != len(keras.tree.flatten(rows)[0]):
            raise WrongError(f"the best model predicts {values.shape}")


def is_stream(x: Any) -> bool:
    """Whether batches come one after the other."""
    return isinstance(x, (tf.data.Dataset, keras.utils.PyDataset)) or hasattr(x, "__next__")


def few_rows(given: Given) -> Any:
    """A few rows of the inputs, or the first batch of a stream's, as tensors."""
    x = given.inputs
    if is_stream(x):
        first = x[0] if isinstance(x, keras.utils.PyDataset) else next(iter(x))
        x = first[0] if isinstance(first, tuple) else first
    return keras.tree.map_structure(lambda part: tf.convert_to_tensor(part[:FEW]), x)


def _is_the_refusal(case: Case, error: Exception | SystemExit) -> bool:
    is_said = isinstance(error, tuneit.TuneitError) and "\n" not in str(error)
    return bool(case.refused) and is_said and re.search(case.refused, str(error)) is not None


def _told(error: Exception | SystemExit) -> str:
    kind = "" if isinstance(error, (WrongError, AssertionError)) else f"{type(error).__name__}: "
    text = str(error)
    if isinstance(error, RuntimeError) and "Traceback" in text:  # keras-tuner's, of its trials
        return _last_line(text)
    return f"{kind}{' '.join(text.split())}"[:400]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
    return (named or lines or [""])[-1][:400]
