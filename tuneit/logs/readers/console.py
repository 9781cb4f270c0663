"""Console output pasted into a file: `loss: 0.29 - val_loss: 0.31` among other lines.

Read are numbers with a known name before them: the output of Keras and Paddle, of XGBoost, LightGBM
and CatBoost, of nnU-Net, and of training loops that people write themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import fmean

from tuneit.curves.series_names import SeriesName, recognise, says_split, split_of
from tuneit.errors import LogError
from tuneit.logs.cells import Cell, rows_to_columns
from tuneit.logs.files import LogFile
from tuneit.logs.table import Table

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|NaN|inf)"
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?:?")
_LIST = re.compile(r"\[([^\[\]]*\d[^\[\]]*)\]")
_ITEM = re.compile(rf"\s*(?:[\w.]+\()?({_NUMBER})\)?\s*$")
_WORD = re.compile(r"[A-Za-z]+")
_COUNTERS = ("epoch", "step", "time")
_EPOCH = re.compile(r"\bepoch\b[\s:#=\[(]*(\d+)\b(?!\.\d)", re.IGNORECASE)
_STEP = re.compile(r"^\W*(?:step|iter(?:ation)?)\s*[:#=]?\s*(\d+)\s*[:,|]", re.IGNORECASE)
_ROUND = re.compile(r"^\s*\[(\d+)\]\s|^.{0,80}\]\s+\[(\d+)\]\s|^(\d+):\s+learn")
_BAR = re.compile(r"(?<!\d)(\d{1,9})/(\d{1,9})\s*(?:\[|━|-|\x1b)|ETA:|/step\b")
_NOT_LETTERS = r"(?![A-Za-z0-9_])"
_PAIR = re.compile(
    rf"(?<![A-Za-z0-9_])"
    rf"(?P<words>[A-Za-z][A-Za-z0-9_./@'²-]*(?:[ ]+[A-Za-z(][\w./@'%)-]*){{0,4}}\.?)"
    rf"\s*(?:[:=]\s*|\s)(?P<value>{_NUMBER})(?:/(?P<of>\d+))?{_NOT_LETTERS}"
    rf"(?:\s*\(\s*(?P<mean>{_NUMBER})\s*\))?(?P<percent>\s*%)?"
)
_ASIDE = frozenset(
    {"best", "improved", "improve", "saving", "restoring", "total", "target", "patience"}
)
"""Words of messages about earlier epochs: their numbers are not this epoch's."""
_ELSEWHERE = _ASIDE | {"from", "after", "since", "every", "until"}
"""Words before an epoch's number that show that it is not the one that a line belongs to."""
_HEADS_BEST = re.compile(r"\bbest\b.*:\s*$", re.IGNORECASE)
"""Above a line of an earlier epoch, as LightGBM ends: `Early stopping, best iteration is:`."""

MAX_LINE = 4_000
"""Characters of a line that are looked at; loggers print shorter ones."""


@dataclass
class _Place:
    """Where in the output a line stands: its epoch, and the split that a heading named."""

    counter: str = "epoch"
    number: float | None = None
    split: str = ""


@dataclass
class _Row:
    """What a line says of an epoch; `done` unless its bar shows that steps are left."""

    counter: str
    number: float | None
    values: dict[str, Cell]
    done: bool

    def follows(self, before: _Row) -> bool:
        """Whether this is a later state of the same bar, or of another one in the same epoch."""
        if (self.counter, self.number) != (before.counter, before.number):
            return False
        if self.number is None and before.done:
            return False
        mine, others = set(self.values), set(before.values)
        return others <= mine or (before.done and mine < others)


@dataclass(frozen=True)
class _Pair:
    """A number with a known name; `running` where it is the mean of the batches so far."""

    known: SeriesName
    value: Cell
    running: bool


def recognises(file: LogFile) -> bool:
    """Whether at least two lines name a loss or a metric with its value."""
    return file.suffix not in (".csv", ".tsv") and _says_enough(file.text)


def _says_enough(text: str) -> bool:
    found = (
        line
        for line in _lines(text)
        if any(not pair.known.is_schedule for _, pair in _pairs(line, ""))
    )
    return len(list(islice(found, 2))) == 2


def read(file: LogFile) -> list[Table]:
    """Read what each epoch printed."""
    tables = tables_of(file.text, file.path.stem)
    if not tables:
        raise LogError(
            f"{file.source}: the output ends before the first epoch does: nothing to diagnose yet"
        )
    return tables


