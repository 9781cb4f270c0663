"""Which column of a log is which series: known names, what is guessed of others, what users say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuneit.curves import SCHEDULES
from tuneit.curves.series_names import (
    is_known,
    recognise,
    says_split,
    sort_columns,
    stem_of,
)
from tuneit.errors import LogError, did_you_mean
from tuneit.errors.wording import listing
from tuneit.logs.cells import Cell, Columns

_NUMBERED_SET = re.compile(r"^(valid(?:ation)?_?(\d+))(?=-|'s |/|_)")
_ADVERSARIES = frozenset(
    {"g", "d", "gen", "disc", "generator", "discriminator", "gan", "critic", "actor", "policy",
     "value", "adv", "adversarial"}
)  # fmt: skip
"""Losses that pull against each other: their sum says nothing."""
_SPLIT_LIKE = re.compile("train|valid|test|eval|entr|prueba")
"""Words for splits in other languages: those losses are no parts of one."""
_NO_PARTS = frozenset({"best", "min", "max", "std", "ema", "previous", "prev", "lowest"})
_MEASURED_ON_VALIDATION = ("map", "map50")
"""Average precision takes a pass of its own over the data: nobody logs it on the training rows."""

HOW_TO_MAP = "--map loss=COLUMN,val_loss=COLUMN (in Python columns={'loss': …, 'val_loss': …})"
"""What a message says of naming columns."""


@dataclass(frozen=True)
class Roles:
    """Per part of a log (`fold1`, or an empty string): Keras's name → the log's columns.

    Several columns are summed. `unknown` are columns without a role, `notes` say what was guessed.
    """

    parts: Mapping[str, Mapping[str, tuple[str, ...]]]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]

    def spelt(self, part: str) -> dict[str, str]:
        """Keras's name → the columns as a user would write them in a map: `a + b`."""
        return {name: " + ".join(columns) for name, columns in self.parts[part].items()}


def is_measure(name: str) -> bool:
    """Whether a series measures the model, instead of counting or scheduling epochs."""
    return name not in SCHEDULES


def roles_of(columns: Columns, given: Mapping[str, str], source: str) -> Roles:
    """Give each column its role; `given` names some of them, `{"loss": "train_nll"}`.

    Raises LogError where `given` names a column that the log does not have.
    """
    said = {_role(name): _columns_of(text, columns, source) for name, text in given.items()}
    rest = [name for name in columns if all(name not in own for own in said.values())]
    single = [name for name in rest if _is_final_test(name, columns[name])]
    aliases, notes = _numbered_sets([name for name in rest if name not in single])
    named = sort_columns(aliases.values())
    own = {alias: name for name, alias in aliases.items()}
    parts: dict[str, dict[str, tuple[str, ...]]] = {
        part: {name: (own[column],) for name, column in found.items() if name not in said}
        for part, found in named.parts.items()
    }
    unknown = [*(own[name] for name in named.unknown), *single]
    notes += named.notes
    if not parts or not any(any(map(is_measure, found)) for found in parts.values()):
        parts = {"": dict(parts.get("", {}))}
    for found in parts.values():
        found.update(said)
    if len(parts) == 1:
        only = next(iter(parts.values()))
        notes += _summed(only, unknown)
        notes += _validated(only, columns, set(said))
    return Roles(parts, tuple(unknown), tuple(notes))


def _is_final_test(name: str, cells: Sequence[Cell]) -> bool:
    """Whether a column is a test's one result after the training: no curve to validate by."""
    known = recognise(name)
    is_test = known is not None and known.split == "test" and not known.is_schedule
    return is_test and len(cells) > 1 and sum(cell is not None for cell in cells) == 1


def _role(name: str) -> str:
    known = recognise(name)
    if known is None or known.meaning == "time":
        raise LogError(
            f"a map names loss, val_loss, a metric (accuracy, val_accuracy, …), learning_rate, "
            f"epoch or step, not '{name}'{did_you_mean(name, ('loss', 'val_loss', 'accuracy'))}"
        )
    return known.keras()


def columns_named(text: str) -> tuple[str, ...]:
    """The columns that a map names for one series: `a + b` are two."""
    return tuple(name.strip() for name in text.split("+"))


def _columns_of(text: str, columns: Columns, source: str) -> tuple[str, ...]:
    if text in columns:
        return (text,)
    names = columns_named(text)
    for name in names:
        if name not in columns:
            hint = did_you_mean(name, columns) or f": its columns are {shown(columns)}"
            raise LogError(f"{source}: there is no column '{name}'{hint}")
    return names


