"""Callbacks for a study's `callbacks:`; copy what you need beside your study.

callbacks: [recipes/callbacks.py:tensorboard, recipes/callbacks.py:mlflow]

Each function is called anew for each training. `trial` has `number`, `params`, `seed`, `execution`
(which of a configuration's trainings this is, from 1) and `folder`, a place for files in the
study's folder. MLflow and Weights & Biases are not installed along with tuneit.
"""

from __future__ import annotations

from typing import Any

import keras


def tensorboard(trial: Any) -> keras.callbacks.Callback:
    """Event files of every trial; look at them with `tensorboard --logdir reports/<study>/logs`."""
    return keras.callbacks.TensorBoard(str(trial.folder / "tensorboard"), write_graph=False)


def csv(trial: Any) -> list[keras.callbacks.Callback]:
    """Keras's own CSV log, written while the trial runs; `curves/` has the same at its end."""
    trial.folder.mkdir(parents=True, exist_ok=True)
    return [keras.callbacks.CSVLogger(trial.folder / "epochs.csv")]


def mlflow(trial: Any) -> keras.callbacks.Callback:
    """A run for each trial, in `mlruns.db` or wherever MLFLOW_TRACKING_URI says (pip: mlflow)."""
    import os

    from mlflow import MlflowClient

    client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlruns.db"))

    class Log(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            experiment = client.get_experiment_by_name("tuneit")
            number = experiment.experiment_id if experiment else client.create_experiment("tuneit")
            run = client.create_run(number, run_name=f"trial {trial.number}")
            self.id = run.info.run_id
            for name, value in trial.params.items():
                client.log_param(self.id, name, value)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            for name, value in (logs or {}).items():
                client.log_metric(self.id, name, float(value), step=epoch)

        def on_train_end(self, logs: Any = None) -> None:
            client.set_terminated(self.id)

    return Log()


def wandb(trial: Any) -> keras.callbacks.Callback:
    """An offline run for each trial; `wandb sync` uploads them later (pip: wandb)."""
    import wandb as weights_and_biases

    class Log(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            trial.folder.mkdir(parents=True, exist_ok=True)
            self.run = weights_and_biases.init(
                project="tuneit",
                name=f"trial {trial.number}",
                config=dict(trial.params),
                dir=str(trial.folder),
                mode="offline",
                settings=weights_and_biases.Settings(silent=True),
                reinit="finish_previous",  # a trial that failed could not finish its run
            )

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.run.log(dict(logs or {}), step=epoch)

        def on_train_end(self, logs: Any = None) -> None:
            self.run.finish()

    return Log()
