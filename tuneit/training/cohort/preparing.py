"""Builds the models of a trial, and says whether they can train in a cohort."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from tuneit.data.nested import arrays_of
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import TuneitError
from tuneit.training.builders.hyperparameters import TrialHyperParameters, seeded_draw
from tuneit.training.cohort.capacity import too_large
from tuneit.training.cohort.cost_model import too_much_work
from tuneit.training.cohort.embedding import Embedding
from tuneit.training.cohort.model_fingerprint import ModelFingerprint, trained_by_several
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial, Shape
from tuneit.training.cohort.supported_layers import refusal
from tuneit.training.fitting.ended_executions import take_over
from tuneit.training.fitting.execution import refuse_oversized, whole_number
from tuneit.training.fitting.outcome import TrialFailed
from tuneit.training.fitting.progress import Progress
from tuneit.training.fitting.rows import may_weigh, weights_of
from tuneit.training.fitting.session import global_draws, reset_names_and_seeds
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import build_for, input_shape
from tuneit.training.recipe import Recipe
from tuneit.training.user_code.error_text import describe
from tuneit.trials import Proposal

load_keras()
import keras  # noqa: E402

_LOG = logging.getLogger(__name__)


def prepare_trial(
    recipe: Recipe, proposal: Proposal, *, only_if_faster: bool = False
) -> PreparedTrial:
    """Build a proposal's models as the single trainer would, each with its own seed.

    A trial whose models cannot train in a cohort gets a `reason` and keeps no models. If the
    builder raises, that is a reason too: the single trainer then reports the error. With
    `only_if_faster`, so is a model of a size for which cohorts are not known to be faster.
    """
    trial = PreparedTrial(proposal, Progress(dict(proposal.params)))
    trial.reason = study_refusal(recipe)
    if trial.reason is None:
        take_over(recipe, proposal, trial.progress)
        _build(trial, recipe, only_if_faster=only_if_faster)
    if trial.reason is not None:
        trial.executions.clear()
    return trial


def exclude_shared(trials: Sequence[PreparedTrial]) -> None:
    """Give a `reason` to trials whose models use what another trial's training or builder changes.

    A builder may use objects that are made once for all trials, such as a base model, a regularizer
    or an optimizer. Trained one at a time, each model finds them as its own builder left them. Here
    all models are built before the first one trains, so they find them as the last builder did.
    """
    executions = [execution for trial in trials for execution in trial.executions]
    trained = trained_by_several([execution.fingerprint for execution in executions])
    for trial in trials:
        for execution in trial.executions:
            fingerprint = execution.fingerprint
            if fingerprint.variables & trained:
                trial.reason = "other trials train its weights or use its optimizer too"
            elif fingerprint != ModelFingerprint.of(execution.model, execution.batch_size):
                trial.reason = "the builder changed parts of its model for another trial"


def _build(trial: PreparedTrial, recipe: Recipe, *, only_if_faster: bool) -> None:
    try:
        before, _ = global_draws()
        trial.executions = list(_executions(recipe, trial))
        by_keras, by_tensorflow = global_draws()
        if by_keras not in (before, None) or by_tensorflow is not None:
            trial.reason = "its builder draws from the global random generators"
            return
        first = trial.executions[0]
        trial.reason = (
            refusal(first.model)
            or recipe.plan.refusal(trial.progress.parameters or 0)
            or too_large(first.model)
            or (too_much_work(first.model, first.batch_size) if only_if_faster else None)
        )
        if any(execution.shape.start >= execution.epochs for execution in trial.executions):
            trial.reason = "it has no epochs left to train"
        if trial.reason is not None:
            return
        for execution in trial.executions:
            execution.fingerprint = ModelFingerprint.of(execution.model, execution.batch_size)
            execution.embedding = Embedding.whole(execution.model)
        trial.structure = first.fingerprint.structure
        if any(e.fingerprint.structure != trial.structure for e in trial.executions):
            trial.reason = "its executions have models of unlike structure"
    except (TrialFailed, TuneitError) as error:  # the single trainer meets it as well
        trial.reason = str(error)
    except Exception as error:  # what the tables of supported layers did not foresee
        trial.reason = f"its model cannot be compared: {describe(error)}"
        _LOG.warning("trial %d trains alone: %s", trial.proposal.number, trial.reason)


def study_refusal(recipe: Recipe) -> str | None:
    """Why no model of a study can train in a cohort; None where some may."""
    if keras.config.backend() != "tensorflow":
        return f"Keras's backend is {keras.config.backend()}, and cohorts are TensorFlow programs"
    if recipe.builder.transfers:
        return "a transfer trains in two phases: the head alone, then the last layers of its base"
    if recipe.builder.augmentation is not None and recipe.builder.augmentation.spec.mixup:
        return "mixup draws other mixtures for each trial, but a cohort's members share a program"
    if recipe.builder.own_fit is not None:
        return "the HyperModel has its own fit"
    if recipe.plan.callbacks:
        return "the study has callbacks of its own"
    if isinstance(recipe.dataset, StreamedDataset):
        return "its data are streamed, but a cohort draws its batches from rows in memory"
    if recipe.plan.steps_per_epoch is not None:
        return "steps_per_epoch limits the batches of an epoch"
    if keras.config.max_steps_per_epoch() is not None:
        return "keras.config limits the batches of an epoch"
    if recipe.dataset.has_texts:
        return "the data hold texts, which cohorts do not compute with"
    if not recipe.dataset.outputs:
        return "its data are inputs without targets"
    return _weighted_in_parts(recipe)


def _weighted_in_parts(recipe: Recipe) -> str | None:
    """Why the weights of rows are not one number a row, as those of a cohort are."""
    data = recipe.dataset
    by_class = any(data.class_weights) or "class_weight" in recipe.space.names
    own = data.train.weight
    if len(data.outputs) > 1 and (own is not None or by_class):
        return "rows are weighted for each of several outputs"
    at_positions = own is not None and any(array.ndim > 1 for array in arrays_of(own))
    if at_positions or (by_class and data.outputs[0].per_position):
        return "rows are weighted at each of their positions"
    return None


def _executions(recipe: Recipe, trial: PreparedTrial) -> Iterator[PreparedExecution]:
    plan, dataset = recipe.plan, recipe.dataset
    proposal, progress = trial.proposal, trial.progress
    draw = seeded_draw(plan.seed, proposal.number)
    for index in range(len(progress.done), plan.executions):
        seed = proposal.seeds[index]
        hp = TrialHyperParameters(progress.params, recipe.builder.specs, draw, recipe.space)
        reset_names_and_seeds(seed)
        model = recipe.builder.build(hp)
        build_for(model, dataset)
        progress.remember(hp)
        refuse_oversized(model, recipe, progress)
        progress.parameters = int(model.count_params())
        resumed, checkpoint = None, recipe.checkpoints(index)
        if proposal.parent is not None:
            resumed = checkpoint.restore(proposal.parent, model, input_shape(dataset))
            progress.continued = 0 if resumed is None else len(resumed.rows)
        limits = whole_number(hp, "epochs", plan.epochs), keras.config.max_epochs()
        whole = min(limit for limit in limits if limit is not None)
        epochs = min(whole, proposal.epochs or whole)
        fold = dataset.folds[index % len(dataset.folds)] if dataset.folds else None
        train, validation = fold or (dataset.train, dataset.validation)
        choice = hp.params.get("class_weight")
        weights: Any = None
        if may_weigh(dataset, choice):  # otherwise the fold's rows need not be copied
            weights = weights_of(dataset.of_execution(index), choice)
        start = 0 if resumed is None else len(resumed.rows)
        yield PreparedExecution(
            index=index,
            seed=seed,
            model=model,
            epochs=epochs,
            batch_size=whole_number(hp, "batch_size", plan.batch_size),
            shape=Shape(len(train), len(validation), weights is not None, start),
            fold=fold,
            weights=weights,
            resumed=resumed,
            checkpoint=checkpoint if epochs < whole else None,
        )
