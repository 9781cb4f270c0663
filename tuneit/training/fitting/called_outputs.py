"""Check outputs of models whose output shape is known only after a call."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.training.fitting.fit import arrays_for_keras, first_rows
from tuneit.training.models.head import heads_of
from tuneit.training.models.matching import check_heads

_LOG = logging.getLogger(__name__)


def check_called_outputs(model: Any, dataset: Dataset) -> None:
    """Raise DataError as `check_outputs` does, for a model whose training has failed.

    The output shape of a user's own class is known only when the model is called.
    """
    heads = heads_of(model)
    if len(heads) == 1 and heads[0].shape is None:
        x, _ = arrays_for_keras(first_rows(dataset.train, 1))
        try:
            row = tuple(model(x, training=False).shape[1:])
            heads = (replace(heads[0], shape=row, units=row[-1] if row else None),)
        except Exception as error:  # whatever the user's code raises
            _LOG.debug("the output's shape is not known: %s", error)
    check_heads(heads, model, dataset)
