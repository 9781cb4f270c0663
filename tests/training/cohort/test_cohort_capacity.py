"""How many members a cohort has, and how many models are built for it."""

from __future__ import annotations

from typing import Any

import pytest

from tuneit.training.cohort import capacity
from tuneit.training.cohort.capacity import (
    free_memory,
    max_members,
    max_stack_size,
    model_bytes,
    room_for_models,
)
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402


def a_model(units: int) -> Any:
    return keras.Sequential([layers.Input((4,)), layers.Dense(units), layers.Dense(2)])


def test_small_models_train_as_many_at_once_as_are_wanted() -> None:
    assert max_members(a_model(8), 32, 64) == 64


@pytest.mark.usefixtures("on_cpu")
def test_large_models_train_fewer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = a_model(10_000)
    fewer = max_members(model, 32, 64)
    assert 1 <= fewer < 64
    monkeypatch.setattr(capacity, "free_host_memory", lambda: 10 * model_bytes(model))
    assert max_members(model, 32, 64) == 1


@pytest.mark.usefixtures("on_cpu")
def test_stacks_are_so_small_that_they_stay_in_the_cache() -> None:
    assert max_stack_size(a_model(10_000), 32) == 4 * 2**20 // (4 * 32 * 10_002)
    assert max_stack_size(a_model(1_000_000), 32) == 1
    assert max_stack_size(a_model(8), 32) > 1000


@pytest.mark.usefixtures("on_cpu")
def test_each_core_has_a_model_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    model = a_model(4_000_000)
    assert max_members(model, 32, 64) == 1
    monkeypatch.setattr(capacity, "free_host_memory", lambda: 10_000 * model_bytes(model))
    monkeypatch.setattr(capacity, "threads", lambda: 3)
    assert max_members(model, 32, 64) == 3
    assert max_members(model, 32, 2) == 2


def test_a_gpu_has_a_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    model = a_model(10_000)
    monkeypatch.setattr(capacity, "on_gpu", lambda: True)
    monkeypatch.setattr(capacity, "free_host_memory", lambda: 10_000 * model_bytes(model))
    monkeypatch.setattr(capacity, "_free_on_gpu", lambda: None)
    assert max_members(model, 32, 64) == 64
    monkeypatch.setattr(capacity, "_free_on_gpu", lambda: 200 * model_bytes(model))
    assert free_memory() == 200 * model_bytes(model)
    assert 1 < max_members(model, 32, 64) < 10
    assert room_for_models() == 50 * model_bytes(model)


def test_the_bytes_of_a_model_are_those_of_its_weights_and_statistics() -> None:
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    assert model_bytes(model) == 4 * (4 * 3 + 3 + 4 * 3)


def test_no_limit_is_known_of_a_gpu_that_is_not_there() -> None:
    capacity._gpu_limit.cache_clear()
    assert capacity._gpu_limit() is None or capacity.on_gpu()
