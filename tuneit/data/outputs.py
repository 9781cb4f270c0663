"""Assign target arrays to the outputs of a model, and find out what each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from tuneit.data.dataset import Task
from tuneit.data.head import Head
from tuneit.data.nested import Nested, has_targets, named
from tuneit.data.output import Output
from tuneit.data.raw import SeenLabels, SplitName
from tuneit.data.target import Targets, read_targets
from tuneit.data.task import OTHER_POSITIVE, OVERRULE, AskHeads
from tuneit.errors import DataError, did_you_mean, one_of
from tuneit.errors.wording import counted


class AllTargets(NamedTuple):
    """Checked targets by split, what each output's are, and notes on what was inferred.

    Targets of several outputs stand in a dict where the model has one, in a tuple where it has a
    list: Keras finds the weights of rows in no other form. `keys` are the places in the given
    targets, in the order of the outputs.
    """

    values: dict[SplitName, Nested]
    outputs: tuple[Output, ...]
    notes: tuple[str, ...]
    keys: tuple[Any, ...] = ()

    def of_each(self, given: Nested, where: str) -> list[Any]:
        """The weights of each output: as the given targets stand, by outputs' names, or in order.

        Raises DataError where an output has none.
        """
        keys: Sequence[Any] = self.keys
        if isinstance(given, dict) and set(map(str, keys)) != set(given):
            keys = [output.name for output in self.outputs]
        if isinstance(given, tuple) and len(given) == len(self.outputs):
            return list(given)  # in the order of the model's outputs, as Keras takes a list
        by_key: dict[Any, Any] = given if isinstance(given, dict) else dict(enumerate(given))
        if set(keys) != set(by_key):
            names = ", ".join(output.name for output in self.outputs)
            several = f" for all outputs, or one for each ({names}), in the form of the targets"
            raise DataError(
                f"weights of {where} are one array{several if keys else ''}, but {_said(given)}"
            )
        return [by_key[key] for key in keys]


def read_outputs(
    raw: Mapping[SplitName, Any],
    task: Task | None,
    one_hot: bool,
    class_names: tuple[str, ...],
    positive: object,
    ask: AskHeads,
    labels: Mapping[Any, SeenLabels] = MappingProxyType({}),
) -> AllTargets:
    """Check the targets of each output as `read_targets` does.

    A tuple or dict holds the targets of several outputs: by name, or in the model's order. The
    model's losses tell their tasks. `labels` are as in RawData. Raises DataError where
    targets and outputs do not match, and for settings that are for a single output.
    """
    train = raw["train"]
    if not has_targets(train):
        _refuse_settings("there are no targets", task, one_hot, positive)
        note = (
            "the data are inputs without targets: the model gets x alone, as from model.fit(x), "
            "and makes its loss itself"
        )
        return AllTargets(dict(raw), (), (note,))
    alone: tuple[Any, ...] = ()
    if isinstance(train, (dict, tuple)) and len(train) == 1 and not labels and len(ask()) == 1:
        # As a model of one output takes it. Streams give it as it is.
        alone = tuple(train) if isinstance(train, dict) else (0,)
        raw = {split: y[alone[0]] for split, y in raw.items()}
        train = raw["train"]
    if not isinstance(train, (dict, tuple)):
        targets = read_targets(
            raw,
            task,
            one_hot,
            class_names,
            positive,
            lambda: _only(tuple(ask())),
            labels=labels.get(None),
        )
        return AllTargets(dict(targets.values), (targets.output,), targets.notes, alone)
    _refuse_settings(f"the targets are those of {len(train)}", task, one_hot, positive)
    keys: list[Any] = list(train) if isinstance(train, dict) else list(range(len(train)))
    heads = _matched(keys, tuple(ask()))
    found: list[Targets] = []
    outputs: list[Output] = []
    notes: list[str] = []
    for place, (key, head) in enumerate(heads.items()):
        name = str(head.name if head and head.name else key)
        parts = {split: y[key] for split, y in raw.items()}
        targets = read_targets(
            parts,
            ask=lambda head=head: head,  # type: ignore[misc]
            name=name,
            labels=labels.get(key),
        )
        by_name = isinstance(train, dict) if head is None or head.by_name is None else head.by_name
        own: Any = place if not by_name else key if isinstance(train, dict) else name
        found.append(targets)
        outputs.append(replace(targets.output, name=name, place=place, key=own))
        plain = [n.removesuffix(OVERRULE).removesuffix(OTHER_POSITIVE) for n in targets.notes]
        notes += [f"output '{name}': {note}" for note in plain]
    if isinstance(train, tuple) and isinstance(outputs[0].key, str):
        listed = ", ".join(output.name for output in outputs)
        notes.append(f"targets are in the order in which Keras takes the model's outputs: {listed}")
    values = {
        split: arranged([targets.values[split] for targets in found], outputs) for split in raw
    }
    return AllTargets(values, tuple(outputs), tuple(notes), tuple(heads))


def _refuse_settings(what: str, task: Task | None, one_hot: bool, positive: object) -> None:
    """Raise DataError for a setting that is for the targets of a single output."""
    for name, value in {"task": task, "one_hot": one_hot or None, "positive": positive}.items():
        if value is not None:
            raise DataError(
                f"`{name}` is for a single output, but {what}: remove it; the model's losses tell "
                "what each output is"
            )


def require_same_form(parts: Mapping[SplitName, Any], what: str) -> None:
    """Raise DataError where a split comes in another form than the training split, with names."""
    form = _form(parts["train"])
    for split, part in parts.items():
        if _form(part) != form:
            raise DataError(
                f"{what} of all splits must have one form, but {_said(parts['train'])} in the "
                f"train split and {_said(part)} in the {split} split"
            )


def _only(heads: Sequence[Head]) -> Head | None:
    return heads[0] if len(heads) == 1 else None


def _matched(keys: list[Any], heads: tuple[Head, ...]) -> dict[Any, Head | None]:
    """The head of each part of the targets, in the model's order. Raises DataError for misfits."""
    if not heads:
        return dict.fromkeys(keys)
    if problem := misplaced(keys, heads):
        raise DataError(problem)
    if isinstance(keys[0], int):
        of = heads if len(heads) == len(keys) else [head for head in heads if head.trained]
        return dict(zip(keys, of, strict=True))
    by_name = {head.name: head for head in heads}
    return {name: by_name[name] for name in by_name if name in keys}


