"""What a study is held against."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneit.study_file import study_from
from tuneit.training.builders.builder import as_builder
from tuneit.training.fitting.inspection import ModelInspection
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Facts, Trial, Trivial
from tuneit.workbench import PreparedStudy, prepare
from tuneit.workbench.judge import Judge
from tuneit.workbench.making import pruner_of
from tuneit.workbench.notes import notes

load_keras()
import keras  # noqa: E402


def build(hp: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(hp.Float("rate", 0.1, 0.2)), "mse")
    return model


def a_bench(folder: Path, **settings: Any) -> PreparedStudy:
    builder = as_builder(build)
    study = study_from(
        {
            "name": "one",
            "model": builder.reference,
            "data": {"source": "sklearn", "name": "diabetes", "folds": 3},
            "objective": "val_loss",
            "budget": {"trials": 1},
            **settings,
        }
    )
    return prepare(study, folder, folder / "out", builder=builder)


def test_what_has_no_effect_is_told(tmp_path: Path) -> None:
    model = ModelInspection(11, ("loss", "val_loss"), 0.0, 0.0)
    bench = a_bench(tmp_path)
    assert list(notes(bench, model)) == []
    [note] = notes(bench, replace(model, shares_weights=True))
    assert note.startswith("build gives each trial the same model, or the same layers to train")
    study = bench.study.model_copy(update={"trainer": "cohort", "workers": 2})
    [note] = notes(replace(bench, study=study), model)
    assert note.startswith("`trainer: cohort` has no effect with `workers`")


def test_a_trial_is_held_against_what_is_known_of_trivial_ones(tmp_path: Path) -> None:
    bench = a_bench(tmp_path)
    judge = Judge(bench.study, bench.data)
    known = judge.reference(Trial(0, {}, facts=Facts(trivial=Trivial(scores=(3.0, 5.0), loss=2.0))))
    assert (known.metric, known.baseline, known.baseline_loss) == ("loss", 3.0, 2.0)
    assert known.guess_train_loss == 2.0
    # A ledger of before, or a model with a training of its own.
    unknown = judge.reference(Trial(0, {}))
    assert (unknown.baseline, unknown.guess_train_loss, unknown.n_classes) == (None, None, None)
    assert unknown.y_variance is None


def test_only_the_default_pruning_has_a_quota(tmp_path: Path) -> None:
    def stops_the_second(**settings: Any) -> bool:
        bench = a_bench(tmp_path, budget={"trials": 20, "epochs": 20}, **settings)
        pruner = pruner_of(bench)
        return [pruner.reason(number, 1, 1.0 + number, []) for number in (0, 1)][1] is not None

    assert not stops_the_second()
    assert stops_the_second(pruning="asha")
