"""The recipe that logs a searched study to a tracking service."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[1] / "studies" / "recipes" / "trackers.py"


@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
@pytest.mark.parametrize("service", ["mlflow", "wandb"])
def test_report_and_model_are_logged(
    service: str, searched_iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(service)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    run = runpy.run_path(str(RECIPE))[service](searched_iris / "reports/iris")
    assert run
    if service == "mlflow":
        from mlflow import MlflowClient

        client = MlflowClient("sqlite:///mlruns.db")
        logged = {file.path for file in client.list_artifacts(run)}
        assert {"index.html", "best.keras", "summary.json"} <= logged
        data = client.get_run(run).data
        assert "val_accuracy" in data.metrics
        assert "test_accuracy" in data.metrics
        assert "units" in data.params
    else:
        assert list(tmp_path.glob("wandb/offline-run-*/files/media/html/*.html"))
