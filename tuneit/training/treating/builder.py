"""A study's builder that also builds the treated variants of its model."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.data.nested import is_text, map_arrays
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import BuilderError, did_you_mean
from tuneit.space import Params, SearchSpace
from tuneit.study import RESERVED
from tuneit.training.builders.builder import Builder
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.session import seed_graphs
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import build_for
from tuneit.training.treating.edits import EDITS
from tuneit.training.treating.edits.optimizer import set_learning_rate
from tuneit.training.treating.graph import CannotTreat
from tuneit.training.treating.rebuild import take_weights

load_keras()
import numpy as np  # noqa: E402
from keras.src.utils.naming import reset_uids  # noqa: E402 - not exported

EDITS_OF = "tuneit_edits"
"""The proposal's hyperparameter that names the edits of its model, separated by commas. The study's
builder does not see it."""

_RATE = "learning_rate="


def edit(model: Any, names: Sequence[str], x: Any = None) -> tuple[Any, str]:
    """Apply edits to a compiled, built model, one after the other; return it and what was changed.

    A name is a key of `EDITS`, or `learning_rate=0.003`. `x` are the training inputs, for edits
    that learn from them. Raises CannotTreat where there is nothing to change.
    """
    said = []
    for name in names:
        if name.startswith(_RATE):
            model, words = set_learning_rate(model, rate=float(name.removeprefix(_RATE)))
        else:
            model, words = EDITS[name](model, x)
        said.append(words)
    return model, ", ".join(said)


def treat(model: Any, *names: str) -> Any:
    """Return a compiled model with the edits of these treatments, such as `treat(model, "l2")`.

    Its layers are rebuilt: those that keep their shape keep their weights. Raises BuilderError
    where an edit does not suit the model.
    """
    for name in names:
        if name not in EDITS and not name.startswith(_RATE):
            raise BuilderError(
                f"there is no edit '{name}'{did_you_mean(name, EDITS)}; there are "
                f"{', '.join(EDITS)} and {_RATE}0.001"
            )
    try:
        return edit(model, names)[0]
    except CannotTreat as reason:
        raise BuilderError(f"the model cannot be treated by {', '.join(names)}: {reason}") from None


@dataclass(frozen=True, eq=False)
class TreatedBuilder(Builder):
    """Builds a study's model with the edits that a proposal's `tuneit_edits` names.

    Where a proposal's other values are not those of the `baseline`, layers of the same name and
    shapes get the initial weights that the baseline's model would have with the same seed. `space`
    and `dataset` are the study's.
    """

    baseline: Params = field(default_factory=dict)
    space: SearchSpace = field(default_factory=SearchSpace)
    dataset: Dataset | None = None

    @classmethod
    def of(
        cls, builder: Builder, baseline: Mapping[str, Any], space: SearchSpace, dataset: Dataset
    ) -> TreatedBuilder:
        """The same builder, for treatments of the model with these hyperparameters."""
        own = {f.name: getattr(builder, f.name) for f in fields(Builder)}
        return cls(**own, baseline=dict(baseline), space=space, dataset=dataset)

    def build(self, hp: TrialHyperParameters) -> Any:
        """Return the compiled model; raises as Builder.build, and BuilderError for a bad edit."""
        names = str(hp.given.pop(EDITS_OF, ""))
        try:
            source = self._with_weights_of_baseline(hp)
            model = super().build(hp)
            if source is None and not names:
                return model
            assert self.dataset is not None
            build_for(model, self.dataset)
            if source is not None:
                take_weights(model, source)
            try:
                return edit(model, names.split(",") if names else (), self.rows)[0]
            except CannotTreat as reason:
                raise BuilderError(str(reason)) from None
        finally:
            if names:
                hp.given[EDITS_OF] = names

    @property
    def rows(self) -> Any:
        """The training inputs, for edits that learn from them; None for streams and texts."""
        return None if self.dataset is None else training_inputs(self.dataset)

    def _with_weights_of_baseline(self, hp: TrialHyperParameters) -> Any:
        """Build the baseline's model with the same seed; None if the variant has the same values.

        Keras's layer names and the random generators are restored after it.
        """
        own = {k: v for k, v in hp.given.items() if k not in RESERVED}
        if own == {k: v for k, v in self.baseline.items() if k not in RESERVED}:
            return None
        state, numbers, graphs = random.getstate(), np.random.get_state(), _graph_seed()
        try:
            model = super().build(TrialHyperParameters(self.baseline, self.specs, known=self.space))
            assert self.dataset is not None
            build_for(model, self.dataset)
            return model
        finally:
            reset_uids()
            random.setstate(state)
            np.random.set_state(numbers)
            if graphs is not None:
                seed_graphs(graphs)


def training_inputs(dataset: Dataset) -> Any:
    """The training inputs, for edits that learn from them; None for streams and texts."""
    if isinstance(dataset, StreamedDataset):
        return None
    return map_arrays(lambda a: None if is_text(a) else a, dataset.train.x)


def _graph_seed() -> int | None:
    from tensorflow.python.eager import context  # not exported

    seed: int | None = context.global_seed()
    return seed
