"""Reference models are fitted once for a study, whoever trains its trials and however often."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import a_study

import tuneit
from tuneit.data import references
from tuneit.data.load import dataset_from_arrays
from tuneit.findings.reference_models import TRIVIAL, ReferenceModels, ReferenceScore
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Facts, Trial, Trivial
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.judge import Judge

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)


def build(hp: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often models were fitted, by the number of training rows."""
    counts: Counter[int] = Counter()
    fit = references.fit_references

    def counted(dataset: Any, seconds: float) -> ReferenceModels:
        counts[len(dataset.train)] += 1
        return fit(dataset, seconds)

    monkeypatch.setattr(references, "fit_references", counted)
    return counts


def test_a_search_fits_them_once_and_going_on_does_not(
    tmp_path: Path, fits: Counter[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else a model that hardly learns is tried on a few rows, for hundreds of steps.
    monkeypatch.setattr("tuneit.result.examination.SMALL_MODEL", 0)
    given: dict[str, Any] = {"folds": 3, "strategy": "random", "epochs": 6, "quiet": True}
    first = tuneit.search(build, (X, Y), trials=1, trainer="cohort", output=tmp_path, **given)
    assert fits.total() == 3  # one a fold
    assert first.judge.models is not None
    folds = [first.judge.reference(first.best, fold).models for fold in range(3)]
    assert len({repr(models) for models in folds}) == 3
    for models, (rows, _) in zip(folds, first.prepared.dataset.folds, strict=True):
        assert models is not None
        assert models.rows == len(rows)
    result = tuneit.search(build, (X, Y), trials=2, output=tmp_path, **given)
    assert fits.total() == 3
    assert result.judge.models == first.judge.models
    found = result.diagnose().finding("underfitting")
    assert found is not None
    assert " loss " in found.summary
    shown = result.summary()["reference_models"]
    assert shown["models"][0]["model"] == TRIVIAL
    without = tuneit.search(
        build, (X, Y), trials=3, output=tmp_path, diagnosis={"reference_models": False}, **given
    )
    assert without.judge.models is None
    assert without.summary()["reference_models"] is None
    assert fits.total() == 3


def a_judge(**scores: float) -> Judge:
    """A judge of data in which the best constant has these scores."""
    data = dataset_from_arrays(X, X[:, 0], task="regression")
    constant = ReferenceScore(TRIVIAL, scores, dict.fromkeys(scores, 0.1))
    models = ReferenceModels((constant,), validation_rows=60)
    return Judge(a_study(objective="val_loss"), DataFacts.of(data), (models,))


def a_trial(**params: Any) -> Trial:
    return Trial(0, params, facts=Facts(trivial=Trivial(scores=(4.0,), loss=4.0)))


def test_a_loss_is_known_by_what_the_mean_or_the_median_costs() -> None:
    judge = a_judge(mse=4.01, mae=1.6)
    assert judge.reference(a_trial()).loss == "mse"
    assert a_judge(mse=9.0, mae=4.01).reference(a_trial()).loss == "mae"
    assert a_judge(cross_entropy=3.99).reference(a_trial()).loss == "cross_entropy"
    assert a_judge(mse=9.0, mae=2.5).reference(a_trial()).loss is None
    penalised = Trivial(scores=(4.0,), loss=4.0, penalised=True)
    assert judge.reference(Trial(0, {}, facts=Facts(trivial=penalised))).loss is None
    assert Judge(a_study(), judge._data).reference(a_trial()).loss is None


def test_trials_with_other_weights_of_classes_are_not_compared() -> None:
    judge = a_judge(mse=4.0)
    assert judge.reference(a_trial(class_weight="none")).models is judge.models
    assert judge.reference(a_trial(class_weight="given")).models is judge.models
    assert judge.reference(a_trial(class_weight="balanced")).models is None
