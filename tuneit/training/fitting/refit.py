"""Train one configuration anew on given rows, for a fixed number of epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.errors import BuilderError, TuneitError
from tuneit.space import Scalar
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.execution import whole_number
from tuneit.training.fitting.fit import arrays_for_keras, call_fit, row_arguments
from tuneit.training.fitting.outcome import TrialFailed
from tuneit.training.fitting.session import fresh_session, make_deterministic
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.finite_weights import non_finite_constants, non_finite_weight
from tuneit.training.models.inputs import inputs_of
from tuneit.training.recipe import Recipe
from tuneit.training.user_code.error_text import describe

load_keras()
import keras  # noqa: E402


def refitted(
    recipe: Recipe, params: Mapping[str, Scalar], dataset: Dataset, epochs: int, seed: int
) -> Any:
    """Build the model of a configuration, train it on all training rows of a dataset, return it.

    Nothing stops the training early: the weights are those after the last epoch. Raises
    BuilderError where the user's code fails, or the weights become NaN.
    """
    if recipe.plan.deterministic:
        make_deterministic()
    fresh_session(seed)
    builder, plan = recipe.builder, recipe.plan
    hp = TrialHyperParameters(dict(params), builder.specs, known=recipe.space)
    try:
        model = builder.build(hp)
        constants = non_finite_constants(model)
        batch = whole_number(hp, "batch_size", plan.batch_size)
        tuning = builder.fine_tuning(hp.params)
        phases = [] if tuning is None else [tuning.callback()]
        rows = row_arguments(builder, hp, model, dataset, batch, seed, phases, plan.steps_per_epoch)
        # Its rows may be among those to train on: only a `fit` of the user's own looks at it.
        validation = (
            {"validation_data": arrays_for_keras(dataset.validation)} if builder.own_fit else {}
        )
        call_fit(builder, hp, model, {**rows, **validation, "epochs": epochs, "verbose": 0})
    except TuneitError:
        raise
    except (Exception, TrialFailed) as error:  # of the user's code
        raise BuilderError(
            f"the best configuration cannot be trained anew: {describe(error)}"
        ) from error
    if (lost := non_finite_weight(model, constants)) is not None:
        raise BuilderError(
            f"the best configuration diverged when it was trained anew ({lost} is NaN or "
            "infinite): search with a lower learning rate, or refit with another --seeds"
        )
    return model


def averaged(models: Sequence[Any]) -> Any:
    """One `keras.Model` whose outputs are the means of those of several models.

    Keras loads it without tuneit. Raises BuilderError for subclassed models, whose inputs are not
    known.
    """
    if len(models) == 1:
        return models[0]
    if any(inputs_of(model) is None for model in models):
        raise BuilderError(
            "models of several seeds can be averaged where they are Sequential or Functional, but "
            f"this one is a {type(models[0]).__name__}: refit with --seeds 1"
        )
    inputs = keras.tree.map_structure(
        lambda tensor: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name),
        inputs_of(models[0]),
    )
    named = [
        keras.Model(model.inputs, model.outputs, name=f"seed_{index}")
        for index, model in enumerate(models)
    ]
    flat = keras.tree.flatten(inputs)
    each = [keras.tree.flatten(model(flat if len(flat) > 1 else flat[0])) for model in named]
    means = [keras.layers.Average()(list(parts)) for parts in zip(*each, strict=True)]
    outputs: Any = means[0]
    if len(means) > 1:
        outputs = keras.tree.pack_sequence_as(models[0]._outputs_struct, means)
    whole = keras.Model(inputs, outputs)
    config = models[0].get_compile_config() if models[0].compiled else None
    if config:
        whole.compile_from_config(config)
    return whole


def save_model(model: Any, path: Any) -> None:
    """Save a model as .keras. Raises BuilderError where Keras cannot save its class."""
    from tuneit.errors.writing import writing

    with writing(path):
        try:
            model.save(path)
        except OSError:
            raise
        except Exception as error:
            raise BuilderError(
                f"Keras cannot save the model: {describe(error)}; give its class a get_config"
            ) from error
