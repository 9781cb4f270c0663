"""Model builders: keras-tuner's functions and HyperModels, and functions with keywords."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import BuilderError, TuneitError
from tuneit.errors.wording import kind_of
from tuneit.study import RESERVED, ParameterSpec
from tuneit.study.builder_arguments import VARIADIC, mismatches, takes_hp
from tuneit.training.builders.augmenting import Augmentation
from tuneit.training.builders.compiling import CompileArguments
from tuneit.training.builders.optuna_spelling import WAYS_OUT, is_score
from tuneit.training.keras_loader import load_keras
from tuneit.training.ready_made import ReadyMade, ready_made
from tuneit.training.ready_made.fine_tuning import FineTuning
from tuneit.training.user_code.error_text import describe, user_frame
from tuneit.training.user_code.references import load_reference

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.study import Study
    from tuneit.training.builders.hyperparameters import TrialHyperParameters


OWN = "tuneit"
"""The module before the name of one of tuneit's own models, as in `tuneit:mlp`."""


@dataclass(frozen=True, eq=False)
class Builder:
    """Makes a compiled Keras model from hyperparameters.

    `target` is a function or an object with `build` (and perhaps `fit`), as keras-tuner's
    HyperModel; `reference` is where it lives (`file.py:name`, relative to `root`, or
    `package.module:name`); `folder` holds the user's own code, for the lines that errors name.
    `specs` are the study's `parameters`: they change what the builder asks for, or, where it takes
    keywords, define it. `compiled_with` replaces what the builder compiles its models with, and
    `augmentation` changes their inputs at random in training.
    """

    name: str
    reference: str
    target: Any
    root: Path | None = None
    folder: Path | None = None
    specs: Mapping[str, ParameterSpec] = field(default_factory=dict)
    compiled_with: CompileArguments | None = None
    augmentation: Augmentation | None = None

    def with_specs(self, specs: Mapping[str, ParameterSpec]) -> Builder:
        """Return the builder for a study with these `parameters`."""
        return replace(self, specs=dict(specs))

    def for_data(self, dataset: Dataset, study: Study) -> Builder:
        """Return the builder for a dataset: one of tuneit's own models adapts to it.

        Raises DataError where the study asks for augmentation that does not suit the data.
        """
        target, asked = self.target, study.data.augment
        if isinstance(target, ReadyMade):
            target = target.for_data(dataset, study, self.root or Path())
        augmentation = None if asked is None else Augmentation.of(asked, dataset)
        return replace(self, target=target, augmentation=augmentation)

    @property
    def waits_for_data(self) -> bool:
        """Whether this is one of tuneit's own models, which are built for data that are known."""
        return isinstance(self.target, ReadyMade) and self.target.form is None

    @property
    def transfers(self) -> bool:
        """Whether models have a pretrained base, whose last layers train in a second phase."""
        return isinstance(self.target, ReadyMade) and self.target.kind == "transfer"

    @property
    def transfer(self) -> dict[str, Any] | None:
        """The study's `transfer` for one of tuneit's own models that was made with a base."""
        base = getattr(self.target, "base", None) if self.transfers else None
        return None if base is None else base.spec.model_dump()

    @property
    def base_digests(self) -> dict[str, str]:
        """A digest of each file that a pretrained base is read from, by what it is."""
        base = self.target.base if self.transfers else None
        return {} if base is None else {f"the base {name}": text for name, text in base.digests}

    def fine_tuning(self, params: Mapping[str, Any]) -> FineTuning | None:
        """The second phase of training with these hyperparameters; None where there is one phase.

        They are those that `build` has asked for.
        """
        return FineTuning.of(params) if self.transfers else None

    def mixup(self, params: Mapping[str, Any]) -> float | None:
        """The alpha of mixup with these hyperparameters; None where rows are not mixed."""
        return None if self.augmentation is None else self.augmentation.mixup(params)

    def compiling_with(self, optimizer: Any, loss: Any, metrics: Any) -> Builder:
        """Return the builder whose models are compiled with these, where they are not None."""
        return replace(self, compiled_with=CompileArguments.of(optimizer, loss, metrics))

    @property
    def is_hypermodel(self) -> bool:
        """Whether this is an object with `build`, rather than a function."""
        return not inspect.isroutine(self.target) and callable(getattr(self.target, "build", None))

    @property
    def function(self) -> Any:
        """What is called to build a model."""
        return self.target.build if self.is_hypermodel else self.target

    @property
    def own_fit(self) -> Any:
        """The HyperModel's own `fit`, or None where Keras's is used."""
        if not self.is_hypermodel or not callable(getattr(self.target, "fit", None)):
            return None
        load_keras()
        import keras_tuner

        own = getattr(type(self.target), "fit", None)
        return None if own is keras_tuner.HyperModel.fit else self.target.fit

    @property
    def takes_hp(self) -> bool:
        """Whether the builder takes keras-tuner's `hp` rather than a keyword per hyperparameter.

        `tuneit.study.builder_arguments.takes_hp` has the rule.
        """
        if self.is_hypermodel:
            return True
        return takes_hp(_signature(self.target), self.specs)

    def check(self) -> None:
        """Check that a keyword builder and the study's `parameters` name the same things.

        Raises BuilderError for a hyperparameter that either of them lacks, SpaceError for one that
        the study does not define completely.
        """
        if self.takes_hp:
            return
        for found in mismatches(self.name, _signature(self.target), self.specs):
            raise found.kind(found.message, at=tuple(map(str, found.path)))

    def build(self, hp: TrialHyperParameters) -> Any:
        """Return the compiled `keras.Model` for the hyperparameters of `hp`.

        Raises BuilderError where the builder raises or returns something else, FatalTrialError
        where it raises keras-tuner's FatalError; SpaceError and KeyboardInterrupt pass.
        """
        try:
            if self.takes_hp:
                declare = getattr(self.target, "declare_hyperparameters", None)
                if self.is_hypermodel and callable(declare):
                    hp.declare(declare)
                model = self.function(hp)
            else:
                model = self.target(**self._arguments(hp))
            if self.compiled_with is not None and _is_model(model):
                self.compiled_with.compile(model)
        except (TuneitError, KeyboardInterrupt):
            raise
        except BaseException as error:
            from tuneit.training.user_code.fatal_error import raise_if_fatal

            raise_if_fatal(error, self.name, self.folder)
            raise BuilderError(
                f"{self.name} raised {describe(error)}{user_frame(error, self.folder)}"
            ) from error
        self._check_model(model)
        return model if self.augmentation is None else self.augmentation.apply(hp, model)

    def _arguments(self, hp: TrialHyperParameters) -> dict[str, Any]:
        parameters = _signature(self.target)
        arguments = {
            name: value
            for name, value in hp.given.items()
            if name in parameters or name not in RESERVED
        }
        for name, parameter in parameters.items():
            inactive = parameter.default is inspect.Parameter.empty and name not in arguments
            if inactive and parameter.kind not in VARIADIC:
                arguments[name] = None
        return arguments

    def _check_model(self, model: Any) -> None:
        if is_score(model):
            raise BuilderError(
                f"{self.name} returned the score {model!r:.60}, as an objective of Optuna's does, "
                f"but a builder returns a compiled keras.Model: {WAYS_OUT}"
            )
        if not _is_model(model):
            got = "None; add `return model`" if model is None else kind_of(model)
            raise BuilderError(
                f"{self.name} must return a compiled keras.Model, but returned {got}"
            )
        if not model.compiled and self.own_fit is None:
            raise BuilderError(
                f"{self.name} returned a model that is not compiled: call "
                "model.compile(optimizer=…, loss=…, metrics=…) before returning it"
            )


