"""The test split is looked at when a search has ended, and no more often than is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.api import load_result, run_study
from tuneit.cli.closing_words import closing_words
from tuneit.errors import DataError
from tuneit.evaluation import ClassificationEvaluation, evaluate_regression
from tuneit.result.evaluating import objective_on_test
from tuneit.result.final_evaluation import FinalEvaluation
from tuneit.study_file import load_study
from tuneit.training.saving import prediction

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

BUILDER = """
import keras

def build_model(hp):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, "softmax")])
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model
"""

STUDY = """
version: 1
name: iris
model: model.py:build_model
data: {source: sklearn, name: iris, scale: standard}
objective: val_loss
strategy: random
budget: {trials: 2, epochs: 2}
"""


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The test rows of each evaluation."""
    seen: list[int] = []
    evaluate = prediction.evaluate_on_test

    def counted(model: Any, dataset: Any, **how: Any) -> Any:
        seen.append(len(dataset.test))
        return evaluate(model, dataset, **how)

    monkeypatch.setattr(prediction, "evaluate_on_test", counted)
    return seen


def summary_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return found


def test_it_is_evaluated_once_a_search_and_kept(tmp_path: Path, looks: list[int]) -> None:
    (tmp_path / "model.py").write_text(BUILDER)
    file, folder = tmp_path / "study.yaml", tmp_path / "out"
    file.write_text(STUDY)
    study = load_study(file)
    first = run_study(study, tmp_path, folder)
    assert looks == [30]
    assert summary_of(folder)["test_split"] == {
        "evaluations": 1,
        "last_after_trials": 2,
        "metrics": dict(first.final_evaluation.metrics),  # type: ignore[union-attr]
        "model": {"trial": first.best.number, "training": None, "fold": None},
    }
    page = (folder / "index.html").read_text()
    rows = first.prepared.dataset.test
    expected = first.best_model().evaluate(rows.x, rows.y, verbose=0, return_dict=True)
    assert first.final_evaluation is not None
    assert first.final_evaluation.metrics == pytest.approx(expected, rel=1e-4)
    assert objective_on_test(first) == first.final_evaluation.metrics["loss"]
    assert f"the same metric is {objective_on_test(first):.4f} on the test rows" in page
    assert f"the objective's metric, loss: {objective_on_test(first):.4f}" in closing_words(first)
    evaluation = first.evaluate()
    assert isinstance(evaluation, ClassificationEvaluation)
    assert evaluation.temperature is not None
    assert evaluation.temperature.rows == len(first.prepared.dataset.validation)

    # The same search, its report and its results in Python show what was kept.
    run_study(study, tmp_path, folder)
    again = load_result(study, tmp_path, folder)
    again.write()
    assert again.evaluate().to_dict() == first.evaluate().to_dict()
    assert (folder / "index.html").read_text() == page
    assert looks == [30]

    # A larger budget that ends is evaluated anew, and it is told that this was a second look.
    file.write_text(STUDY.replace("trials: 2", "trials: 3"))
    larger = run_study(load_study(file), tmp_path, folder)
    assert looks == [30, 30]
    assert summary_of(folder)["test_split"]["evaluations"] == 2
    assert "on its test split 2 times" in (folder / "index.html").read_text()
    assert "evaluation number 2" in closing_words(larger)

    # An interruption is no end; nor are trials that came after the last evaluation.
    cut = replace(larger, interrupted=True)
    assert all(not r.action.startswith("stop") for r in cut.diagnose().recommendations)
    better = replace(larger.best, number=3, score=larger.best.score / 2)
    later = replace(larger, trials=(*larger.trials, better))
    assert later.evaluation is None
    assert later.summary()["evaluation"] is None
    assert "test   The test split was last used" in closing_words(later)
    told = later.report(tmp_path / "later.html").read_text()
    assert "was last used after 3 trials" in told

    fresh = run_study(load_study(file), tmp_path, folder, fresh=True)
    assert summary_of(folder)["test_split"]["evaluations"] == 1
    assert looks == [30, 30, 30]
    assert fresh.final_evaluation is not None


def test_an_interrupted_search_has_not_looked_at_the_test_split(
    tmp_path: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(BUILDER)
    file = tmp_path / "study.yaml"
    file.write_text(STUDY + "trainer: single\n")

    class CutOff:
        def __getattr__(self, name: str) -> Any:
            return self._said

        def _said(self, *_: Any) -> None: ...

        def finished(self, *_: Any) -> None:
            raise KeyboardInterrupt

    view: Any = CutOff()
    result = run_study(load_study(file), tmp_path, tmp_path / "out", view=view)
    assert result.interrupted
    assert looks == []
    assert summary_of(tmp_path / "out")["evaluation"] is None
    assert summary_of(tmp_path / "out")["test_split"] == {"evaluations": 0}
    page = (tmp_path / "out" / "index.html").read_text()
    assert "The best model has not been evaluated on the test split" in page
    assert "Nothing in this run calls for a change" not in page
    # Who asks for it in Python gets it, and it counts.
    assert result.evaluate().n == 30
    assert result.final_evaluation is not None
    assert result.final_evaluation.looks == 1

    # What cannot be evaluated has a report all the same.
    def fails(model: Any, x: Any) -> Any:
        raise DataError("the model predicts NaN")

    monkeypatch.setattr(prediction, "predict", fails)
    ended = run_study(load_study(file), tmp_path, tmp_path / "out")
    assert not ended.interrupted
    page = (tmp_path / "out" / "index.html").read_text()
    assert "The best model cannot be evaluated on the rows of the test split" in page
    assert "the model predicts NaN" in page


def test_with_folds_it_is_said_whose_model_was_tested(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(BUILDER)
    file, folder = tmp_path / "study.yaml", tmp_path / "out"
    folds = STUDY.replace("scale: standard", "scale: standard, folds: 3")
    file.write_text(folds.replace("trials: 2", "trials: 1"))
    result = run_study(load_study(file), tmp_path, folder)
    scores = result.best.scores
    fold = int(np.argmin(scores))
    rows = result.prepared.dataset.of_execution(fold).validation
    assert result.bench is result.prepared
    loss = result.best_model().evaluate(rows.x, rows.y, verbose=0)[0]
    assert loss == pytest.approx(scores[fold], rel=1e-4)
    assert summary_of(folder)["test_split"]["model"]["fold"] == fold
    assert f"the one of fold {fold + 1} of 3" in (folder / "index.html").read_text()


def test_a_file_of_another_form_is_no_evaluation_but_a_look(tmp_path: Path) -> None:
    file = tmp_path / "evaluation.json"
    assert FinalEvaluation.load(file) is None
    file.write_text("{")
    assert FinalEvaluation.load(file) is None
    evaluation = evaluate_regression([1.0, 2.0], [1.0, 2.5])
    kept = FinalEvaluation(3, 0.5, 8, "abc", 2, evaluation)
    kept.save(file)
    back = FinalEvaluation.load(file)
    assert back is not None
    assert back.evaluation is not None
    assert back.evaluation.to_dict() == evaluation.to_dict()
    record = json.loads(file.read_text())
    del record["evaluation"]["scores"]
    file.write_text(json.dumps(record))
    other = FinalEvaluation.load(file)
    assert other is not None
    assert (other.looks, other.evaluation) == (2, None)
