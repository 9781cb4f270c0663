"""Models without code, for `tuneit.search(tuneit.models.mlp(), (x, y))`.

Each adapts to the data that it is searched with: tables, pictures, sequences, tokens and texts, one
or several inputs and outputs. In a study.yaml they are named `model: tuneit:mlp`.
"""

from __future__ import annotations

from pathlib import Path

from tuneit.study import TransferSpec
from tuneit.training.ready_made import ReadyMade, ready_made
from tuneit.training.ready_made.base import Base

__all__ = ["auto", "cnn", "linear", "mlp", "rnn", "transfer", "transformer"]


def linear() -> ReadyMade:
    """A linear model: logistic or linear regression with penalties on the weights."""
    return ready_made("linear")


def mlp() -> ReadyMade:
    """One to four dense layers, for tables."""
    return ready_made("mlp")


def cnn() -> ReadyMade:
    """Blocks of convolutions and pooling, for pictures of any size and for sequences."""
    return ready_made("cnn")


def rnn() -> ReadyMade:
    """GRU or LSTM layers, for sequences and texts."""
    return ready_made("rnn")


def transformer() -> ReadyMade:
    """Blocks of self-attention, for sequences and texts."""
    return ready_made("transformer")


def transfer(base: str | Path, weights: str | None = None) -> ReadyMade:
    """A pretrained base with a new head; then the last layers of the base train at a low rate.

    `base` is the path of a .keras file, which is cut at its last hidden layer, or the name of a
    model of keras.applications. Of the latter `weights` are "imagenet" (the default; downloaded
    once), "none", or the path of a weights file of the model without its top.
    """
    # The search checks it together with the rest of its study.
    return ReadyMade(
        "transfer", base=Base(TransferSpec.model_construct(base=str(base), weights=weights))
    )


def auto() -> ReadyMade:
    """The kind that suits the data: cnn for pictures and sequences, mlp for tables."""
    return ready_made("auto")
