"""The notebook of studies/ runs from its first cell to its last, and is kept without outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "studies" / "tour.ipynb"


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
    place = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=280, resources=place).execute()
    left = {file.name for file in (tmp_path / "reports" / "tour").iterdir()}
    assert left >= {"index.html", "summary.json", "best.keras", "treatments.json"}
    shown = notebook.cells[-2].outputs[0]["data"]["text/plain"]  # type: ignore[attr-defined]
    assert int(shown) > 0
