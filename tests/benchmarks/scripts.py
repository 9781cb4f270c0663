"""Benchmarks run as scripts, but in the process of the tests, which has loaded TensorFlow.

So do the scripts for which they start a process and wait.
"""

from __future__ import annotations

import io
import runpy
import subprocess
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from tuneit.data import references
from tuneit.data.dataset import Dataset
from tuneit.findings.reference_models import ReferenceModels

_run = subprocess.run
_fit = references.fit_references

BENCHMARKS = Path(__file__).parents[2] / "studies" / "benchmarks"


def run(script: str, *arguments: str) -> str:
    """What `python studies/benchmarks/SCRIPT ARGUMENTS` prints; its modules are forgotten after."""
    path = BENCHMARKS / script
    folder = path if path.is_dir() else path.parent
    before = set(sys.modules)
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(), redirect_stdout(said):
        warnings.simplefilter("ignore")
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        # XLA takes seconds to compile a model, and its few steps here milliseconds.
        patch.setattr("keras.src.trainers.trainer.model_supports_jit", lambda model: False)
        patch.setattr(references, "fit_references", _fastest)  # tests/data tests them all
        patch.setattr(sys, "argv", [str(path), *arguments])
        patch.setattr(sys, "path", [str(folder), *sys.path])
        patch.setattr(subprocess, "run", _run_here)
        try:
            runpy.run_path(str(path), run_name="__main__")
        finally:
            for name in set(sys.modules) - before:
                file = getattr(sys.modules[name], "__file__", None) or ""
                if file.startswith(str(BENCHMARKS)):
                    del sys.modules[name]
    return said.getvalue()


def _fastest(dataset: Dataset, seconds: float) -> ReferenceModels:
    """In place of `fit_references`: those that are there at once."""
    return _fit(dataset, 0.0)


def _run_here(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
    """In place of `subprocess.run`: a script of the benchmarks, without a process of its own."""
    if command[:1] != [sys.executable]:
        return _run(command, **how)
    _, script, *arguments = command
    said = run(str(Path(script).relative_to(BENCHMARKS)), *arguments)
    return subprocess.CompletedProcess(command, 0, said, "")