def tables_of(text: str, name: str) -> list[Table]:
    """The table of the epochs in an output; none where it prints no losses and metrics.

    Of a progress bar the last state counts, since it shows means; other lines of one epoch are
    averaged later, as those of a table are. An epoch that the output breaks off in is left out.
    """
    if not _says_enough(text):
        return []
    rows = list(_rows(text))
    notes = ["read as console output: numbers with a known name before them"]
    if rows and not rows[-1].done:
        rows.pop()
        notes.append("the output breaks off within its last epoch, which is left out")
    if not rows:
        return []
    counter = next((row.counter for row in rows if row.number is not None), None)
    values = [
        row.values if counter is None else {counter: row.number, **row.values} for row in rows
    ]
    return [Table(name, rows_to_columns(values), tuple(notes))]


def _lines(text: str) -> Iterator[str]:
    # Progress bars go back with a return or backspaces and write over what they wrote.
    for line in re.split(r"[\r\n\x08]+", text):
        if line.strip():
            yield _LIST.sub(_mean_of, _TIMESTAMP.sub("", line[:MAX_LINE]))


def _mean_of(found: re.Match[str]) -> str:
    """`[0.9, 0.8]`, a value a class, as its mean; other brackets as they are."""
    items = [_ITEM.match(item) for item in found[1].split(",")]
    numbers = [float(item[1]) for item in items if item is not None]
    if len(numbers) < len(items) or (len(items) == 1 and "." not in found[1]):
        return found[0]
    return f"{fmean(numbers):.6g}"


def _rows(text: str) -> Iterator[_Row]:
    place, row, repeats = _Place(), None, False
    for line in _lines(text):
        told, repeats = repeats, _HEADS_BEST.search(line) is not None
        if told:
            continue
        line = _move(place, line)
        pairs = list(_pairs(line, place.split))
        values = {name: pair.value for name, pair in pairs if pair.known.meaning not in _COUNTERS}
        if not values:
            _head(place, line)
            continue
        first = _WORD.findall(line)[0]
        place.split = first if split_of(first) else place.split
        bar = _BAR.search(line)
        counted = bar is not None and bar[1] is not None
        done = bar is None or not counted or int(bar[1]) >= int(bar[2])
        here = _Row(place.counter, place.number, values, done)
        # A bar, and means of all batches so far, stand in place of what they said before.
        running = bar is not None or any(pair.running for _, pair in pairs)
        if row is None or not running or not here.follows(row):
            yield from () if row is None else (row,)
        elif counted and row.done and set(values) <= set(row.values):
            continue  # a bar that adds nothing to one that is full is an evaluation's
        row = here
    if row is not None:
        yield row


def _move(place: _Place, line: str) -> str:
    """Go on to the epoch that a line names, or to the step where no line names an epoch.

    Returns the line without its epoch.
    """
    found, counter = _EPOCH.search(line), "epoch"
    if found is not None:
        before = _WORD.findall(line[: found.start()].lower())
        if not _ELSEWHERE.isdisjoint(before[-2:]):
            return line
        line = f"{line[: found.start()]} {line[found.end() :]}"
    elif (found := _ROUND.match(line)) is None and (
        place.counter == "step" or place.number is None
    ):
        found, counter = _STEP.match(line), "step"
    if found is not None:
        place.counter, place.split = counter, ""
        place.number = float(next(group for group in found.groups() if group))
    return line


def _head(place: _Place, line: str) -> None:
    """A short line such as `Eval begin...` or `Validation:` heads the lines below it."""
    words = _WORD.findall(line)
    if 0 < len(words) <= 4:
        place.split = next((word for word in words if split_of(word)), place.split)


def _pairs(line: str, split: str) -> Iterator[tuple[str, _Pair]]:
    """Yield the numbers in a line that a known name stands before, with that name."""
    rounds = _ROUND.match(line) is not None
    for found in _PAIR.finditer(line):
        words = [word.strip("'\".") for word in found["words"].split()]
        if not _ASIDE.isdisjoint(word.lower() for word in words):
            continue
        if rounds and split_of(words[-1]):
            # CatBoost prints its loss as `learn: 0.5  test: 0.6`.
            words.append("loss")
        for start in range(len(words)):
            name = " ".join(words[start:])
            known = recognise(name)
            if known is not None:
                named = _named(name, known, line[: found.start()], split)
                yield named, _Pair(known, _value(found), found["mean"] is not None)
                break


def _named(name: str, known: SeriesName, before: str, split: str) -> str:
    """The name with the split that the line named before it, or the heading above."""
    if known.is_schedule or says_split(name):
        return name
    words = [word for word in _WORD.findall(before) if split_of(word)]
    context = words[-1] if words else split
    return f"{context} {name}" if context else name


def _value(found: re.Match[str]) -> Cell:
    value = float(found["mean"] or found["value"])
    if found["of"]:
        return value / float(found["of"]) if float(found["of"]) else None
    return value / 100.0 if found["percent"] else value
