"""Logs a searched study to MLflow or Weights & Biases: scores, report and best model.

    python studies/recipes/trackers.py mlflow reports/digits
    python studies/recipes/trackers.py wandb reports/digits

`callbacks.py` beside this file logs each trial's epochs while it trains. Neither service is
installed along with tuneit (`pip install 'tuneit-keras[trackers]'`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILES = ("index.html", "summary.json", "trials.csv", "best.keras", "best.weights.h5")


def mlflow(folder: Path) -> str:
    """Log to `mlruns.db` or wherever MLFLOW_TRACKING_URI says; return the run's id."""
    from mlflow import MlflowClient

    client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlruns.db"))
    summary = _summary(folder)
    known = client.get_experiment_by_name("tuneit")
    experiment = known.experiment_id if known else client.create_experiment("tuneit")
    run = client.create_run(experiment, run_name=summary["study"]["name"]).info.run_id
    for name, value in summary["best_trial"]["params"].items():
        client.log_param(run, name, value)
    for name, value in _scores(summary):
        client.log_metric(run, name, value)
    client.set_tag(run, "verdict", summary["diagnosis"]["verdict"])
    for file in _files(folder):
        client.log_artifact(run, str(file))
    client.set_terminated(run)
    return str(run)


def wandb(folder: Path) -> str:
    """Log a run, offline unless WANDB_MODE says otherwise; return its id."""
    import wandb as weights_and_biases

    summary = _summary(folder)
    name = summary["study"]["name"]
    run = weights_and_biases.init(
        project="tuneit",
        name=name,
        config={**summary["best_trial"]["params"], "verdict": summary["diagnosis"]["verdict"]},
        mode=os.environ.get("WANDB_MODE", "offline"),  # type: ignore[arg-type]
        settings=weights_and_biases.Settings(silent=True),
    )
    report = (folder / "index.html").read_text(encoding="utf-8")
    run.log({**dict(_scores(summary)), "report": weights_and_biases.Html(report)})
    artifact = weights_and_biases.Artifact(name, type="model")
    for file in _files(folder):
        artifact.add_file(str(file))
    run.log_artifact(artifact)
    run.finish()
    return str(run.id)


def _summary(folder: Path) -> Any:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def _scores(summary: Any) -> Iterator[tuple[str, float]]:
    """The best score, and the numbers of the evaluation on the test split."""
    yield summary["study"]["objective"]["metric"], summary["best_trial"]["score"]
    for name, value in (summary["evaluation"] or {}).items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield f"test_{name}", float(value)


def _files(folder: Path) -> list[Path]:
    return [folder / name for name in FILES if (folder / name).exists()]


if __name__ == "__main__":
    service, place = sys.argv[1:]
    print({"mlflow": mlflow, "wandb": wandb}[service](Path(place)))
