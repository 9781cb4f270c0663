"""The notebook of studies/ runs from its first cell to its last, and is kept without outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "studies" / "tour.ipynb"

SMALLER = {
    "import keras\n": "import keras\nimport tensorflow as tf\n\n"
    "tf.config.run_functions_eagerly(True)\n",
    "trials=6": "trials=2",
    "epochs=15": "epochs=2",
    "seeds=6": "seeds=2",
    'metrics=["accuracy"]': 'metrics=["accuracy"], jit_compile=False',
}
"""The test runs the notebook's cells with fewer trainings, without graphs and XLA."""


@pytest.fixture(scope="module")
def notebook() -> object:
    nbformat = pytest.importorskip("nbformat", reason="nbclient, of the [test] extra, is missing")
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_kept_without_outputs(notebook: object) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]  # type: ignore[attr-defined]
    assert len(cells) > 5
    assert not any(cell.outputs or cell.execution_count for cell in cells)


def test_it_runs(notebook: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "nbclient and ipykernel, of the [test] extra, are missing"
    nbclient = pytest.importorskip("nbclient", reason=reason)
    pytest.importorskip("ipykernel", reason=reason)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    for large, small in SMALLER.items():
        [cell] = [cell for cell in notebook.cells if large in cell.source]  # type: ignore[attr-defined]
        cell.source = cell.source.replace(large, small)
    place = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=280, resources=place).execute()
    left = {file.name for file in (tmp_path / "reports" / "tour").iterdir()}
    assert left >= {"index.html", "summary.json", "best.keras", "treatments.json"}
    shown = notebook.cells[-2].outputs[0]["data"]["text/plain"]  # type: ignore[attr-defined]
    assert int(shown) > 0
