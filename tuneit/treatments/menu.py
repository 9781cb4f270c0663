"""The treatments: one row for each action, which says how it is applied, or why it cannot be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tuneit.diagnosis.context import AdviceContext
from tuneit.diagnosis.hyperparameters import change_for
from tuneit.errors import InputError, did_you_mean
from tuneit.errors.wording import figures
from tuneit.findings import Recommendation
from tuneit.findings.actions import ACTIONS, opposed
from tuneit.space import Params, Scalar
from tuneit.study import Study
from tuneit.treatments.arm import BASELINE, Arm
from tuneit.treatments.training_settings import (
    SETTINGS,
    TEACHING,
    Settings,
)


@dataclass(frozen=True)
class Treatment:
    """How an action is applied: by a setting of the training, by an edit of the model, or by
    people.

    `setting` is a key of `SETTINGS`, `edit` the name of an edit of the built model, which `plan`
    trains in another way. `advice` says why only people can do it. `by_hyperparameter` is False
    where no hyperparameter applies it.
    """

    setting: str | None = None
    edit: str | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    advice: str | None = None
    by_hyperparameter: bool = True


_BY_HAND = "it cannot be applied for you: {why}"


def _edit(name: str) -> Treatment:
    return Treatment(edit=name)


def _words(why: str) -> Treatment:
    return Treatment(advice=_BY_HAND.format(why=why), by_hyperparameter=False)


DATA_PROBE, RATE_SWEEP = "more_data", "learning_rate_sweep"

MENU: Mapping[str, Treatment] = {
    "more_capacity": _edit("more_capacity"),
    "smaller_network": _edit("smaller_network"),
    "deeper": _edit("deeper"),
    "shallower": _edit("shallower"),
    "dropout": _edit("dropout"),
    "l2": _edit("l2"),
    "less_regularisation": _edit("less_regularisation"),
    "augmentation": _edit("augmentation"),
    "batch_normalisation": _edit("batch_normalisation"),
    "missing_activation": _edit("missing_activation"),
    "normalise_inputs": _edit("normalise_inputs"),
    "lower_learning_rate": _edit("lower_learning_rate"),
    "raise_learning_rate": _edit("raise_learning_rate"),
    "gradient_clipping": _edit("gradient_clipping"),
    "early_stopping": Treatment(setting="early_stopping"),
    "schedule": Treatment(setting="schedule"),
    "more_epochs": Treatment(setting="more_epochs"),
    "larger_batch_size": Treatment(setting="larger_batch_size"),
    "class_weights": Treatment(setting="class_weights"),
    "pruning": Treatment(setting="pruning"),
    "distillation": Treatment(edit="distillation", plan={"distillation": TEACHING}),
    # Measured in their own ways: see `data_probe.py`, and the range test of training/treating.
    DATA_PROBE: Treatment(by_hyperparameter=False),
    RATE_SWEEP: Treatment(by_hyperparameter=False),
    "widen_range": Treatment(advice="the study searches no hyperparameter at an end of its range"),
    "check_labels": _words("only people know whether labels, loss and output are right"),
    "match_output_and_loss": _words("only the model's author knows what it should predict"),
    "mend_the_layers": _words("only the model's author knows what its layers should compute"),
    "mend_the_data": _words("only people can correct the data"),
    "metric_of_the_task": _words("treatments are compared by this metric"),
    "larger_validation_set": _words(
        "another validation set measures the model better, but does not improve it"
    ),
    "fix_the_split": _words(
        "each pair splits the rows anew already, but only people can find leaks"
    ),
    "stop": _words("nothing is to be done"),
    "deploy": _words("nothing is to be done"),
}
"""The actions of the catalogue, and an edit that no recommendation names: `normalise_inputs`.

