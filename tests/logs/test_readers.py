"""Any training log → learning curves, and one sentence for what is no log."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from log_texts import KERAS, framed, scalar_event, write_events

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.errors import LogError
from tuneit.findings import Reference
from tuneit.logs import Run, find_logs, read_runs, run_from


def written(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def only(path: Path) -> Run:
    (run,) = read_runs(path)
    return run


# ------------------------------------------------------------------ tables


def test_a_keras_csv_counts_epochs_from_one(tmp_path: Path) -> None:
    run = only(written(tmp_path, KERAS))
    assert list(run.curve.epochs) == list(range(1, 9))
    assert set(run.curve.series) == {"loss", "val_loss", "accuracy", "val_accuracy"}
    assert run.unknown == ()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("loss,val_loss", {"loss", "val_loss"}),
        ("train_loss,valid_loss", {"loss", "val_loss"}),
        ("Epoch,Train Loss,Val Loss,Val Acc (%)", {"loss", "val_loss", "val_accuracy"}),
        ("epoch,trainLoss,valLoss,lr", {"loss", "val_loss", "learning_rate"}),
        ("epoch;train/loss;val/loss", {"loss", "val_loss"}),
        ("step\tloss\teval_loss", {"loss", "val_loss"}),
        ("loss,test_loss,test_acc", {"loss", "val_loss", "val_accuracy"}),
        ("mae,val_mae,root_mean_squared_error,R²", {"mae", "val_mae", "rmse", "r2"}),
        ("loss,val_loss,dice_coef,val_dice_coef,auc_1", {"loss", "val_loss", "dice", "val_dice",
                                                         "auc"}),
        ("seg_loss,val_seg_loss", {"loss", "val_loss"}),
        ("phase1_loss,phase1_val_loss", {"loss", "val_loss"}),
        ("phase1_loss,phase1_val_loss,dice", {"loss", "val_loss", "dice"}),
        ("epoch loss val_loss", {"loss", "val_loss"}),
    ],
)  # fmt: skip
def test_names_that_people_use(tmp_path: Path, header: str, expected: set[str]) -> None:
    delimiter = next((d for d in ",;\t" if d in header), " ")
    width = len(header.split(delimiter))
    rows = [delimiter.join(str(round(0.9 / (i + 1), 4)) for _ in range(width)) for i in range(4)]
    if header.lower().startswith(("epoch", "step")):
        rows = [f"{i}{delimiter}{row.partition(delimiter)[2]}" for i, row in enumerate(rows)]
    run = only(written(tmp_path, "\n".join([header, *rows])))
    assert set(run.curve.series) == expected


def test_unknown_columns_are_listed_not_guessed(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch,loss,val_loss,wibble,notes\n1,1,1,3,a\n2,.5,.6,4,b\n"))
    assert run.unknown == ("wibble", "notes")
    assert set(run.curve.series) == {"loss", "val_loss"}


def test_percent_becomes_fraction(tmp_path: Path) -> None:
    run = only(written(tmp_path, "loss,acc,val_acc\n1,55.0,50\n.5,91.5,80\n"))
    np.testing.assert_allclose(run.curve["accuracy"], [0.55, 0.915])
    np.testing.assert_allclose(run.curve["val_accuracy"], [0.5, 0.8])
    marked = only(written(tmp_path, "loss,acc\n1,55 %\n.5,91.5%\n"))
    np.testing.assert_allclose(marked.curve["accuracy"], [0.55, 0.915])


def test_a_header_written_again_does_not_end_a_run_whose_epochs_go_on(tmp_path: Path) -> None:
    text = "epoch,loss\n0,3\n1,2\nepoch,loss\n2,1.5\n3,1\n"
    assert only(written(tmp_path, text)).curve.to_dict() == {"loss": [3, 2, 1.5, 1]}
    again = written(tmp_path, "epoch,loss\n0,3\n1,2\nepoch,loss\n0,3\n1,2.5\n")
    assert [len(run.curve) for run in read_runs(again)] == [2, 2]
    uncounted = written(tmp_path, "loss,acc\n3,.1\n2,.2\nloss,acc\n1,.5\n")
    assert [len(run.curve) for run in read_runs(uncounted)] == [2, 1]


def test_appended_runs_are_split(tmp_path: Path) -> None:
    body = KERAS.partition("\n")[2]
    for text in (f"{KERAS}\n{body}\n{body}", f"{KERAS}\n{KERAS}\n{KERAS}"):
        runs = read_runs(written(tmp_path, text))
        assert [len(run.curve) for run in runs] == [8, 8, 8]
        assert len({run.name for run in runs}) == 3


def test_a_resumed_run_goes_on(tmp_path: Path) -> None:
    lines = "epoch,loss\n0,1\n1,.9\n2,.8\n3,.7\n2,.75\n3,.65\n4,.6\n"
    run = only(written(tmp_path, lines))
    np.testing.assert_allclose(run.curve["loss"], [1, 0.9, 0.75, 0.65, 0.6])
    later = only(written(tmp_path, "epoch,loss\n20,.5\n21,.4\n22,.3\n"))
    assert list(later.curve.epochs) == [20, 21, 22]


def test_lightning_rows_of_one_epoch_are_merged(tmp_path: Path) -> None:
    text = (
        "epoch,step,train_loss,val_acc,val_loss\n"
        "0,49,0.9,,\n0,99,0.7,,\n0,99,,0.5,0.8\n"
        "1,149,0.5,,\n1,199,0.3,,\n1,199,,0.7,0.6\n"
    )
    curve = only(written(tmp_path, text, "metrics.csv")).curve
    np.testing.assert_allclose(curve["loss"], [0.8, 0.4])
    np.testing.assert_allclose(curve["val_loss"], [0.8, 0.6])


def test_ragged_empty_and_cut_rows(tmp_path: Path) -> None:
    text = "epoch,loss,val_loss\n0,1,1.1\n1,0.5\n\n2,,\n3,0.4,0.6,9\n4,0.3"
    curve = only(written(tmp_path, text)).curve
    np.testing.assert_allclose(curve["loss"], [1, 0.5, 0.4, 0.3])
    assert math.isnan(curve["val_loss"][1])
    assert list(curve.epochs) == [1, 2, 4, 5]


def test_an_index_without_a_name(tmp_path: Path) -> None:
    run = only(written(tmp_path, ",loss,val_loss\n0,1,2\n1,.5,1\n"))
    np.testing.assert_allclose(run.curve["loss"], [1, 0.5])


def test_decimal_commas_and_wrapped_numbers(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch;loss;val_loss\n1;0,9;1,1\n2;0,5;0,7\n"))
    np.testing.assert_allclose(run.curve["loss"], [0.9, 0.5])
    tensor = only(written(tmp_path, "loss,val_loss\n\"tensor(0.9, device='cuda:0')\",[0.5]\n"))
    assert tensor.curve.at("loss", 1) == 0.9


def test_utf16_and_a_byte_order_mark(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-8-sig"):
        assert len(only(written(tmp_path, KERAS.encode(encoding))).curve) == 8


def test_an_absurd_counter_is_no_counter(tmp_path: Path) -> None:
    curve = only(written(tmp_path, "epoch,loss\n1,1\n1e308,.5\n3,.4\n")).curve
    assert len(curve) <= 3
    assert curve.epochs.max() <= 3


def test_one_epoch_is_a_run(tmp_path: Path) -> None:
    assert len(only(written(tmp_path, "epoch,loss,val_loss\n0,1.0,1.1\n")).curve) == 1


def test_nan_of_a_diverged_run_stays(tmp_path: Path) -> None:
    from tuneit.diagnosis import diagnose_curve

    text = "epoch,loss,lr\n" + "".join(f"{i},{1 + i},0.1\n" for i in range(4)) + "4,nan,0.1\n"
    run = only(written(tmp_path, text))
    assert len(run.curve) == 5
    assert diagnose_curve(run.curve).verdict == "diverged"


# ------------------------------------------------------------------ JSON

HISTORY = {"loss": [1.0, 0.5, 0.4], "val_loss": [1.1, 0.7, 0.6]}
ROWS = [{"epoch": i, "loss": a, "val_loss": 1.2 * a} for i, a in enumerate((1.0, 0.5, 0.4))]


@pytest.mark.parametrize(
    "data",
    [
        HISTORY,
        {"history": HISTORY, "params": {"epochs": 3}},
        {name: {str(i): v for i, v in enumerate(values)} for name, values in HISTORY.items()},
        ROWS,
        {"epochs": ROWS},
        {"model_a": HISTORY},
        {**HISTORY, "config": {"lr": 0.1}, "best": 0.6},
    ],
)
def test_json_histories(tmp_path: Path, data: Any) -> None:
    curve = only(written(tmp_path, json.dumps(data), "history.json")).curve
    np.testing.assert_allclose(curve["loss"], [1.0, 0.5, 0.4])
    assert len(curve["val_loss"]) == 3


def test_more_digits_than_python_reads_as_a_whole_number(tmp_path: Path) -> None:
    digits = "9" * 5_000
    text = f'{{"loss": {{"{digits}": {digits}, "0": 0.5, "1": 0.25}}}}'
    [run] = read_runs(written(tmp_path, text.encode(), "digits.json"))
    assert run.curve["loss"].tolist() == [0.5, 0.25, math.inf]


def test_several_runs_in_one_json(tmp_path: Path) -> None:
    runs = read_runs(written(tmp_path, json.dumps({"a": HISTORY, "b": HISTORY}), "runs.json"))
    assert [run.name for run in runs] == ["runs/a", "runs/b"]


def test_json_lines(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(row) for row in ROWS)
    assert len(only(written(tmp_path, text, "log.jsonl")).curve) == 3


def test_a_hugging_face_trainer_state(tmp_path: Path) -> None:
    history: list[dict[str, float]] = []
    for epoch in range(1, 4):
        history.append({"loss": 1.0 / epoch + 0.1, "epoch": epoch - 0.5, "step": 10 * epoch - 5})
        history.append({"loss": 1.0 / epoch - 0.1, "epoch": epoch, "step": 10 * epoch})
        history.append({"eval_loss": 1.1 / epoch, "eval_accuracy": 0.5, "epoch": epoch})
    history.append({"train_runtime": 9.0, "train_loss": 0.6, "epoch": 3})
    state = {"best_metric": None, "log_history": history}
    curve = only(written(tmp_path, json.dumps(state), "trainer_state.json")).curve
    np.testing.assert_allclose(curve["loss"], [1, 1 / 2, 1 / 3])
    np.testing.assert_allclose(curve["val_loss"], [1.1, 1.1 / 2, 1.1 / 3])


# ------------------------------------------------------------------ TensorBoard


@pytest.mark.parametrize("tensor", [True, False])
def test_keras_tensorboard_folders(tmp_path: Path, tensor: bool) -> None:
    for folder, scale in (("train", 1.0), ("validation", 2.0)):
        write_events(
            tmp_path / "run" / folder / "events.out.tfevents.1.host",
            [
                scalar_event(tag, step, scale * value / (step + 1), tensor=tensor)
                for step in range(5)
                for tag, value in (("epoch_loss", 1.0), ("epoch_accuracy", 0.4))
            ],
        )
    assert len(find_logs(tmp_path)) == 1
    run = only(tmp_path)
    assert run.name == "run"
    np.testing.assert_allclose(run.curve["loss"], [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5], rtol=1e-6)
    np.testing.assert_allclose(run.curve["val_loss"], 2 * run.curve["loss"], rtol=1e-6)
    np.testing.assert_allclose(run.curve["val_accuracy"], 2 * run.curve["accuracy"], rtol=1e-6)


def test_a_cut_event_file_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.2"
    write_events(path, [scalar_event("Loss/train", i, 1.0, tensor=False) for i in range(6)])
    path.write_bytes(path.read_bytes()[:-9])
    assert len(only(path).curve) == 5
    assert any("ends within a record" in note for note in only(path).notes)


def test_events_without_scalars(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.3"
    write_events(path, [])
    with pytest.raises(LogError, match="no scalars"):
        read_runs(path)


# ------------------------------------------------------------------ objects


def test_a_curve_from_anything() -> None:
    import pandas as pd

    keras = SimpleNamespace(history=HISTORY, epoch=[0, 1, 2])
    arrays = {name: np.array(values) for name, values in HISTORY.items()}
    for history in (HISTORY, keras, pd.DataFrame(HISTORY), ROWS, arrays):
        np.testing.assert_allclose(run_from(history).curve["val_loss"][0], 1.1, rtol=0.1)
    curve = LearningCurve.from_history(HISTORY)
    assert run_from(curve).curve is curve


def test_a_resumed_history_keeps_its_epochs() -> None:
    keras = SimpleNamespace(history=HISTORY, epoch=[10, 11, 12])
    assert list(run_from(keras).curve.epochs) == [10, 11, 12]


def test_validation_every_second_epoch() -> None:
    curve = run_from({"loss": [4.0, 3, 2, 1], "val_loss": [3.5, 1.5]}).curve
    assert np.isnan(curve["val_loss"]).tolist() == [True, False, True, False]


@pytest.mark.parametrize("history", [42, None, {}, {"loss": "abc"}, {"a": [1, 2]}, [], object()])
def test_what_is_no_history(history: object) -> None:
    with pytest.raises(LogError):
        run_from(history)


# ------------------------------------------------------------------ bad input

BAD = {
    "empty.csv": b"",
    "blank.csv": b"  \n \n",
    "header.csv": b"epoch,loss\n",
    "numbers.csv": b"1,2,3\n4,5,6\n",
    "text.csv": b"epoch,loss\n0,good\n1,bad\n",
    "nan.csv": b"epoch,loss,val_loss\n0,nan,nan\n1,nan,nan\n",
    "unknown.csv": b"a,b\n1,2\n",
    "binary.csv": bytes(range(256)),
    "latin.csv": "epoch,loss,größe\n1,2,3\n".encode("latin-1"),
    "delimiter.csv": b"epoch:loss:val_loss\n1:2:3\n",
    "broken.json": b'{"loss": [1, 2',
    "power.json": '{"²": 1}'.encode(),
    "powers.json": '{"loss": {"²": 1, "³": 2}}'.encode(),
    "other.json": b'{"name": "x", "values": [1, 2, 3]}',
    "number.json": b"42",
    "deep.json": b"[" * 100_000,
    "events.out.tfevents.9": b"\x00\x01\x02 no events" * 9,
    "prose.txt": b"It was a dark and stormy night.\n",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(LogError) as caught:
        read_runs(written(tmp_path, BAD[name], name))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(tmp_path))


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(LogError):
            read_runs(path)


def test_a_folder_answers_for_its_good_logs(tmp_path: Path) -> None:
    written(tmp_path, KERAS, "good.csv")
    written(tmp_path, b"", "bad.csv")
    written(tmp_path, KERAS, "notes.md")
    assert [Path(run.source).name for run in read_runs(tmp_path)] == ["good.csv"]
    assert [path.name for path in find_logs(tmp_path)] == ["bad.csv", "good.csv"]


def test_huge_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    with pytest.raises(LogError, match="too much"):
        read_runs(path)


CELL = st.one_of(
    st.floats(width=32).map(str), st.sampled_from(["", "nan", "inf", "NA", "x", "1e999", "-", "5%"])
)
HEADER = st.sampled_from(
    ["epoch", "loss", "val_loss", "Train Acc (%)", "val_acc", "lr", "step", "", "what", "time"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_table_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    header = data.draw(st.lists(HEADER, min_size=1, max_size=6))
    rows = data.draw(st.lists(st.lists(CELL, max_size=7), max_size=12))
    delimiter = data.draw(st.sampled_from([",", ";", "\t", "|", " "]))
    text = "\n".join(delimiter.join(row) for row in [header, *rows])
    read_or_refused(written(tmp_path, text))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=200),
    st.sampled_from(["a.csv", "a.json", "a.txt", "events.out.tfevents.1"]),
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, name: str) -> None:
    read_or_refused(written(tmp_path, data, name))
    read_or_refused(written(tmp_path, framed(data), name))


SAID = st.sampled_from(
    ["Epoch 1/9", "Epoch: [2]", "3/9 [=>", "9/9 - 1s", "loss: 0.5", "val_loss: nan", "acc", "0.5",
     "- ", "|", "best", "Test set:", "(0.4)", "[0.1, 0.2]", "[3]\ttrain-logloss:0.5", "%", "\b",
     "\r", "\x1b[1m", "learn: 1e400", "{'loss': 1, 'epoch': 2}", "0:", "step 5:", "lr: 0.1"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(SAID, max_size=6), max_size=12))
def test_any_output_is_read_or_refused(tmp_path: Path, lines: list[list[str]]) -> None:
    text = "\n".join(" ".join(line) for line in lines)
    read_or_refused(written(tmp_path, text, "a.log"))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["loss", "val_loss", "acc", "epoch", "x"]), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(JSON)
def test_any_json_is_read_or_refused(tmp_path: Path, data: Any) -> None:
    read_or_refused(written(tmp_path, json.dumps(data), "a.json"))


def read_or_refused(path: Path) -> None:
    try:
        runs = read_runs(path)
    except LogError:
        return
    assert runs
    for run in runs:
        assert len(run.curve)
        for reference in (Reference(), Reference(n_validation=50, target=0.9, baseline=0.5)):
            assert 0 <= diagnose_curve(run.curve, reference).confidence <= 1


def tuner_project(folder: Path, trials: int = 3) -> Path:
    """A keras-tuner project folder: its own state, and a folder a trial."""
    for number in range(trials):
        observed = {"loss": 0.3, "val_loss": 0.4, "val_accuracy": 0.87}
        metrics = {
            name: {"direction": "min", "observations": [{"value": [value, value], "step": 7}]}
            for name, value in observed.items()
        }
        trial = {
            "trial_id": f"{number:02d}", "hyperparameters": {"values": {"units": 8, "lr": 0.01}},
            "metrics": {"metrics": metrics}, "score": 0.87, "best_step": 7, "status": "COMPLETED",
        }  # fmt: skip
        (folder / f"trial_{number:02d}").mkdir(parents=True)
        (folder / f"trial_{number:02d}" / "trial.json").write_text(json.dumps(trial))
    (folder / "oracle.json").write_text('{"ongoing_trials": {}, "seed": 1}')
    (folder / "tuner0.json").write_text("{}")
    return folder


def test_a_keras_tuner_folder_gives_its_trials_and_says_what_they_lack(tmp_path: Path) -> None:
    project = tuner_project(tmp_path / "project")
    assert [log.name for log in find_logs(project)] == ["trial.json"] * 3
    runs = read_runs(project)
    assert [run.name for run in runs] == ["trial_00", "trial_01", "trial_02"]
    assert list(runs[0].curve.epochs) == [8]
    assert runs[0].curve.at("val_loss", 8) == 0.4
    assert "lr" not in runs[0].curve
    assert any("best epoch" in note for note in runs[0].notes)


def test_a_keras_tuner_trial_that_did_not_complete(tmp_path: Path) -> None:
    trial = {"trial_id": "0", "hyperparameters": {}, "metrics": {"metrics": {}}}
    path = tmp_path / "trial_0" / "trial.json"
    path.parent.mkdir()
    path.write_text(json.dumps(trial))
    with pytest.raises(LogError, match="did not complete"):
        read_runs(path)


def test_a_second_session_that_goes_on_is_counted_on(tmp_path: Path) -> None:
    def rows(losses: list[float]) -> str:
        return "".join(f"{i},{loss},{loss + 0.1}\n" for i, loss in enumerate(losses))

    head = "epoch,loss,val_loss\n"
    first, again = rows([2.0, 1.0, 0.6, 0.4]), rows([0.38, 0.36, 0.35])
    runs = read_runs(written(tmp_path, head + first + again, "on.csv"))
    assert [list(run.curve.epochs) for run in runs] == [[1, 2, 3, 4], [5, 6, 7]]
    runs = read_runs(written(tmp_path, head + first + rows([2.1, 0.9, 0.5]), "anew.csv"))
    assert [list(run.curve.epochs) for run in runs] == [[1, 2, 3, 4], [1, 2, 3]]


def test_the_largest_numbers_have_a_mean(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},1e308\n" for epoch in (1, 1, 1, 2, 3))
    (run,) = read_runs(written(tmp_path, "epoch,loss\n" + rows))
    assert run.curve["loss"][0] == pytest.approx(1e308)
    diagnose_curve(run.curve)


def test_a_validation_loss_of_nothing(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{1 / epoch},0\n" for epoch in range(1, 10))
    (run,) = read_runs(written(tmp_path, "epoch,loss,val_loss\n" + rows))
    diagnose_curve(run.curve, Reference(n_validation=40))