def load_builder(reference: str, root: Path) -> Builder:
    """Load the builder that a study's `model` names; paths are relative to `root`.

    Raises BuilderError where it does not import, is not there, or is not a builder. TensorFlow
    is imported only when the file itself is run.
    """
    where, _, name = reference.rpartition(":")
    if where == OWN:
        return _own(ready_made(name), root)
    target = load_reference(reference, root)
    folder = (root / where).resolve().parent if where.endswith(".py") else _folder(target)
    return _builder(target, name, reference, root, folder)


def as_builder(obj: Any) -> Builder:
    """Make a builder of a function(hp), a function with keywords, or a HyperModel.

    Text is a reference as `load_builder` takes it, relative to the working directory.
    """
    if isinstance(obj, Builder):
        return obj
    if isinstance(obj, ReadyMade):
        return _own(obj, None)
    if isinstance(obj, str):
        return load_builder(obj, Path.cwd())
    if not callable(obj) and not callable(getattr(obj, "build", None)):
        raise BuilderError(
            "a model is given as a function build_model(hp), a keras_tuner.HyperModel, or the path "
            f"of a study or builder, but is {obj!r:.60}"
        )
    named = obj if inspect.isclass(obj) or inspect.isroutine(obj) else type(obj)
    name = getattr(named, "__qualname__", type(obj).__name__)
    identifier = "".join(c if c.isalnum() or c in "_." else "" for c in name.split(">.")[-1])
    reference = f"{getattr(named, '__module__', '__main__')}:{identifier or 'builder'}"
    return _builder(obj, identifier.rpartition(".")[2] or "builder", reference, None, _folder(obj))


def _own(target: ReadyMade, root: Path | None) -> Builder:
    """The builder of one of tuneit's own models."""
    load_keras()  # before anything else imports Keras, whose first lines are not for users
    return Builder(target.kind, f"{OWN}:{target.kind}", target, root)


def _builder(
    target: Any, name: str, reference: str, root: Path | None, folder: Path | None
) -> Builder:
    if _is_layer(target):
        raise BuilderError(
            f"'{name}' is a model, so nothing can be searched: write a function build_model(hp) "
            "that makes, compiles and returns one"
        )
    if inspect.isclass(target) and callable(getattr(target, "build", None)):
        load_keras()
        try:
            target = target()
        except Exception as error:
            raise BuilderError(
                f"the HyperModel {name} cannot be made without arguments: "
                f"{describe(error)}{user_frame(error, folder)}; give its parameters defaults, "
                f"or name an instance (model = {name}(…))"
            ) from error
    builder = Builder(name, reference, target, root, folder)
    if not builder.is_hypermodel and (inspect.isclass(target) or not callable(target)):
        got = "a class without build" if inspect.isclass(target) else kind_of(target)
        raise BuilderError(
            f"'{name}' must be a function build_model(hp) or a keras_tuner.HyperModel, but is {got}"
        )
    return builder


def _is_model(made: Any) -> bool:
    import keras

    return isinstance(made, keras.Model)


def _is_layer(target: Any) -> bool:
    keras = sys.modules.get("keras")  # imported already where there is a layer
    kind = target if inspect.isclass(target) else type(target)
    return keras is not None and issubclass(kind, keras.layers.Layer)


def _folder(target: Any) -> Path | None:
    named = target if inspect.isclass(target) or inspect.isroutine(target) else type(target)
    try:
        return Path(inspect.getfile(named)).resolve().parent
    except (TypeError, OSError):
        return None


def _signature(function: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}
