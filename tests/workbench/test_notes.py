"""What a study's author may not expect of it is said before the search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneit.study.treat import TreatSpec
from tuneit.study_file import study_from
from tuneit.training.builders.builder import as_builder
from tuneit.training.fitting.inspection import ModelInspection
from tuneit.training.keras_loader import load_keras
from tuneit.workbench import prepare
from tuneit.workbench.notes import notes

load_keras()
import keras  # noqa: E402


def build(hp: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(hp.Float("rate", 0.1, 0.2)), "mse")
    return model


def test_what_has_no_effect_is_said(tmp_path: Path) -> None:
    builder = as_builder(build)
    study = study_from(
        {
            "name": "one",
            "model": builder.reference,
            "data": {"source": "sklearn", "name": "diabetes", "folds": 3, "split": {"test": 0.2}},
            "objective": "val_loss",
            "budget": {"trials": 1},
        }
    )
    prepared = prepare(study, tmp_path, tmp_path / "out", builder=builder)
    model = ModelInspection(11, ("loss", "val_loss"), 0.0, 0.0)
    assert list(notes(prepared, model)) == []
    [note] = notes(prepared, replace(model, shares_weights=True))
    assert note.startswith("build gives each trial the same model, or the same trainable layers")
    study = study.model_copy(update={"trainer": "cohort", "workers": 2})
    [note] = notes(replace(prepared, study=study), model)
    assert note.startswith("`trainer: cohort` has no effect with `workers`")
    treating = study.model_copy(update={"trainer": "auto", "treat": TreatSpec()})
    [note] = notes(replace(prepared, study=treating), model)
    assert note.startswith("treatments train in one process")
    study = study.model_copy(update={"workers": 1, "steps_per_epoch": 3})
    [note] = notes(replace(prepared, study=study), model)
    assert note.endswith("steps_per_epoch limits the batches of an epoch; each trial trains alone")