Only people can do an action without a row.
"""


EXPLORED = (RATE_SWEEP, "more_epochs", "more_capacity")
"""What is tried where fewer treatments are recommended than are compared, as on a healthy model. On
the development part of `studies/benchmarks/treatments` they helped 4, 4 and 3 of 5 healthy models,
and harmed none."""


CANNOT_GAIN: Mapping[str, str] = {
    "early_stopping": "every training is scored at its best epoch, whose weights are kept, so that "
    "stopping earlier cannot gain: it saves epochs",
}
"""Recommendations that are not trained unless a user names them, with the reason."""


@dataclass(frozen=True)
class Situation:
    """What a treatment may look at: the study, its best trial's values, and what is known of them.

    `takes_hp` says that the builder asks for its hyperparameters, so that it may be given values
    that it has not asked for before. `trained` is the number of epochs of the best trial, None for
    all that the study allows.
    """

    study: Study
    context: AdviceContext
    takes_hp: bool = True
    trained: int | None = None

    @property
    def baseline(self) -> Arm:
        """The best trial as it is."""
        return Arm(BASELINE, dict(self.context.params))


def action_key(name: str) -> str:
    """The key of an action that a user names, `learning rate sweep` or `l2`.

    Raises InputError, with the nearest name, where there is none.
    """
    key = "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())
    if key in MENU:
        return key
    near = did_you_mean(key, MENU)
    known = near or f"; there are {', '.join(k for k, row in MENU.items() if not row.advice)}"
    raise InputError(f"there is no treatment '{name.strip()}'{known}")


def arm_for(
    action: str, situation: Situation, recommendation: Recommendation | None = None
) -> Arm | str:
    """The treated variant for an action of the menu, or the reason in words why there is none.

    Three ways are tried in order: the study's hyperparameter that the recommendation or the
    diagnosis would change, a setting of the training, an edit of the model. Whether an edit suits
    the model is known only when the model is built.
    """
    row = MENU.get(action, _words("no treatment applies it"))
    base = situation.baseline
    if row.by_hyperparameter:
        changed = _by_hyperparameter(action, situation, recommendation)
        if changed is not None:
            return changed
    if row.advice is not None:
        return row.advice
    if row.setting is not None:
        found = SETTINGS[row.setting](_settings(situation), recommendation)
        if isinstance(found, str):
            return found
        params = {**base.params, **found.params}
        return Arm(action, params, found.change, plan=found.plan)
    return Arm(action, base.params, edits=(row.edit or action,), plan=row.plan)


def _settings(situation: Situation) -> Settings:
    study, params = situation.study, situation.context.params
    epochs = int(params.get("epochs") or study.budget.epochs)
    return Settings(
        epochs=epochs,
        batch_size=int(params.get("batch_size") or study.batch_size),
        class_weight=params.get("class_weight"),
        early_stopping=study.early_stopping,
        metric=situation.context.objective.metric if situation.context.objective else "val_loss",
        trained=situation.trained or epochs,
    )


def _by_hyperparameter(
    action: str, situation: Situation, advice: Recommendation | None
) -> Arm | None:
    base = situation.baseline
    if advice is not None and advice.parameter is not None and advice.new is not None:
        name, new = advice.parameter, advice.new
    else:
        change = change_for(ACTIONS[action], situation.context) if action in ACTIONS else None
        if change is None or change.parameter is None or change.new is None:
            return None
        name, new = change.parameter, change.new
    if name not in base.params:
        return None
    old = base.params[name]
    value: Scalar = int(new) if isinstance(old, int) and new == int(new) else new
    if value == old:
        return None
    params = completed({**base.params, name: value}, situation)
    return Arm(action, params, f"{name} {_shown(old)} → {_shown(value)}")


def completed(params: Params, situation: Situation) -> Params:
    """Add values for the hyperparameters that these values make active.

    `units_3` takes the value of `units_2` where that has one, else its default.
    """
    found, base = dict(params), situation.context.params
    for parameter in situation.context.space:
        newly = parameter.is_active(found) and not parameter.is_active(base)
        if parameter.name not in found and newly:
            found[parameter.name] = _sibling(parameter.name, found, parameter.default)
    if situation.takes_hp:
        # A loop in the builder may ask for one more of them than any trial had. A value that it
        # does not ask for is not used.
        for name, value in list(found.items()):
            stem, number = _numbered(name)
            if number is not None:
                found.setdefault(f"{stem}{number + 1}", value)
    return found


def _sibling(name: str, params: Mapping[str, Scalar], default: Scalar) -> Scalar:
    stem, number = _numbered(name)
    if number is None:
        return default
    return params.get(f"{stem}{number - 1}", default)


def _numbered(name: str) -> tuple[str, int | None]:
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :]) if stem != name and stem else None


def _shown(value: Scalar) -> str:
    return figures(value, 3) if isinstance(value, float) else str(value)


def with_change(arm: Arm, change: str) -> Arm:
    """The arm, with what its edits changed in the model added to its words."""
    return replace(arm, change=f"{arm.change}, {change}" if arm.change else change)


def explored(advice: Collection[str]) -> list[str]:
    """The actions to try after the advice, without those that it names or opposes."""
    return [
        action
        for action in EXPLORED
        if action not in advice and not any(opposed(action, one) for one in advice)
    ]


def names_of(actions: Any) -> list[str]:
    """Keys of the actions that a user names in a list or in one text with commas."""
    given = actions.split(",") if isinstance(actions, str) else list(actions)
    return list(dict.fromkeys(action_key(str(one)) for one in given if str(one).strip()))


def refuse_unknown(actions: Sequence[str] | None) -> None:
    """Raise InputError, with its place in the study, for an unknown treatment."""
    for name in actions or ():
        try:
            action_key(name)
        except InputError as error:
            raise InputError(str(error), at=("treat", "actions", name)) from None
