"""A searched study is read back from its ledger; builder and data only where they changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command import tuneit

from tuneit.api import load_result, run_study
from tuneit.errors import DataError, InputError, ResumeError
from tuneit.ledger import Ledger
from tuneit.study_file import load_searched_study, load_study
from tuneit.workbench.record import KEY, StudyRecord

pytestmark = pytest.mark.eager

BUILDER = """
import keras

def build(hp):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    return model
"""

STUDY = """
name: points
model: model.py:build
data: {source: csv, path: points.csv, target: side}
objective: val_loss
strategy: random
budget: {trials: 2, epochs: 2}
"""

REPORT = """
import sys
from tuneit.__main__ import main

sys.argv = ["tuneit", "report", "study.yaml", "-o", "out"]
try:
    main()
except SystemExit as leaving:
    assert not leaving.code, leaving.code
assert not {"tensorflow", "keras"} & sys.modules.keys()
"""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study that has been searched; tests get copies."""
    folder = tmp_path_factory.mktemp("points")
    rng = np.random.default_rng(0)
    rows = [f"{x:.4f},{y:.4f},{'left' if x < 0 else 'right'}" for x, y in rng.normal(size=(80, 2))]
    (folder / "points.csv").write_text("x,y,side\n" + "\n".join([*rows, rows[0], rows[1]]))
    (folder / "model.py").write_text(BUILDER)
    (folder / "study.yaml").write_text(STUDY)
    run_study(load_study(folder / "study.yaml"), folder, folder / "out")
    return folder


@pytest.fixture
def searched(first: Path, tmp_path: Path) -> Path:
    """A folder with a study that has been searched."""
    return Path(shutil.copytree(first, tmp_path / "points"))


def test_a_report_needs_neither_tensorflow_nor_builder_nor_data(searched: Path) -> None:
    page, summary = searched / "out" / "index.html", searched / "out" / "summary.json"
    before = page.read_text(), summary.read_text()
    assert json.loads(before[1])["data"]["findings"]

    for gone in (page, summary, searched / "model.py", searched / "points.csv"):
        gone.unlink()
    subprocess.run([sys.executable, "-c", REPORT], cwd=searched, check=True, env=dict(os.environ))
    assert (page.read_text(), summary.read_text()) == before
    listed = tuneit(searched, "trials", "study.yaml", "-o", "out")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert len(listed.stdout.splitlines()) == 3
    # The kept evaluation is there too; only the rows themselves are not.
    study = load_searched_study(searched / "study.yaml")
    result = load_result(study, searched, searched / "out")
    assert result.evaluate().n == 16
    with pytest.raises(DataError, match=r"points\.csv"):
        result.prepared  # noqa: B018


@pytest.mark.usefixtures("undrawn")
def test_changes_of_files_and_settings_are_noticed(searched: Path) -> None:
    file, out = searched / "study.yaml", searched / "out"
    table, builder = searched / "points.csv", searched / "model.py"
    rows = table.read_text()

    table.write_text(rows + "\n0.1,0.1,right")
    with pytest.raises(ResumeError, match=r"the data changed in rows\.train"):
        load_result(load_study(file), searched, out)
    with pytest.raises(ResumeError, match=r"data changed in .*scale from none to standard"):
        load_result(load_study(file, ["data.scale=standard"]), searched, out)
    table.write_text(rows)

    builder.write_text(BUILDER.replace('"softmax"', '"sigmoid"'))
    [change] = load_result(load_study(file), searched, out).changes
    assert change.changed == ("the code changed: build in model.py was edited",)
    builder.write_text(BUILDER.replace("1e-3", "1e-2"))
    with pytest.raises(ResumeError, match=r"the search space changed in rate \(low from 0\.001"):
        load_result(load_study(file), searched, out)

    # Whoever can write to a database says which files the studies in it are made of.
    builder.write_text("raise RuntimeError('this code must not run')")
    stored = load_result(load_searched_study(file), None, out)
    assert stored.best.state == "complete"
    with pytest.raises(InputError, match="code that only a database names is not loaded"):
        stored.prepared  # noqa: B018


@pytest.mark.usefixtures("undrawn")
def test_a_ledger_without_the_record_is_read_with_builder_and_data(searched: Path) -> None:
    study = load_study(searched / "study.yaml")
    out = searched / "out"
    place = (study.storage, out, study.name, study.objectives[0])
    with Ledger.open(*place) as ledger:
        header = ledger.header
        record = StudyRecord.from_header(header)
        assert record is not None
        assert StudyRecord.from_header({KEY: record.to_dict()}) == record
        ledger.set_header({key: value for key, value in header.items() if key != KEY})
    result = load_result(study, searched, out)
    assert result.data.fingerprint == record.data.fingerprint
    assert result.data.findings == record.data.findings
    (searched / "points.csv").unlink()
    with pytest.raises(DataError, match=r"points\.csv"):
        load_result(study, searched, out)
