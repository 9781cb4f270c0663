"""What only a GPU can show; elsewhere these tests are skipped."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from training_models import HERE, AnObserver, a_proposal, a_recipe

from tuneit.space import Int, SearchSpace
from tuneit.training.builders.builder import load_builder
from tuneit.training.keras_loader import load_keras
from tuneit.training.workers.pool import WorkerPool
from tuneit.training.workers.trainer import WorkerTrainer
from tuneit.trials import TrialState

load_keras()
import tensorflow as tf  # noqa: E402

GPUS = tf.config.list_physical_devices("GPU")
pytestmark = pytest.mark.skipif(not GPUS, reason="needs a GPU")


def test_each_worker_takes_the_next_gpu_and_no_more_memory_than_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = 2 * len(GPUS)
    notes = tmp_path / "notes"
    notes.mkdir()
    monkeypatch.setenv("TUNEIT_TEST_NOTES", str(notes))
    builder = load_builder("gpu_models.py:build_noting", HERE)
    space = SearchSpace((Int(name="units", low=2, high=8),))
    recipe = a_recipe(builder, space, models=tmp_path)
    proposals = [a_proposal(n, units=2 + n % 7) for n in range(4 * workers)]
    with WorkerPool(workers) as pool:
        trials = list(WorkerTrainer(recipe, pool=pool).train(iter(proposals), AnObserver()))
    assert [t.error for t in trials if t.state is not TrialState.COMPLETE] == []
    noted = [json.loads(note.read_text()) for note in notes.glob("*.json")]
    assert sorted(note["visible"] for note in noted) == sorted([[gpu.name] for gpu in GPUS] * 2)
    for note in noted:
        assert note["growth"] == [True]
        assert note["weights"].endswith("GPU:0")
        assert note["bytes"] < 2**30


def run(script: str) -> str:
    """Run a script in a process of its own, which may set up its GPU as it likes."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE / "cohort",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


A_BENCH = """
    import logging
    from pathlib import Path
    import tempfile
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers

    [gpu, *_] = tf.config.list_physical_devices("GPU")
    tf.config.set_visible_devices(gpu, "GPU")
    limit = tf.config.LogicalDeviceConfiguration(memory_limit=MEGABYTES)
    tf.config.set_logical_device_configuration(gpu, [limit])
    tf.config.experimental.enable_tensor_float_32_execution(False)

    from cohort_zoo import Bench, Quiet, a_plan, rows_of
    from tuneit.training.cohort import capacity, programs, trainer
    from tuneit.trials import Proposal

    def build(hp):
        hidden = [layers.Dense(1024, "relu") for _ in range(3)]
        model = keras.Sequential([layers.Input((64,)), *hidden, layers.Dense(2, "softmax")])
        rate = hp.Float("rate", 1e-5, 1e-3, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return model

    SAID = []

    class Listening(logging.Handler):
        def emit(self, record):
            SAID.append(record.getMessage())

    logging.getLogger("tuneit").setLevel(logging.INFO)
    logging.getLogger("tuneit").addHandler(Listening())

    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 64)).astype("float32")
    rows = rows_of(x, (x.sum(axis=1) > 0).astype("int64"), train=320)
    proposals = [Proposal(n, {"rate": 1e-4 * (1 + n)}, 50 + n) for n in range(24)]

    def losses(proposals, **changes):
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(build, rows, a_plan(epochs=2), Path(folder), **changes)
            trials = sorted(bench.trainer.train(iter(proposals), Quiet()), key=lambda t: t.number)
        return np.array([t.curve["val_loss"] for t in trials])
"""
"""24 models of 2.2 million weights (8.7 MB), and a GPU of so many megabytes."""


def a_script(megabytes: int, rest: str) -> str:
    return A_BENCH.replace("MEGABYTES", str(megabytes)) + rest


def test_a_cohort_is_as_large_as_the_memory_of_the_gpu_allows() -> None:
    printed = run(
        a_script(
            2048,
            """
    import keras_tuner
    free = capacity.free_memory()
    members = capacity.max_members(build(keras_tuner.HyperParameters()), 32, 64)
    losses(proposals)
    print(free, members, SAID)
    """,
        )
    )
    free, members, said = printed.split(maxsplit=2)
    assert 2000 * 2**20 < int(free) <= 2048 * 2**20
    assert 2 < int(members) < 24
    assert said.strip() == "[]"


def test_a_cohort_too_large_for_the_gpu_is_halved() -> None:
    """TensorFlow waits ten seconds each time before it says that memory does not suffice."""
    printed = run(
        a_script(
            768,
            """
    programs.compiling_saves_time = lambda *_: False
    trainer.room_for_models = lambda: 2**40
    programs.max_members = lambda model, batch_size, wanted: wanted
    together, few = losses(proposals), losses(proposals[:3])
    np.testing.assert_allclose(together[:3], few, rtol=1e-3, atol=1e-4)
    print(SAID)
    """,
        )
    )
    assert "24 executions at once are too many for the memory" in printed
    assert "one at a time" not in printed
