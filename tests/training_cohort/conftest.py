"""Members sit in one stack, however many cores there are: mapping over them is what is tested."""

from __future__ import annotations

import pytest

from tuneit.training.cohort import trainer


@pytest.fixture(autouse=True)
def one_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "lanes", lambda: 1)
