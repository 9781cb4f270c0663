"""Keras trains, evaluates and predicts in Python: without graphs, without XLA.

A graph takes a second to trace, and the few steps of a test take milliseconds. tuneit's own graphs
(cohorts, probes) stay graphs. For tests with the mark `eager`, of what does not depend on Keras's
graphs, and for the processes in which workers and actors build the models of training_models.py.
"""

from __future__ import annotations

import sys
from typing import Any

_eager = False
_patched = False


def use(eager: bool) -> bool:
    """Say whether Keras makes no graphs from now on; return what held before.

    Does nothing before Keras is imported.
    """
    global _eager
    before, _eager = _eager, eager
    if not _patched and "keras.src.backend.tensorflow.trainer" in sys.modules:
        _patch()
    return before


def _patch() -> None:
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer

    global _patched
    _patched = True
    for name in ("_make_function", "make_predict_function"):
        setattr(TensorFlowTrainer, name, _made_eagerly(getattr(TensorFlowTrainer, name)))


def _made_eagerly(make: Any) -> Any:
    def made(model: Any, *arguments: Any, **options: Any) -> Any:
        given = model._run_eagerly
        # Not for good: a cohort refuses models that their builder compiles to run eagerly.
        model._run_eagerly = given or _eager
        try:
            return make(model, *arguments, **options)
        finally:
            model._run_eagerly = given

    return made
