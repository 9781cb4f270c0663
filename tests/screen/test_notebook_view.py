"""The progress of a search in a notebook: one output that is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from builders import a_study, a_trial

from tuneit.screen.notebook_view import NotebookView, in_notebook
from tuneit.trials import Proposal, TrialState


@pytest.fixture
def shell() -> Iterator[Any]:
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_notebook_sees_one_output_that_follows_the_search(shell: Any) -> None:
    from IPython.utils.capture import capture_output

    assert not in_notebook()  # IPython in a terminal
    with capture_output() as captured:
        view = NotebookView(a_study(budget={"trials": 4}))
        view.preparing("reading the data")
        view.note("5 rows <b>only</b>")
        view.begin([a_trial(0, score=0.5)])
        view.started(Proposal(1, {"units": 8}, seed=1))
        view.epoch(1, 1, {"val_accuracy": 0.5})
        view.finished(a_trial(1, score=0.9), is_best=True)
        view.finished(a_trial(2, None, None, TrialState.FAILED, error="no <memory>"), False)
        view.end()
    assert captured.stderr == ""
    pages = [output.data["text/html"] for output in captured.outputs]
    assert "reading the data …" in pages[0]
    assert "epoch 0/20  building  units=8" in pages[3]
    last = pages[-1]
    assert "3/4 trials" in last
    assert "value='3'" in last
    assert "resuming after 1 finished trial" in last
    assert "val_accuracy 0.9000  #1  units=32" in last
    assert "no &lt;memory&gt;" in last
    assert "5 rows &lt;b&gt;only" in last
    assert "reading" not in last
