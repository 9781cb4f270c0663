"""Each format that people have: the run that its log holds is read, and the notes say how."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats import BOTH, EPOCHS, FORMATS, LOSS, VAL_ACC, VAL_LOSS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from log_texts import scalar_event, write_events

import tuneit
from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.view import view_of
from tuneit.errors import LogError
from tuneit.logs import Run, find_logs, read_runs, run_from


def written(folder: Path, text: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def only(path: Path, **columns: str) -> Run:
    (run,) = read_runs(path, columns)
    return run


def assert_same(curve: LearningCurve, series: dict[str, list[float]]) -> None:
    measured = {name: values for name, values in curve.series.items() if name != "learning_rate"}
    assert set(measured) == set(series)
    for name, values in series.items():
        np.testing.assert_allclose(measured[name], values, rtol=1e-3, err_msg=name)


@pytest.mark.parametrize("name", FORMATS)
def test_the_run_in_a_log(tmp_path: Path, name: str) -> None:
    form = FORMATS[name]
    run = only(written(tmp_path, form.text, form.name))
    assert_same(run.curve, dict(form.series))
    assert list(run.curve.epochs) == list(range(1, len(EPOCHS) + 1))
    assert len(run.notes) >= len(form.notes)
    for words in form.notes:
        assert any(words in note for note in run.notes), run.notes


def test_detections_are_judged_by_their_mean_average_precision(tmp_path: Path) -> None:
    form = FORMATS["ultralytics_detection"]
    metric = view_of(only(written(tmp_path, form.text, form.name)).curve).metric
    assert metric is not None
    assert metric.name == "map"


def table(**columns: object) -> str:
    """A CSV with an epoch from 1 on and the given columns."""
    lists = {n: v if isinstance(v, list) else [v] * len(EPOCHS) for n, v in columns.items()}
    lists.setdefault("epoch", [i + 1 for i in EPOCHS])
    lines = [",".join(map(str, row)) for row in zip(*lists.values(), strict=True)]
    return "\n".join([",".join(lists), *lines]) + "\n"


# ------------------------------------------------------------------ several runs, several files


def test_an_export_of_several_runs(tmp_path: Path) -> None:
    head = ['"Step"']
    for run in ("calm-fog-1", "lr=0.1 - b"):
        for series in ("train/loss", "val/loss"):
            head += [f'"{run} - {series}{end}"' for end in ("", "__MIN", "__MAX")]
    lines = [",".join(head)]
    for i in EPOCHS:
        one = [v for value in (LOSS[i], VAL_LOSS[i]) for v in [value] * 3]
        other = [f'"{v}"' if i < 8 else '""' for v in one]
        lines.append(",".join([f'"{i}"', *(f'"{v}"' for v in one), *other]))
    first, second = read_runs(written(tmp_path, "\n".join(lines)))
    assert (first.name, second.name) == ("calm-fog-1", "lr=0.1 - b")
    assert_same(first.curve, dict(BOTH))
    assert_same(second.curve, {name: values[:8] for name, values in BOTH.items()})


def test_a_folder_of_mlflow(tmp_path: Path) -> None:
    series = {"loss": LOSS, "val_loss": VAL_LOSS, "val/accuracy": VAL_ACC}
    for run in ("a1", "b2"):
        for name, values in series.items():
            lines = "".join(f"170000000{i:04} {v} {i}\n" for i, v in enumerate(values))
            written(tmp_path, lines, f"mlruns/0/{run}/metrics/{name}")
        written(tmp_path, "artifact_uri: here\n", f"mlruns/0/{run}/meta.yaml")
        written(tmp_path, "0.1", f"mlruns/0/{run}/params/learning_rate")
    runs = read_runs(tmp_path)
    assert [run.name for run in runs] == ["a1", "b2"]
    assert_same(runs[0].curve, {**BOTH, "val_accuracy": VAL_ACC})
    one_file = tmp_path / "mlruns/0/a1/metrics/val/accuracy"
    assert_same(only(one_file).curve, {**BOTH, "val_accuracy": VAL_ACC})
    assert len(find_logs(tmp_path / "mlruns/0/a1/metrics")) == 1
    one_file.write_text("1700000000 much 1\n")
    with pytest.raises(LogError, match="'much' is no number"):
        read_runs(one_file)


def test_event_files_by_step_with_a_later_validation(tmp_path: Path) -> None:
    events = []
    for i in EPOCHS:
        step = 100 * i + 99
        for tag, value in (("val_loss", VAL_LOSS[i]), ("train_loss_epoch", LOSS[i]), ("epoch", i)):
            events.append(scalar_event(tag, step, value, tensor=False))
    end = 100 * len(EPOCHS)
    events += [
        scalar_event("val_loss", end, VAL_LOSS[3], tensor=False),
        scalar_event("epoch", end, len(EPOCHS), tensor=False),
    ]
    write_events(tmp_path / "version_0" / "events.out.tfevents.1.host.1.0", events)
    run = only(tmp_path)
    assert_same(run.curve, dict(BOTH))
    assert "a validation after the end of the training is left out" in run.notes


def test_a_database_of_mlflow(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE runs (run_uuid, name, start_time)")
        database.execute("CREATE TABLE metrics (run_uuid, key, step, value, timestamp, is_nan)")
        for at, run in enumerate(("a1", "b2")):
            database.execute("INSERT INTO runs VALUES (?, ?, ?)", (run, "calm-fog", at))
            for name, values in BOTH.items():
                rows = [(run, name, i, v, i, 0) for i, v in enumerate(values)]
                database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    runs = read_runs(path)
    assert [run.name for run in runs] == ["calm-fog/a1", "calm-fog/b2"]
    assert_same(runs[1].curve, dict(BOTH))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE metrics")
    with pytest.raises(LogError, match="no database of MLflow"):
        read_runs(path)


def test_boosting_results_in_memory() -> None:
    result = {"validation_0": {"rmse": LOSS}, "validation_1": {"rmse": VAL_LOSS}}
    assert_same(run_from(result).curve, {"rmse": LOSS, "val_rmse": VAL_LOSS})
    alone = run_from({"valid_0": {"l2": VAL_LOSS}}).curve
    assert_same(alone, {"val_mse": VAL_LOSS})


def test_a_notebook_has_the_output_of_its_cells(tmp_path: Path) -> None:
    def cell(*texts: str) -> dict[str, object]:
        outputs = [{"output_type": "stream", "text": text.splitlines(True)} for text in texts]
        return {"cell_type": "code", "source": [], "outputs": outputs}

    cells = [cell(), cell("hello"), cell(FORMATS["keras_3_console"].text)]
    path = written(tmp_path, json.dumps({"cells": cells, "nbformat": 4}), "train.ipynb")
    run = only(path)
    assert run.name == "train/cell3"
    assert_same(run.curve, dict(FORMATS["keras_3_console"].series))
    with pytest.raises(LogError, match="no cell of this notebook"):
        read_runs(written(tmp_path, '{"cells": []}', "empty.ipynb"))


@pytest.mark.parametrize("orient", ["split", "records", "index", "columns", "table"])
def test_what_pandas_writes_as_json(tmp_path: Path, orient: Any) -> None:
    import pandas as pd

    text = pd.DataFrame(BOTH).to_json(orient=orient)
    assert_same(only(written(tmp_path, text, "log.json")).curve, dict(BOTH))


@pytest.mark.parametrize("head", ["Name,State,epoch,loss", "number,state,epochs,loss"])
def test_a_table_of_runs_is_no_curve(tmp_path: Path, head: str) -> None:
    rows = "calm-fog-1,finished,9,0.2\ncalm-fog-2,crashed,8,0.3\n"
    with pytest.raises(LogError, match="a table of runs, one a row"):
        read_runs(written(tmp_path, f"{head}\n{rows}"))


# ------------------------------------------------------------------ counters and order


def test_a_constant_column_does_not_count(tmp_path: Path) -> None:
    for text in (table(epochs=200, **BOTH), table(epochs=200, epoch=200, **BOTH)):
        run = only(written(tmp_path, text))
        assert_same(run.curve, dict(BOTH))
    assert any("'epochs' is 200 in every row" in note for note in run.notes)


def test_the_number_of_all_epochs_does_not_count_where_it_changes(tmp_path: Path) -> None:
    planned = [100 if i < 6 else 200 for i in EPOCHS]
    assert_same(only(written(tmp_path, table(epochs=planned, **BOTH))).curve, dict(BOTH))


def test_one_epoch_with_a_row_a_split_is_one_epoch(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch,step,train_loss,val_loss\n0,99,0.5,\n0,99,,0.6\n"))
    assert_same(run.curve, {"loss": [0.5], "val_loss": [0.6]})


def test_rows_backwards_and_rows_in_disorder(tmp_path: Path) -> None:
    head, *lines = table(**BOTH).splitlines()
    for order, words in ((lines[::-1], "from the last epoch to the first"), (
        sorted(lines, key=lambda line: line.split(",")[0][::-1]), "sorted",
    )):  # fmt: skip
        run = only(written(tmp_path, "\n".join([head, *order])))
        if order != lines:
            assert any(words in note for note in run.notes)
        assert_same(run.curve, dict(BOTH))


def test_iterations_without_validation_are_averaged(tmp_path: Path) -> None:
    rows = "".join(f"{20 * i + 19},{2 - i / 1000 + 0.2 * (-1) ** i}\n" for i in range(1000))
    run = only(written(tmp_path, "iteration,total_loss\n" + rows))
    assert len(run.curve) == 100
    np.testing.assert_allclose(run.curve["loss"][[0, -1]], [2 - 0.0045, 1 + 0.0055])
    assert any("stretch of 10 reports" in note for note in run.notes)


def test_reports_by_iteration_are_not_called_epochs(tmp_path: Path) -> None:
    for every, noted in ((20, True), (1, False)):
        rows = "".join(f"{every * i},{2 - i / 100}\n" for i in range(50))
        run = only(written(tmp_path, "iteration,total_loss\n" + rows))
        assert len(run.curve) == 50
        assert any("'epoch' means a report, every 20" in note for note in run.notes) == noted


def test_a_validation_every_other_epoch_is_none_after_the_training(tmp_path: Path) -> None:
    sparse: list[object] = [v if i % 2 else "" for i, v in enumerate(VAL_LOSS)]
    run = only(written(tmp_path, table(loss=LOSS, val_loss=sparse)))
    assert np.isfinite(run.curve["val_loss"]).sum() == len(EPOCHS) / 2
    assert run.notes == ()


# ------------------------------------------------------------------ broken values and texts


def test_one_huge_value_is_no_measurement(tmp_path: Path) -> None:
    values = [1.7e308, *VAL_LOSS[1:]]
    run = only(written(tmp_path, table(loss=LOSS, val_loss=values)))
    assert math.isnan(run.curve["val_loss"][0])
    assert any("1.7e+308, no measurement" in note for note in run.notes)
    last = only(written(tmp_path, table(loss=[*LOSS[:-1], 1e308], val_loss=VAL_LOSS)))
    assert diagnose_curve(last.curve).verdict == "diverged"


def test_a_training_loss_that_ends_as_nan_diverged(tmp_path: Path) -> None:
    losses: list[object] = [*LOSS[:-2], "nan", "nan"]
    run = only(written(tmp_path, table(loss=losses, val_loss=VAL_LOSS)))
    assert diagnose_curve(run.curve).verdict == "diverged"
    # Also where validation had begun to rise: that is likely, NaN is a fact.
    rising = [value + max(0, i - 3) * 0.2 for i, value in enumerate(VAL_LOSS)]
    run = only(written(tmp_path, table(loss=losses, val_loss=rising)))
    assert diagnose_curve(run.curve).verdict == "diverged"
    absent: list[object] = [*LOSS[:-2], "", ""]
    run = only(written(tmp_path, table(loss=absent, val_loss=VAL_LOSS)))
    assert diagnose_curve(run.curve).verdict != "diverged"


def test_nan_between_numbers_means_not_reported(tmp_path: Path) -> None:
    rows = [f"{i},{LOSS[i]},nan\n{i},nan,{VAL_LOSS[i]}\n" for i in EPOCHS]
    run = only(written(tmp_path, "epoch,train_loss,val_loss\n" + "".join(rows)))
    assert_same(run.curve, dict(BOTH))
    ends = only(written(tmp_path, table(loss=LOSS, val_loss=[*VAL_LOSS[:-2], "nan", "nan"])))
    assert any("val_loss is NaN at the end" in note for note in ends.notes)


def test_a_row_of_means_is_no_epoch(tmp_path: Path) -> None:
    run = only(written(tmp_path, table(**BOTH) + "0.5,0.6,mean\n"))
    assert_same(run.curve, dict(BOTH))
    assert any("rows such as 'mean'" in note for note in run.notes)


def test_a_test_after_the_training_is_no_curve(tmp_path: Path) -> None:
    tested: list[object] = ["", *[""] * (len(EPOCHS) - 2), 0.7]
    run = only(written(tmp_path, table(loss=LOSS, test_loss=tested)))
    assert_same(run.curve, {"loss": LOSS})
    assert run.unknown == ("test_loss",)
    form = FORMATS["keras_2_console"]
    later = "313/313 [====] - 1s 2ms/step - loss: 9.9 - accuracy: 0.1\nTest loss: 9.9\n"
    run = only(written(tmp_path, form.text + later, form.name))
    assert_same(run.curve, dict(form.series))
    trained = "".join(f"Epoch {i}/12\n9/9 - 1s - loss: {v}\n" for i, v in enumerate(LOSS, 1))
    later = "3/9 - ETA: 1s - loss: 9.9\r9/9 - 1s - loss: 9.9\n"
    assert_same(only(written(tmp_path, trained + later, "keras.txt")).curve, {"loss": LOSS})


def test_a_header_written_again_after_an_earlier_checkpoint(tmp_path: Path) -> None:
    head, *lines = table(**BOTH).splitlines()
    text = "\n".join([head, *lines[:8], head, *lines[5:]])
    assert_same(only(written(tmp_path, text)).curve, dict(BOTH))


def test_an_empty_validation_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, table(loss=LOSS, val_loss="NA"))
    note = "nothing was validated: 'val_loss' holds no number"
    assert note in only(path).notes
    told = tuneit.diagnose(path)
    assert told.finding("not_validated") is not None
    assert told.confidence < 0.6
    assert f"note: {note}" in str(told)
    assert note.replace("'", "&#x27;") in told._repr_html_()


@pytest.mark.parametrize(
    ("name", "end", "epochs", "words"),
    [
        ("rows_by_split", ",", 12, "the last row is cut off"),
        ("keras_2_console", "125/125", 11, "within its last epoch"),
        ("mmcv", '"loss"', 12, "the last line is cut off"),
    ],
)
def test_a_log_that_is_cut_off(
    tmp_path: Path, name: str, end: str, epochs: int, words: str
) -> None:
    form = FORMATS[name]
    run = only(written(tmp_path, form.text[: form.text.rindex(end)], form.name))
    assert len(run.curve) == epochs
    assert any(words in note for note in run.notes), run.notes


def test_a_document_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="the file was cut off"):
        read_runs(written(tmp_path, '{"loss": [1, 0.5], "val_loss": [1.1, 0.', "history.json"))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(FORMATS)),
    st.integers(0, 3000),
    st.integers(1, 60),
    st.text("1,]", max_size=2),
)
def test_any_damage_is_read_or_refused(
    tmp_path: Path, name: str, start: int, length: int, instead: str
) -> None:
    form = FORMATS[name]
    text = form.text[:start] + instead + form.text[start + length :]
    try:
        runs = read_runs(written(tmp_path, text, form.name))
    except LogError:
        return
    assert all(len(run.curve) for run in runs)


# ------------------------------------------------------------------ roles


def test_what_is_missing_is_named_with_what_was_recognised(tmp_path: Path) -> None:
    path = written(tmp_path, table(trn_obj=LOSS, dev_obj=VAL_LOSS))
    with pytest.raises(LogError) as caught:
        read_runs(path)
    for words in ("needs a loss", "'epoch' is understood", "'trn_obj', 'dev_obj'", "--map loss="):
        assert words in str(caught.value)
    run = only(path, loss="trn_obj", val_loss="dev_obj")
    assert_same(run.curve, dict(BOTH))
    assert run.columns == {"loss": "trn_obj", "val_loss": "dev_obj"}


def test_a_map_wins_over_guesses(tmp_path: Path) -> None:
    form = FORMATS["fastai"]
    path = written(tmp_path, form.text, form.name)
    assert only(path).guessed
    run = only(path, accuracy="accuracy", loss="train_loss")
    assert "accuracy" in run.curve
    assert not run.guessed
    form = FORMATS["heads_with_prefixes"]
    path = written(tmp_path, form.text, form.name)
    run = only(path, loss="cls_loss", val_loss="val_reg_loss + val_cls_loss")
    np.testing.assert_allclose(run.curve["loss"], [v / 2 for v in LOSS])
    np.testing.assert_allclose(run.curve["val_loss"], VAL_LOSS)


def test_a_map_names_the_counter_and_the_columns_of_an_export(tmp_path: Path) -> None:
    halves = [i / 2 for i in range(2, len(EPOCHS) + 2)]
    text = table(epoch=7, pass_no=halves, **{"r1 - obj": LOSS, "r1 - loss": VAL_LOSS})
    run = only(written(tmp_path, text), loss="r1 - obj", epoch="pass_no")
    assert list(run.curve.epochs) == [1, 2, 3, 4, 5, 6, 7]
    assert run.curve["loss"][0] == LOSS[0]


def test_a_map_reads_json_of_unknown_names(tmp_path: Path) -> None:
    path = written(tmp_path, f'{{"a": {LOSS}, "b": {VAL_LOSS}}}', "log.json")
    with pytest.raises(LogError, match="the keys 'a', 'b'"):
        read_runs(path)
    assert_same(only(path, loss="a", val_loss="b").curve, dict(BOTH))


@pytest.mark.parametrize("text", ["#", "# ", "#\n#\n"])
def test_a_log_of_comments_alone_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LogError, match="holds comments alone"):
        read_runs(written(tmp_path, text))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"loss": "trn_ob"}, "there is no column 'trn_ob' - did you mean 'trn_obj'"),
        ({"loss": "x"}, "its columns are 'trn_obj', 'epoch'"),
        ({"los": "trn_obj"}, "did you mean 'loss'"),
    ],
)
def test_a_map_that_is_wrong(tmp_path: Path, columns: dict[str, str], words: str) -> None:
    with pytest.raises(LogError, match=words):
        read_runs(written(tmp_path, table(trn_obj=LOSS)), columns)


def test_losses_that_pull_against_each_other_are_not_summed(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="'g_loss', 'd_loss'"):
        read_runs(written(tmp_path, table(g_loss=LOSS, d_loss=VAL_LOSS)))


def test_an_own_loss_beside_its_parts_is_the_loss(tmp_path: Path) -> None:
    text = table(loss=LOSS, a_loss=VAL_LOSS, b_loss=VAL_LOSS, val_loss=VAL_LOSS)
    run = only(written(tmp_path, text))
    assert_same(run.curve, dict(BOTH))
    assert run.unknown == ("a_loss", "b_loss")
