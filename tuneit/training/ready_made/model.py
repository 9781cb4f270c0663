"""A ready-made model: a kind of network, and the data that it is made for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import BuilderError, did_you_mean, one_of
from tuneit.training.ready_made.base import Base
from tuneit.training.ready_made.form import DataForm

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.study import Study

KINDS = ("linear", "mlp", "cnn", "rnn", "transformer", "transfer", "auto")
"""The kinds, as `model: tuneit:mlp` names them; `auto` chooses by the data."""

STEPWISE = ("rnn", "transformer", "cnn")
"""The kinds that read an input step by step; a cnn reads pictures, too. The others take all."""

_MANY_TEXTS = 5_000
"""Training rows from which texts are read word by word rather than as bags of words (chosen)."""


@dataclass(frozen=True)
class ReadyMade:
    """A builder without code: `for_data` makes the one that suits a dataset.

    `base` is the pretrained one of a `transfer`. It can be pickled, so that worker processes get
    it.
    """

    kind: str
    form: DataForm | None = None
    base: Base | None = None

    def for_data(self, dataset: Dataset, study: Study, root: Path) -> ReadyMade:
        """The builder for the forms and the number of rows of a dataset.

        The paths of a study's base are relative to `root`. Raises BuilderError for data that the
        kind is not made for, and for a base that is missing.
        """
        form = DataForm.of(dataset, study)
        kind = suitable(form) if self.kind == "auto" else self.kind
        _require_suitable(kind, form)
        base = None if study.transfer is None else Base(study.transfer).for_data(dataset, root)
        return replace(self, kind=kind, form=form, base=base)

    def build(self, hp: Any) -> Any:
        """Return the compiled `keras.Model` for hyperparameters.

        Raises BuilderError for data that no ready-made model takes.
        """
        if self.form is None:
            raise BuilderError(
                f"tuneit:{self.kind} adapts to data, but was given none: search with it "
                "(tuneit.search), or call for_data first"
            )
        if self.base is not None:
            from tuneit.training.ready_made.transfer import build_transfer

            return build_transfer(hp, self.base, self.form)
        from tuneit.training.ready_made.network import build_network

        return build_network(hp, self.kind, self.form)


def ready_made(name: str) -> ReadyMade:
    """The ready-made model of this name. Raises BuilderError for an unknown one."""
    if name not in KINDS:
        raise BuilderError(
            f"there is no model 'tuneit:{name}'{did_you_mean(name, KINDS) or ':'} tuneit's own are "
            f"{one_of(KINDS)}",
            at=("model",),
        )
    return ReadyMade(name)


def _require_suitable(kind: str, form: DataForm) -> None:
    """Raise BuilderError where a kind would leave every input as it is, as a linear model does."""
    of_pictures = kind == "cnn"
    if kind not in STEPWISE or any(
        one.has_steps or (of_pictures and one.kind == "image") for one in form.inputs
    ):
        return
    nouns = {"numbers": "numbers", "image": "pictures"}
    rows = " and ".join(f"{nouns[one.kind]} of the shape {one.shape}" for one in form.inputs)
    takes = "pictures, sequences and texts" if of_pictures else "sequences and texts"
    raise BuilderError(
        f"tuneit:{kind} is for {takes}, but rows are {rows}: take tuneit:{suitable(form)}",
        at=("model",),
    )


def suitable(form: DataForm) -> str:
    """The kind of network for some data: cnn for pictures and sequences of numbers, mlp for tables.

    Texts and tokens get an mlp on the words that occur, and with many rows an rnn.
    """
    kinds = {one.kind for one in form.inputs}
    if kinds & {"image", "sequence"}:
        return "cnn"
    if kinds & {"text", "tokens"}:
        return "rnn" if form.rows >= _MANY_TEXTS else "mlp"
    return "mlp"
