"""The trained models that a search kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuneit.errors import BuilderError, InputError
from tuneit.trials import Trial

if TYPE_CHECKING:
    from tuneit.data.dataset import Split
    from tuneit.result.predictor import Predictor
    from tuneit.result.search_result import SearchResult


def model_of(result: SearchResult, trial: Trial) -> Any:
    """A trial's trained `keras.Model`, from its file or rebuilt with its weights.

    Raises BuilderError where no model of the trial is kept, or it cannot be loaded.
    """
    from tuneit.training.saving.rebuilding import ModelRebuilder

    folder, number = result.folder, trial.number
    if trial.facts.untrained:
        raise BuilderError(
            f"no model of trial {number} is kept, since the fit of "
            f"{result.prepared.builder.name} returned a score without training the model that "
            "it was given: train that model, or copy the trained weights into it "
            "(model.set_weights)"
        )
    file = folder.model_of(number)
    if trial == result.best_or_none:
        file = folder.best_weights if folder.best_weights.exists() else folder.best_model
    if file is None:
        kept = result.study.keep_models
        raise BuilderError(
            f"the model of trial {number} is not kept: this search keeps "
            f"{'that of the best trial' if kept == 1 else f'those of the {kept} best trials'}; "
            "search with keep_models=5, for example, to keep those of the five best; "
            f"build_model(result.hyperparameters({number})) builds this one untrained"
        )
    recipe = replace(result.prepared.recipe, space=result.space)
    return ModelRebuilder(recipe, trial.params).load(file)


def predictor_of(result: SearchResult) -> Predictor:
    """The best model with its pipeline.

    Neither data nor builder are loaded where both are saved and Keras can load the model. Raises
    NoTrialError where no trial completed, BuilderError where the model cannot be loaded.
    """
    from tuneit.data.pipeline import Pipeline, load_pipeline
    from tuneit.result.predictor import Predictor
    from tuneit.training.saving.prediction import load_model

    best, folder = result.best, result.folder
    if folder.pipeline.exists():
        pipeline = load_pipeline(folder.pipeline)
    else:  # a search of an earlier version
        pipeline = Pipeline.of(result.prepared.dataset, result.study.data)
    model = None
    if folder.best_model.exists() and not best.facts.untrained:
        try:
            model = load_model(folder.best_model)
        except BuilderError:  # its class may be in the builder's file
            model = None
    return Predictor(model_of(result, best) if model is None else model, pipeline)


def training_rows(result: SearchResult) -> Split | None:
    """The study's training rows; None where its data cannot be loaded any more."""
    try:
        return result.prepared.dataset.train
    except InputError:
        return None
