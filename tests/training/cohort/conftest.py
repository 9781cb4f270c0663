"""Makes cohorts decide alike on every machine."""

from __future__ import annotations

import os

import pytest

from tuneit.training.cohort import capacity, compiling, cost_model, programs

# A GPU that rounds the factors of its products tells a cohort from training alone.
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put all members into one stack, so that mapping over them is tested."""
    for module in (programs, capacity):
        monkeypatch.setattr(module, "threads", lambda: 1)


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide as on a CPU, for tests of what pays there."""
    for module in (cost_model, compiling, capacity):
        monkeypatch.setattr(module, "on_gpu", lambda: False)
