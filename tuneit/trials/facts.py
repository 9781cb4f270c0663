"""What training and search found out about a trial, beside its scores and curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuneit.space import Parameter, Params
from tuneit.trials.trivial import Trivial


@dataclass(frozen=True, slots=True)
class Facts:
    """What training and search found out about a trial; None is unknown, or did not happen.

    `parameters` counts the model's weights, trainable or not; where the training pruned them, those
    that are not zero. `measured` has the objectives beside the first, by metric. `trivial` is what
    a model that ignores its input scores. `late` are the hyperparameters that the builder asked for
    in this trial and that the space did not have before.
    `unused` are the proposed hyperparameters that the builder did not ask for; an unfinished trial
    has them where they are known before training. `continued` counts the epochs that the training
    took over from its parent.

    `pruned` says why the trial was stopped early; `retried` how earlier tries ended, where the
    trial was trained again; `imported` names the keras-tuner trial that it was read from.
    `untrained` tells that a `fit` of the user's own scored other models than the one that was
    built, which is then not kept. `interrupted` tells that the search ended before the trial did.
    `node` is the machine of a cluster that trained the trial.
    `clock` is the seconds that the study had taken, in all its runs together, when the trial ended.
    """

    parameters: int | None = None
    measured: Mapping[str, float] = field(default_factory=dict)
    trivial: Trivial = field(default_factory=Trivial)
    late: tuple[Parameter, ...] = ()
    unused: Params | None = None
    continued: int | None = None
    pruned: str | None = None
    retried: str | None = None
    imported: str | None = None
    untrained: bool = False
    interrupted: bool = False
    clock: float | None = None
    node: str | None = None
