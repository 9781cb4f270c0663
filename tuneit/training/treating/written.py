"""Edits of a model as Keras code that a person would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import dedent
from typing import Any

from tuneit.space import Params, SearchSpace
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.session import reset_names_and_seeds
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import build_for
from tuneit.training.recipe import Recipe
from tuneit.training.treating.builder import edit, training_inputs

load_keras()
import keras  # noqa: E402

Write = Callable[[Any, Any], str]
"""Returns a function `treated(model)` for a model before and after an edit."""

_ANONYMOUS = ("name", "build_config", "kernel_initializer", "seed")
"""What the two ways to make a layer need not have in common."""


def written(recipe: Recipe, space: SearchSpace, params: Params, names: Sequence[str]) -> str | None:
    """Keras code of these edits of a study's model, as a function `treated(model)`, or None.

    The code is run on the model with these hyperparameters. It counts only if it makes the layers
    and the optimizer of the edited model.
    """
    kinds = [name.partition("=")[0] for name in names]
    if not set(kinds) <= set(WRITTEN):
        return None

    def build() -> Any:
        reset_names_and_seeds(0)
        specs = recipe.builder.specs
        return recipe.builder.build(TrialHyperParameters(params, specs, known=space))

    def edited(count: int) -> Any:
        model = build()
        build_for(model, recipe.dataset)
        return edit(model, names[:count], training_inputs(recipe.dataset))[0]

    made: dict[str, Any] = {"keras": keras}
    try:
        models = [edited(count) for count in range(len(names) + 1)]
        code = _joined([WRITTEN[kind](*models[at : at + 2]) for at, kind in enumerate(kinds)])
        exec(code, made)
        new = made["treated"](build())
        build_for(new, recipe.dataset)
        alike = _layers(new) == _layers(models[-1])
    except Exception:  # a model that the code does not suit
        return None
    return code if alike else None


def _joined(parts: Sequence[str]) -> str:
    """One function of several, each of which takes the model of the one before."""
    if len(parts) == 1:
        return parts[0]
    numbered = [
        part.replace("def treated(", f"def treated_{number}(")
        for number, part in enumerate(parts, 1)
    ]
    steps = [f"    model = treated_{number}(model)" for number in range(1, len(parts) + 1)]
    return "\n\n".join(
        [*numbered, "\n".join(["def treated(model):", *steps, "    return model\n"])]
    )


def _layers(model: Any) -> list[Any]:
    """What a model computes and how it is trained, without the names of its parts."""
    layers = [x for x in model.layers if not isinstance(x, keras.layers.InputLayer)]
    configurations = [
        {key: _rounded(value) for key, value in part.get_config().items() if key not in _ANONYMOUS}
        for part in (*layers, model.optimizer)
    ]
    return [list(map(type, layers)), configurations, model.output_shape, model.loss]


def _rounded(value: Any) -> Any:
    """A number as the code has it."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _configured(condition: str, change: str) -> str:
    """Code that changes the configuration of some layers."""
    change = change.replace("\n", "\n" + " " * 20)
    return dedent(f"""\
        def treated(model):
            *hidden, last = model.layers

            def changed(layer):
                config = layer.get_config()
                if {condition}:
                    {change}
                return type(layer).from_config(config)

            new = keras.models.clone_model(model, clone_function=changed)
            new.compile_from_config(model.get_compile_config())
            return new
        """)


def _inserted(before: str) -> str:
    """Code that adds a Sequential model's layers one by one; `before` is run before each."""
    body = "\n".join(f"                {line}" for line in before.splitlines())
    return dedent(f"""\
        def treated(model):
            *hidden, last = model.layers
            new = keras.Sequential(model.inputs)
            for layer in model.layers:
{body}
                new.add(layer)
            new.compile_from_config(model.get_compile_config())
            return new
        """)


