"""What a ready-made model must know of the data: forms, sizes, and scales of the training rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuneit.data.dataset import Array, Dataset
from tuneit.data.nested import is_text, named
from tuneit.data.output import Output
from tuneit.errors import BuilderError

if TYPE_CHECKING:
    from tuneit.study import Study

InputKind = Literal["numbers", "sequence", "image", "tokens", "text"]

MOST_WORDS = 5000
"""The most frequent words of the training rows that a model knows."""

MOST_TOKENS = 100_000
"""Whole numbers above this are quantities rather than numbers of words."""

LONGEST_TEXT = 200
"""Words of a text that a sequence model reads at most."""


@dataclass(frozen=True)
class InputForm:
    """One input: its name ("" of the only one), the shape of a row, what it is, and its scale.

    `mean` and `variance` are those of each feature or channel in the training rows, empty where
    the numbers are scaled already. `words` are a text's most frequent words, `length` how many
    words most texts have; `vocabulary` counts tokens.
    """

    name: str
    shape: tuple[int, ...]
    kind: InputKind
    mean: tuple[float, ...] = ()
    variance: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    length: int = 0
    vocabulary: int = 0

    @property
    def has_steps(self) -> bool:
        """Whether it can be read step by step: each row of a grey picture is a step, too."""
        return self.kind in ("sequence", "tokens", "text") or len(self.shape) == 2


@dataclass(frozen=True)
class DataForm:
    """The form of a dataset, and of the training that a study asks for.

    `rows` counts training rows. A training has at most `epochs` epochs, each of `steps_per_epoch`
    batches, or of all rows once where that is None; a batch has `batch_size` rows, unless a trial
    has its own number.
    `compares_losses` is whether an objective is a loss: then nothing may change its meaning.
    """

    inputs: tuple[InputForm, ...]
    nested: Literal["one", "tuple", "dict"]
    outputs: tuple[Output, ...]
    rows: int
    batch_size: int
    steps_per_epoch: int | None
    epochs: int
    compares_losses: bool

    @classmethod
    def of(cls, dataset: Dataset, study: Study) -> DataForm:
        """Look at the training rows of a dataset."""
        x = dataset.train.x
        rows = dataset.row_count("train") or len(dataset.train)
        return cls(
            inputs=tuple(_input(name, array) for name, array in named(x)),
            nested="dict" if isinstance(x, dict) else "tuple" if isinstance(x, tuple) else "one",
            outputs=dataset.outputs,
            rows=rows,
            batch_size=study.batch_size,
            steps_per_epoch=study.steps_per_epoch,
            epochs=study.budget.epochs,
            compares_losses=any("loss" in one.metric for one in study.objectives),
        )

    def steps(self, params: Mapping[str, Any]) -> int:
        """The steps of a whole training with a trial's hyperparameters."""
        batch_size = params.get("batch_size", self.batch_size)
        epoch = self.steps_per_epoch or max(1, math.ceil(self.rows / batch_size))
        return int(epoch * params.get("epochs", self.epochs))

    @property
    def has_pictures(self) -> bool:
        """Whether an input is a picture."""
        return any(one.kind == "image" for one in self.inputs)


def _input(name: str, array: Array) -> InputForm:
    shape = array.shape[1:]
    if is_text(array):
        return _text(name, array)
    if array.dtype.kind in "iu" and len(shape) == 1 and shape[0] > 1 and _are_tokens(array):
        return InputForm(name, shape, "tokens", vocabulary=int(array.max(initial=0)) + 1)
    kinds: dict[int, InputKind] = {1: "numbers", 2: "sequence", 3: "image"}
    kind = kinds.get(len(shape))
    if kind is None:
        raise BuilderError(
            f"tuneit's own models take rows of numbers, sequences, pictures and texts, but rows of "
            f"the input {name or 'x'} have the shape {shape}: write a builder for them"
        )
    if kind == "sequence" and shape[0] == shape[1] and shape[0] >= 8:
        kind = "image"  # grey pictures without an axis for the channel
    mean, variance = _scale(array, kind)
    return InputForm(name, shape, kind, mean, variance)


def _are_tokens(array: Array) -> bool:
    """Whether whole numbers are numbers of words: from 0, of the same range in all columns."""
    if array.min(initial=0) < 0 or not 20 <= array.max(initial=0) <= MOST_TOKENS:
        return False
    tops = array.max(axis=0)
    return array.shape[1] >= 5 and bool(np.median(tops) > array.max() / 4)


def _scale(array: Array, kind: InputKind) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance of each feature; of a picture's channels those of all together."""
    values = array.astype(np.float64)
    if kind == "image":
        mean, variance = np.array([values.mean()]), np.array([values.var()])
    else:
        axes = tuple(range(values.ndim - 1))
        mean, variance = values.mean(axis=axes), values.var(axis=axes)
    # A constant column is shifted to 0 and not divided.
    variance = np.where(variance <= 1e-12 * np.maximum(1, mean**2), 1.0, variance)
    if np.abs(mean).max() < 0.1 and np.abs(variance - 1).max() < 0.2:
        return (), ()
    return tuple(mean.tolist()), tuple(variance.tolist())


def _text(name: str, array: Array) -> InputForm:
    if array.shape[1:] != (1,):
        raise BuilderError(
            f"tuneit's own models take one text a row, but the input {name or 'x'} has "
            f"{array.shape[1:]}: give each column as an input of its own"
        )
    words: Counter[str] = Counter()
    lengths: list[int] = []
    for text in array[:, 0].tolist():
        found = plain_words(str(text))
        words.update(found)
        lengths.append(len(found))
    common = tuple(word for word, _ in words.most_common(MOST_WORDS) if word)
    length = int(np.clip(np.quantile(lengths, 0.95), 4, LONGEST_TEXT)) if lengths else 4
    return InputForm(name, (1,), "text", words=common or ("a",), length=length)


def plain_words(text: str) -> list[str]:
    """The words of a text as Keras's TextVectorization splits it: lower case, no punctuation."""
    import re

    return re.sub(r'[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\']', "", text.lower()).split()


def units_of(output: Output) -> int:
    """The units of the last layer: one for two classes, one a class, or one a number."""
    if output.task == "multilabel":
        return len(output.class_names)
    if output.task == "regression":
        return int(np.prod(output.row_shape, dtype=np.int64))
    if output.per_position:
        raise BuilderError(
            "tuneit's own models give one class a row, but these targets have one at each of "
            f"{output.positions} positions: write a builder for them"
        )
    if output.is_one_hot:
        return len(output.class_names)
    codes = output.codes
    if min(codes) < 0 or any(code != int(code) for code in codes) or max(codes) > 10 * len(codes):
        raise BuilderError(
            f"tuneit's own models take classes that are numbered from 0, but these are "
            f"{', '.join(f'{code:g}' for code in codes[:6])}: set `one_hot: true` for the data"
        )
    return 1 if tuple(codes) == (0, 1) else int(max(codes)) + 1
