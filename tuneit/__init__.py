"""tuneit: hyperparameter search and model diagnosis for Keras.

The public names load on first use, so that `import tuneit` and `tuneit --help` stay quick:
neither imports TensorFlow, pandas, scikit-learn, seaborn or Optuna.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "search": "tuneit.api",
    "diagnose": "tuneit.api",
    "explain": "tuneit.diagnosis.explanations",
    "evaluate": "tuneit.api",
    "report": "tuneit.api",
    "DiagnosisCallback": "tuneit.training.diagnosis_callback",
    "can_overfit": "tuneit.training.probes.one_batch",
    "check_model": "tuneit.training.wiring.check_model",
    "SearchResult": "tuneit.api",
    "Study": "tuneit.study",
    "LearningCurve": "tuneit.curves",
    "Trial": "tuneit.trials",
    "Diagnosis": "tuneit.findings",
    "Finding": "tuneit.findings",
    "Recommendation": "tuneit.findings",
    "TuneitError": "tuneit.errors",
}

_MODULES = ("models",)

__all__ = ["__version__", *_HOMES, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"tuneit.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'tuneit' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """Keeps the modules `tuneit.search` and `tuneit.report` from hiding the verbs of that name."""

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing a submodule sets it as an attribute of its package.
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