def shown(names: Iterable[str]) -> str:
    """Names in quotes, the first eight of them."""
    quoted = [repr(str(name)[:40]) for name in names]
    more = f" and {len(quoted) - 8} more" if len(quoted) > 8 else ""
    return (", ".join(quoted[:8]) or "none") + more


def _numbered_sets(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Column → the name to read it by. Gradient boosting numbers the sets that it evaluates.

    Where no set is named as training's, the first of several is, as in `eval_set=[(x, y),
    (x_val, y_val)]`; of the others the last one counts, by which XGBoost stops early.
    """
    sets: dict[str, int] = {}
    for name in names:
        if (found := _NUMBERED_SET.match(name)) and is_known(name):
            sets[found[1]] = int(found[2])
    aliases = {name: name for name in names}
    if len(sets) < 2:
        return aliases, []
    ordered = sorted(sets, key=lambda one: sets[one])
    has_training = any(
        (known := recognise(name)) is not None and known.split == "train" and not known.is_schedule
        for name in names
    )
    training = None if has_training else ordered[0]
    read_as = {training: "train", ordered[-1]: "validation"}
    for name in names:
        found = _NUMBERED_SET.match(name)
        if found and found[1] in sets:
            split = read_as.get(found[1])
            aliases[name] = f"{split}{name[found.end() :]}" if split else f"{found[1]} unused"
    note = f"'{ordered[-1]}' is read as validation"
    return aliases, [note if has_training else f"'{training}' is read as training, {note}"]


def _summed(found: dict[str, tuple[str, ...]], unknown: list[str]) -> list[str]:
    """Where no loss is named, the sum of its parts: `train/box_loss`, `train/cls_loss`.

    On both splits the same parts are summed, so that the two sums can be compared.
    """
    if "loss" in found or "val_loss" in found:
        return []
    stems: dict[str, dict[str, str]] = {"loss": {}, "val_loss": {}}
    for name in unknown:
        stem, split = stem_of(name, "loss")
        if stem and _NO_PARTS.isdisjoint(stem.split("_")):
            role = "loss" if split == "train" else "val_loss"
            stems[role].setdefault(stem, name)
    both = [names for names in stems.values() if names]
    common = set.intersection(*map(set, both)) if both else set()
    if not common or not _ADVERSARIES.isdisjoint(common) or any(map(_SPLIT_LIKE.match, common)):
        return []
    notes = []
    for role, names in stems.items():
        parts = tuple(name for stem, name in names.items() if stem in common)
        if parts:
            found[role] = parts
            for name in parts:
                unknown.remove(name)
            quoted = [f"'{name}'" for name in parts]
            sum_of = "the sum of " if len(parts) > 1 else ""
            notes.append(f"{role} is read as {sum_of}{listing(quoted)}")
    return notes


def _validated(found: dict[str, tuple[str, ...]], columns: Columns, said: set[str]) -> list[str]:
    """Read a metric without a split as validation's where the log shows that it is.

    So do fastai, ultralytics and most loops that call their losses `train_loss` and `valid_loss`:
    they compute metrics on the validation rows alone.
    """
    losses = found.get("loss", ())
    named_apart = "val_loss" in found and any(map(says_split, losses))
    bare = [
        name
        for name, own in found.items()
        if is_measure(name) and name != "loss" and not name.startswith("val_")
        and name not in said and f"val_{name}" not in found and not any(map(says_split, own))
    ]  # fmt: skip
    trained = any(
        is_measure(name) and name != "loss" and not name.startswith("val_") and name not in bare
        for name in found
    )
    moved = []
    for name in bare:
        apart = _never_together(columns, losses, found[name])
        if (named_apart and not trained) or apart or name in _MEASURED_ON_VALIDATION:
            moved += [f"'{column}'" for column in found[name]]
            found[f"val_{name}"] = found.pop(name)
    if not moved:
        return []
    names = "names" if len(moved) == 1 else "name"
    return [f"{listing(moved)} {names} no split: read as measured on the validation data"]


def _never_together(columns: Columns, losses: Sequence[str], own: Sequence[str]) -> bool:
    """Whether no row has both the training loss and a metric: they were reported at other times."""
    if not losses:
        return False
    loss, metric = columns[losses[0]], columns[own[0]]
    both = [(a is not None, b is not None) for a, b in zip(loss, metric, strict=True)]
    return not any(a and b for a, b in both) and any(a for a, _ in both) and any(b for _, b in both)