def _optimizer(attribute: str) -> Write:
    def write(before: Any, after: Any) -> str:
        value = _rounded(float(getattr(after.optimizer, attribute)))
        change = f"    model.optimizer.{attribute} = {value}\n"
        return f"def treated(model):\n{change}    return model\n"

    return write


def _penalty(model: Any) -> float:
    """The L2 penalty of the first layer that has one."""
    found = (getattr(layer, "kernel_regularizer", None) for layer in model.layers)
    return float(next(one.l2 for one in found if one is not None))


def _l2(before: Any, after: Any) -> str:
    return _configured(
        'layer is not last and "kernel_regularizer" in config',
        f'config["kernel_regularizer"] = keras.regularizers.L2({_penalty(after):g})',
    )


def _dropout(before: Any, after: Any) -> str:
    rate = max(x.rate for x in after.layers if isinstance(x, keras.layers.Dropout))
    if any(isinstance(layer, keras.layers.Dropout) for layer in before.layers):
        return _configured(
            "isinstance(layer, keras.layers.Dropout)",
            f'config["rate"] = max(config["rate"], {rate:g})',
        )
    return _inserted(
        "if isinstance(layer, keras.layers.Dense) and layer is not hidden[0]:\n"
        f"    new.add(keras.layers.Dropout({rate:g}))"
    )


def _less(before: Any, after: Any) -> str:
    dropped = any(isinstance(layer, keras.layers.Dropout) for layer in before.layers)
    if dropped:
        return _configured("isinstance(layer, keras.layers.Dropout)", 'config["rate"] /= 2')
    return _configured(
        'config.get("kernel_regularizer")',
        f'config["kernel_regularizer"] = keras.regularizers.L2({_penalty(after):g})',
    )


def _sizes(factor: str) -> Write:
    def write(before: Any, after: Any) -> str:
        return _configured(
            "layer is not last",
            'for size in {"units", "filters"} & config.keys():\n'
            f"    config[size] = max(1, round({factor} * config[size]))",
        )

    return write


def _activations(before: Any, after: Any) -> str:
    return _configured(
        'layer is not last and config.get("activation") == "linear"',
        'config["activation"] = "relu"',
    )


def _normalised(before: Any, after: Any) -> str:
    return dedent("""\
        def treated(model):
            *hidden, last = model.layers
            new = keras.Sequential(model.inputs)
            for layer in hidden:
                activation = getattr(layer, "activation", None)
                if isinstance(layer, (keras.layers.Dense, keras.layers.Conv2D)):
                    layer.activation = keras.activations.linear
                    new.add(layer)
                    new.add(keras.layers.BatchNormalization())
                    new.add(keras.layers.Activation(activation))
                else:
                    new.add(layer)
            new.add(last)
            new.compile_from_config(model.get_compile_config())
            return new
        """)


def _deeper(before: Any, after: Any) -> str:
    units = after.layers[-2].units
    return _inserted(
        f'if layer is last:\n    new.add(keras.layers.Dense({units}, activation="relu"))'
    )


def _noise(before: Any, after: Any) -> str:
    noise = next(x for x in after.layers if isinstance(x, keras.layers.GaussianNoise))
    return _inserted(
        "if layer is model.layers[0]:\n"
        f"    new.add(keras.layers.GaussianNoise({float(noise.stddev):.3g}))"
    )


WRITTEN: Mapping[str, Write] = {
    "learning_rate": _optimizer("learning_rate"),
    "lower_learning_rate": _optimizer("learning_rate"),
    "raise_learning_rate": _optimizer("learning_rate"),
    "gradient_clipping": _optimizer("clipnorm"),
    "l2": _l2,
    "dropout": _dropout,
    "less_regularisation": _less,
    "more_capacity": _sizes("2"),
    "smaller_network": _sizes("0.5"),
    "distillation": _sizes("0.5"),
    "missing_activation": _activations,
    "batch_normalisation": _normalised,
    "deeper": _deeper,
    "augmentation": _noise,
}
"""The edits that have code of their own; what it does not suit is done by `treat`."""
