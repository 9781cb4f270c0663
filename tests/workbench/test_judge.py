"""A trial's learning curve is diagnosed once, whoever asks for the diagnosis."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import a_study

import tuneit
from tuneit import diagnosis
from tuneit.cli.closing_words import closing_words
from tuneit.curves import LearningCurve
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Facts, Trial, TrialState, Trivial
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.judge import Judge

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")


def build(hp: Any) -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    return model


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter[Any]]:
    """How often each curve was diagnosed, and each diagnosis completed with advice."""
    counts: dict[str, Counter[Any]] = {"diagnose_curve": Counter(), "advise": Counter()}
    diagnose_curve, advise = diagnosis.diagnose_curve, diagnosis.advise

    def diagnosed(curve: Any, *given: Any, seen: Any = ()) -> Any:
        counts["diagnose_curve"][tuple(curve.series["loss"]), bool(seen)] += 1
        return diagnose_curve(curve, *given, seen=seen)

    def advised(found: Any, context: Any) -> Any:
        counts["advise"][tuple(context.params.items())] += 1
        return advise(found, context)

    monkeypatch.setattr(diagnosis, "diagnose_curve", diagnosed)
    monkeypatch.setattr(diagnosis, "advise", advised)
    return counts


def test_a_search_and_all_that_tells_of_it_diagnose_each_curve_once(
    tmp_path: Path, asked: dict[str, Counter[Any]]
) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 4)), np.arange(60) % 3
    result = tuneit.search(
        build, data, trials=3, epochs=3, strategy="random", output=tmp_path, quiet=True
    )
    result.summary()
    result.report()
    closing_words(result)
    result._repr_html_()
    # Once by its curve; the best one once more, if its model showed more when the search ended.
    assert result.examination is not None
    times = 3 + bool(result.examination.findings or result.examination.paired)
    assert asked["diagnose_curve"].total() == times
    assert set(asked["diagnose_curve"].values()) == {1}
    best = result.best
    assert asked["advise"] == {tuple(best.params.items()): 1}
    # What the loop found is what the result shows; another trial is not diagnosed again either.
    assert str(result.diagnose().verdict) == best.verdict
    other = next(trial for trial in result.trials if trial != best)
    assert str(result.diagnose(other.number).verdict) == other.verdict
    assert asked["diagnose_curve"].total() == times


def test_all_executions_are_judged_and_pruning_is_no_verdict() -> None:
    judge = Judge(
        a_study(objective="val_loss"), DataFacts({"rows": {"validation": 30}}, (), "", 90)
    )
    t = np.arange(30)
    falling = 0.2 + np.exp(-t / 4)
    good = LearningCurve.from_history({"loss": falling, "val_loss": falling + 0.02})
    rising = falling + 0.02 * np.maximum(0, t - 8)
    bad = LearningCurve.from_history({"loss": falling, "val_loss": rising})
    folds = Trial(0, {}, TrialState.COMPLETE, curve=good, repeats=(bad, bad))
    assert judge.verdict(folds) == "overfitting"
    compared = judge.diagnosis(folds).finding("executions_compared")
    assert compared is not None
    assert "2 of 3" in compared.summary
    assert judge.verdict(Trial(1, {}, TrialState.PRUNED, curve=good.head(3))) is None
    assert judge.verdict(Trial(2, {}, TrialState.COMPLETE, curve=good.head(3))) == "too_short"
    # What the curve shows so far is said.
    assert judge.verdict(Trial(3, {}, TrialState.PRUNED, curve=bad)) == "overfitting"


def test_labels_are_not_judged_by_the_largest_output() -> None:
    description = {"task": "multilabel", "rows": {"validation": 30}}
    judge = Judge(a_study(objective="val_loss"), DataFacts(description, (), "", 90))
    falling = 0.2 + np.exp(-np.arange(30) / 4)
    poor = {"loss": falling, "val_loss": falling + 0.02, "accuracy": 0 * falling + 0.4}
    curve = LearningCurve.from_history({**poor, "val_accuracy": 0 * falling + 0.1})
    found = judge.diagnosis(Trial(0, {}, TrialState.COMPLETE, curve=curve)).findings
    assert found
    assert not any("accuracy" in finding.summary for finding in found)


def test_a_trial_is_compared_with_what_is_known_of_trivial_models() -> None:
    description = {"rows": {"validation": 30}, "classes": {}, "folds": 3}
    judge = Judge(a_study(objective="val_loss"), DataFacts(description, (), "", 90))
    known = judge.reference(Trial(0, {}, facts=Facts(trivial=Trivial(scores=(3.0, 5.0), loss=2.0))))
    assert (known.metric, known.baseline, known.baseline_loss) == ("loss", 3.0, 2.0)
    assert (known.guess_train_loss, known.n_validation) == (2.0, 30)
    # Executions of seeds and folds take turns: of three folds the fifth is the second one.
    of_folds = Trivial(
        scores=(3.0, 5.0, 4.0), loss=2.0, train_loss=1.0, other_folds=((1.5, 2.5), (1.7, 2.7))
    )
    other = judge.reference(Trial(0, {}, facts=Facts(trivial=of_folds)), 4)
    assert (other.baseline, other.baseline_loss, other.guess_train_loss) == (5.0, 2.5, 1.5)
    assert Trivial.from_dict(of_folds.to_dict()) == of_folds
    # A ledger of an earlier version, or a model with a training of its own.
    unknown = judge.reference(Trial(0, {}))
    assert (unknown.baseline, unknown.guess_train_loss, unknown.n_classes) == (None, None, None)
    assert unknown.y_variance is None
    # Without a known loss, the number of classes says nothing about what guessing costs.
    classes = replace(
        DataFacts(description, (), "", 90),
        description={**description, "classes": {"a": {}, "b": {}}},
    )
    judge = Judge(a_study(objective="val_loss"), classes)
    assert judge.reference(Trial(0, {})).n_classes is None
    assert judge.reference(Trial(0, {}, facts=Facts(trivial=Trivial(loss=2.0)))).n_classes == 2
