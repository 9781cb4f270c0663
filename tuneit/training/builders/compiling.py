"""Compiling a builder's models with an optimizer, loss and metrics that Python code gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.errors import BuilderError
from tuneit.training.keras_loader import load_keras
from tuneit.training.user_code.error_text import describe


@dataclass(frozen=True)
class MadeAnew:
    """An optimizer, metric or loss as its class and configuration, since each model needs its own.

    Unlike the object itself, it can be pickled although Keras does not know the class.
    """

    kind: type[Any]
    config: Mapping[str, Any]

    @classmethod
    def of(cls, given: Any) -> Any:
        """Keep an optimizer, metric or loss in this form; return other values as they are.

        Raises BuilderError if the object cannot be made from its `get_config`.
        """
        import keras

        if not isinstance(given, (keras.optimizers.Optimizer, keras.Metric, keras.Loss)):
            return given
        try:
            made = cls(type(given), given.get_config())
            made.make()
        except Exception as error:  # whatever a class of the user's raises
            raise BuilderError(
                f"each model needs a {type(given).__name__} of its own, but it cannot be made "
                f"from its get_config ({describe(error)}): compile the model in the builder"
            ) from None
        return made

    def make(self) -> Any:
        """Return a new object."""
        return self.kind.from_config(dict(self.config))


@dataclass(frozen=True)
class CompileArguments:
    """What each model is compiled with; where a field is None, what its builder gives.

    They are keras-tuner's `Tuner(optimizer=…, loss=…, metrics=…)`. With them a builder need not
    compile its model.
    """

    optimizer: Any = None
    loss: Any = None
    metrics: Any = None

    @classmethod
    def of(cls, optimizer: Any, loss: Any, metrics: Any) -> CompileArguments | None:
        """Keep what was given, in a form that can travel to workers; None where nothing was.

        Raises BuilderError for an object that cannot be made anew for each model.
        """
        if optimizer is None and loss is None and metrics is None:
            return None
        load_keras()
        import keras

        given = (optimizer, loss, metrics)
        return cls(*(keras.tree.map_structure(MadeAnew.of, one) for one in given))

    @property
    def code(self) -> list[Any]:
        """The functions and classes among what was given."""
        import keras

        flat = keras.tree.flatten([self.optimizer, self.loss, self.metrics])
        kinds = (one.kind if isinstance(one, MadeAnew) else one for one in flat)
        return [one for one in kinds if callable(one)]

    def compile(self, model: Any) -> None:
        """Compile a model anew, with what its own compile had where nothing else is given.

        Raises whatever Keras raises.
        """
        import keras

        # Keras has no public way to the arguments themselves: get_compile_config needs classes
        # that are registered.
        own = getattr(getattr(model, "_compile_config", None), "config", {})
        given = {
            name: keras.tree.map_structure(_made, value)
            for name, value in vars(self).items()
            if value is not None
        }
        model.compile(**{**own, **given})


def _made(value: Any) -> Any:
    return value.make() if isinstance(value, MadeAnew) else value