def misplaced(keys: Sequence[Any], heads: Sequence[Head]) -> str | None:
    """Say which output has no target, or which target no output; None where all fit.

    `keys` are the names of the targets, or their places in a tuple; [""] is a single array.
    """
    names = [head.name for head in heads]
    trained = [head.name for head in heads if head.trained]
    listed = f"s ({', '.join(names)})" if len(names) > 1 else ""
    outputs = f"the model has {len(names)} output{listed}"
    if list(keys) == [""]:
        if len(trained) < 2:
            return None
        return f"{outputs}, but the data have one target: give each output its own, by these names"
    if isinstance(keys[0], int):
        if len(keys) in (len(names), len(trained)):
            return None
        return (
            f"{outputs}, but the data have {counted(len(keys), 'target')}: give one for each output"
        )
    for key in keys:
        if key not in names:
            if len(names) == 1:
                return f"{outputs}, but the data have targets of {', '.join(keys)}: give one array"
            hint = did_you_mean(key, names) or f": name the targets {one_of(names)}"
            return f"{outputs}, but the data have the target '{key}', which is none of them{hint}"
    for name in trained:
        if name not in keys:
            return (
                f"{outputs}, but '{name}' has a loss and no target; the data have "
                f"{', '.join(map(str, keys))}: give it a target, or no loss"
            )
    return None


def task_of(outputs: Sequence[Output]) -> Any:
    """The task of a dataset: that of its only output, `several`, or `none` without targets."""
    if len(outputs) == 1:
        return outputs[0].task
    return "several" if outputs else "none"


def arranged(arrays: Sequence[Any], outputs: Sequence[Output]) -> Nested:
    """The arrays of the outputs, in their order, in a dict or tuple as the outputs' keys say."""
    if isinstance(outputs[0].key, str):
        return {str(o.key): array for o, array in zip(outputs, arrays, strict=True)}
    return tuple(arrays)


def _form(part: Any) -> Any:
    if isinstance(part, (dict, tuple)):
        return type(part), sorted(name for name, _ in named(part))
    return None


def _said(part: Any) -> str:
    if isinstance(part, dict):
        return f"they are a dict of {', '.join(map(str, part))}"
    return f"they are {len(part)} arrays" if isinstance(part, tuple) else "they are one array"
