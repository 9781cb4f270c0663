"""The same run as different tools write it down: a name, a file, and what must be read from it.

Each text has the form that its tool writes today or wrote once; the numbers are made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

EPOCHS = range(12)
LOSS = [round(1.5 * 0.8**i + 0.1, 4) for i in EPOCHS]
VAL_LOSS = [round(1.5 * 0.8**i + 0.25, 4) for i in EPOCHS]
ACC = [round(0.95 - 0.6 * 0.8**i, 4) for i in EPOCHS]
VAL_ACC = [round(0.9 - 0.6 * 0.8**i, 4) for i in EPOCHS]
BOTH = {"loss": LOSS, "val_loss": VAL_LOSS}
KERAS = {**BOTH, "accuracy": ACC, "val_accuracy": VAL_ACC}
FASTAI = {**BOTH, "val_accuracy": VAL_ACC}

Curves = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Format:
    """A file's name and text, the series in it, and words of the notes on how it was read."""

    name: str
    text: str
    series: Curves
    notes: tuple[str, ...] = ()


FORMATS: dict[str, Format] = {}


def a_format(
    name: str, series: Curves, *notes: str
) -> Callable[[Callable[[], Iterator[str]]], Callable[[], Iterator[str]]]:
    """Add a function that yields a log's lines to `FORMATS`, under the function's name."""

    def add(lines: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
        FORMATS[lines.__name__] = Format(name, "\n".join(lines()) + "\n", series, notes)
        return lines

    return add


def rows(*columns: Sequence[object], start: int = 0, mark: str = ",") -> Iterator[str]:
    """Rows of a table whose first column counts."""
    for number, row in enumerate(zip(*columns, strict=True), start=start):
        yield mark.join(map(str, (number, *row)))


# ------------------------------------------------------------------ tables


@a_format("results.csv", {
    **BOTH, "val_precision": VAL_ACC, "val_recall": VAL_ACC, "val_map50": VAL_ACC,
    "val_map": VAL_ACC,
}, "sum of 'train/box_loss', 'train/cls_loss' and 'train/dfl_loss'", "name no split")  # fmt: skip
def ultralytics_detection() -> Iterator[str]:
    head = (
        "epoch train/box_loss train/cls_loss train/dfl_loss metrics/precision(B) metrics/recall(B) "
        "metrics/mAP50(B) metrics/mAP50-95(B) val/box_loss val/cls_loss val/dfl_loss lr/pg0 lr/pg1"
    )
    yield ",".join(name.rjust(23) for name in head.split())
    for i in EPOCHS:
        train, val = [[s * total[i] for s in (0.5, 0.3, 0.2)] for total in (LOSS, VAL_LOSS)]
        cells = [i + 1, *train, *[VAL_ACC[i]] * 4, *val, 0.01, 0.01]
        yield ",".join(f"{cell:.9g}".rjust(23) for cell in cells)


@a_format("results.csv", {
    **BOTH, "val_precision": VAL_ACC, "val_map50": VAL_ACC, "val_map": VAL_ACC,
}, "sum of")  # fmt: skip
def yolov5() -> Iterator[str]:
    head = (
        "epoch train/box_loss train/obj_loss train/cls_loss metrics/precision metrics/mAP_0.5 "
        "metrics/mAP_0.5:0.95 val/box_loss val/obj_loss val/cls_loss x/lr0 x/lr1"
    )
    yield ",".join(name.rjust(20) for name in head.split())
    for i in EPOCHS:
        train, val = [[s * total[i] for s in (0.5, 0.3, 0.2)] for total in (LOSS, VAL_LOSS)]
        cells = [i, *train, *[VAL_ACC[i]] * 3, *val, 0.01, 0.01]
        yield ",".join(f"{cell:.9g}".rjust(20) for cell in cells)


@a_format("results.csv", {**FASTAI, "val_top5_accuracy": ACC}, "name no split")
def ultralytics_classification() -> Iterator[str]:
    yield "epoch,time,train/loss,metrics/accuracy_top1,metrics/accuracy_top5,val/loss,lr/pg0"
    for i in EPOCHS:
        yield f"{i + 1},{9.5 * i},{LOSS[i]},{VAL_ACC[i]},{ACC[i]},{VAL_LOSS[i]},0.0001"


@a_format("history.csv", FASTAI, "'accuracy' names no split")
def fastai() -> Iterator[str]:
    yield "epoch,train_loss,valid_loss,accuracy,time"
    yield from rows(LOSS, VAL_LOSS, VAL_ACC, ["00:12"] * len(LOSS))


@a_format("printed.txt", FASTAI, "'accuracy' names no split")
def fastai_printed() -> Iterator[str]:
    yield "epoch     train_loss  valid_loss  accuracy  time    "
    yield from rows(LOSS, VAL_LOSS, VAL_ACC, ["00:12"] * len(LOSS), mark="      ")


@a_format("log.csv", KERAS, "loss is read as the sum of 'reg_loss' and 'cls_loss'")
def heads_with_prefixes() -> Iterator[str]:
    yield "epoch,reg_loss,cls_loss,cls_accuracy,val_reg_loss,val_cls_loss,val_cls_accuracy"
    half, val_half = [v / 2 for v in LOSS], [v / 2 for v in VAL_LOSS]
    yield from rows(half, half, ACC, val_half, val_half, VAL_ACC)


@a_format("log.csv", BOTH)
def titles_above_the_header() -> Iterator[str]:
    yield "Experiment 7: ResNet-18, weighted loss"
    yield "seed 3; started 2024-05-01"
    yield ""
    yield "epoch,loss,val_loss"
    yield from rows(LOSS, VAL_LOSS)


@a_format("log.txt", BOTH)
def numpy_savetxt() -> Iterator[str]:
    yield "# epoch loss val_loss"
    yield from rows(LOSS, VAL_LOSS, mark=" ")


@a_format("log.csv", KERAS)
def rows_by_split() -> Iterator[str]:
    yield "epoch,phase,loss,acc"
    for i in EPOCHS:
        yield f"{i},train,{LOSS[i]},{ACC[i]}"
        yield f"{i},val,{VAL_LOSS[i]},{VAL_ACC[i]}"


@a_format("metrics.csv", FASTAI, "after the end of the training")
def lightning_with_a_later_validation() -> Iterator[str]:
    yield "epoch,step,train_loss_epoch,train_loss_step,val_acc,val_loss"
    for i in EPOCHS:
        yield f"{i},{100 * i + 49},,{LOSS[i] + 0.1},,"
        yield f"{i},{100 * i + 99},,,{VAL_ACC[i]},{VAL_LOSS[i]}"
        yield f"{i},{100 * i + 99},{LOSS[i]},,,"
    yield f"{len(EPOCHS)},{100 * len(EPOCHS)},,,{VAL_ACC[7]},{VAL_LOSS[7]}"


@a_format("mlflow.csv", BOTH)
def mlflow_metric_history() -> Iterator[str]:
    yield "key,value,timestamp,step,run_id"
    for name, values in BOTH.items():
        for i, value in enumerate(values):
            yield f"{name},{value},1700000000{i:03},{i},a1b2"


@a_format("run-day1_validation-tag-epoch_loss.csv", {"val_loss": VAL_LOSS})
def saved_from_tensorboards_page() -> Iterator[str]:
    yield "Wall time,Step,Value"
    for i, value in enumerate(VAL_LOSS):
        yield f"17000000{i:02}.5,{i},{value}"


@a_format("history.csv", BOTH)
def weights_and_biases_history() -> Iterator[str]:
    yield ",_step,_runtime,_timestamp,train/loss,val/loss,epoch"
    for i in EPOCHS:
        yield f"{i},{i},{30 * i},17000000{i:02}.1,{LOSS[i]},{VAL_LOSS[i]},{i}"


@a_format("cv.csv", BOTH, "'test-logloss-mean' is read as validation")
def xgboost_cross_validation() -> Iterator[str]:
    yield ",train-logloss-mean,train-logloss-std,test-logloss-mean,test-logloss-std"
    yield from rows(LOSS, [0.01] * len(LOSS), VAL_LOSS, [0.02] * len(LOSS))


@a_format("log.txt", BOTH)
def a_table_in_markdown() -> Iterator[str]:
    yield "| Epoch | Train Loss | Val Loss |"
    yield "|-------|------------|----------|"
    for i in EPOCHS:
        yield f"| {i + 1} | {LOSS[i]} | {VAL_LOSS[i]} |"


# ------------------------------------------------------------------ JSON and printed Python


def evals_result(train: str, validation: str) -> dict[str, dict[str, list[float]]]:
    """What XGBoost, LightGBM and CatBoost give: a dict of metrics for each set."""
    return {train: {"logloss": LOSS}, validation: {"logloss": VAL_LOSS}}


@a_format("evals.json", BOTH, "'validation_0' is read as training")
def xgboost_sklearn_evals_result() -> Iterator[str]:
    yield json.dumps(evals_result("validation_0", "validation_1"))


@a_format("evals.json", BOTH)
def xgboost_evals_result() -> Iterator[str]:
    yield json.dumps(evals_result("train", "eval"))


@a_format("evals.json", BOTH)
def lightgbm_evals_result() -> Iterator[str]:
    yield json.dumps(evals_result("training", "valid_1"))


@a_format("evals.txt", BOTH)
def catboost_evals_result_printed() -> Iterator[str]:
    yield str(evals_result("learn", "validation"))


@a_format("log.json", BOTH)
def splits_within_series() -> Iterator[str]:
    yield json.dumps({"loss": {"train": LOSS, "val": VAL_LOSS}})


@a_format("history.json", KERAS)
def a_python_dict_in_a_json_string() -> Iterator[str]:
    yield json.dumps(str(KERAS))


@a_format("history.txt", BOTH)
def printed_arrays() -> Iterator[str]:
    yield f"{{'loss': array({LOSS}), 'val_loss': ["
    yield ", ".join(f"np.float32({value})" for value in VAL_LOSS) + "]}"


@a_format("logging.json", {**BOTH, "val_dice": VAL_ACC}, "'mean_fg_dice' names no split")
def nnunet_json() -> Iterator[str]:
    per_class = [[value, value] for value in VAL_ACC]
    yield json.dumps({
        "mean_fg_dice": VAL_ACC, "ema_fg_dice": VAL_ACC, "dice_per_class_or_region": per_class,
        "train_losses": LOSS, "val_losses": VAL_LOSS, "lrs": [0.01] * len(LOSS),
        "epoch_start_timestamps": [1.7e9 + i for i in EPOCHS],
    })  # fmt: skip


@a_format("metrics.json", {
    "loss": LOSS, "val_map": VAL_ACC,
}, "iterations are counted", "'bbox/AP' names no split")  # fmt: skip
def detectron2() -> Iterator[str]:
    for i in EPOCHS:
        for report in range(4):
            step = {"data_time": 0.01, "eta_seconds": 9.5, "iteration": 80 * i + 20 * report + 19}
            jitter = (0.03, -0.03, 0.02, -0.02)[report]
            yield json.dumps({**step, "loss_cls": 0.1, "lr": 0.01, "total_loss": LOSS[i] + jitter})
        yield json.dumps({"bbox/AP": 100 * VAL_ACC[i], "iteration": 80 * i + 79})


@a_format("20240501.log.json", FASTAI)
def mmcv() -> Iterator[str]:
    yield json.dumps({"env_info": "Python 3.8", "seed": 0, "exp_name": "resnet"})
    for i in EPOCHS:
        yield json.dumps({"mode": "train", "epoch": i + 1, "iter": 50, "loss": LOSS[i]})
        scores = {"accuracy_top-1": 100 * VAL_ACC[i], "loss": VAL_LOSS[i]}
        yield json.dumps({"mode": "val", "epoch": i + 1, "iter": 9, **scores})


@a_format("trainer.log", FASTAI)
def hugging_face_printed() -> Iterator[str]:
    for i in EPOCHS:
        yield f"{{'loss': {LOSS[i]}, 'learning_rate': 5e-05, 'epoch': {i + 1}.0}}"
        yield f"{{'eval_loss': {VAL_LOSS[i]}, 'eval_accuracy': {VAL_ACC[i]}, 'epoch': {i + 1}.0}}"
        yield " 10%|#         | 500/5000 [01:00<09:00, 8.3it/s]"
    yield "{'train_runtime': 100.0, 'train_loss': 0.5, 'epoch': 12.0}"


@a_format("log.json", KERAS)
def rows_with_a_dict_a_split() -> Iterator[str]:
    yield json.dumps({
        "config": {"lr": 0.1},
        "history": [
            {
                "epoch": i,
                "train": {"loss": LOSS[i], "acc": ACC[i]},
                "val": {"loss": VAL_LOSS[i], "acc": VAL_ACC[i]},
            }
            for i in EPOCHS
        ],
    })  # fmt: skip


@a_format("metrics.json", BOTH)
def points_a_series() -> Iterator[str]:
    points = {n: [{"step": i, "value": v} for i, v in enumerate(vs)] for n, vs in BOTH.items()}
    yield json.dumps({"metrics": points})


@a_format("log.json", BOTH)
def lists_named_histories() -> Iterator[str]:
    yield json.dumps({"best": 3, "train_loss_history": LOSS, "val_loss_history": VAL_LOSS})


@a_format("log.json", BOTH)
def an_object_an_epoch() -> Iterator[str]:
    losses = zip(LOSS, VAL_LOSS, strict=True)
    yield json.dumps({f"epoch_{i}": {"loss": a, "val_loss": b} for i, (a, b) in enumerate(losses)})


@a_format("log.json", BOTH)
def pairs_of_step_and_value() -> Iterator[str]:
    yield json.dumps({name: list(enumerate(values)) for name, values in BOTH.items()})


# ------------------------------------------------------------------ console output


@a_format("printed.txt", {**BOTH, "val_error": VAL_ACC}, "'error_rate' names no split")
def fastai_1_printed() -> Iterator[str]:
    yield "epoch     train_loss  valid_loss  error_rate"
    yield from rows(LOSS, VAL_LOSS, VAL_ACC, ["(00:12)"] * len(LOSS), start=1, mark="      ")


@a_format("frame.txt", BOTH)
def a_printed_data_frame() -> Iterator[str]:
    yield "    epoch    loss  val_loss"
    yield from rows(range(1, 13), LOSS, VAL_LOSS, mark="   ")


@a_format("clu.log", FASTAI, "console output")
def a_logger_with_steps_in_brackets() -> Iterator[str]:
    for i in EPOCHS:
        at = f"I0501 10:00:{i:02}.123456 140 train.py:88] [{100 * i}]"
        yield f"{at} loss={LOSS[i]}, learning_rate=0.001"
        yield f"{at} eval_loss={VAL_LOSS[i]}, eval_accuracy={VAL_ACC[i]}"


@a_format("skorch.txt", FASTAI)
def skorch_in_colours() -> Iterator[str]:
    yield "  epoch    train_loss    valid_acc    valid_loss     dur"
    yield "-------  ------------  -----------  ------------  ------"
    for i in EPOCHS:
        scores = (
            f"\x1b[36m{LOSS[i]}\x1b[0m  \x1b[32m{VAL_ACC[i]}\x1b[0m  \x1b[35m{VAL_LOSS[i]}\x1b[0m"
        )
        yield f"{i + 1:7d}  {scores}  0.0251"


@a_format("spacy.txt", {"loss": LOSS}, "sum of 'LOSS TOK2VEC' and 'LOSS NER'")
def spacy_console() -> Iterator[str]:
    yield "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  SCORE "
    yield "---  ------  ------------  --------  ------  ------"
    for i in EPOCHS:
        yield f"{i:3d}  {200 * i:6d}  {LOSS[i] / 2:12.5f}  {LOSS[i] / 2:8.5f}   10.00    0.10"


@a_format("train.log", FASTAI, "console output")
def a_logger_with_level_and_place() -> Iterator[str]:
    for i in EPOCHS:
        at = f"2024-05-01 10:00:{i:02}.123 | INFO     | __main__:train:87 - "
        scores = f"train_loss: {LOSS[i]}, val_loss: {VAL_LOSS[i]}, val_acc: {VAL_ACC[i]}"
        yield f"{at}Epoch {i + 1}/12 - {scores}, lr: 1.00e-04"
        yield f"{at}saved the weights of epoch {i + 1}, best epoch 3"


@a_format("imagenet.txt", {**KERAS, "top5_accuracy": ACC, "val_top5_accuracy": VAL_ACC},
          "console output")  # fmt: skip
def means_of_batches_so_far() -> Iterator[str]:
    for i in EPOCHS:
        for batch in (0, 10):
            yield (
                f"Epoch: [{i}][{batch:4d}/5005]\tTime  0.500 ( 0.600)\t"
                f"Loss {9.9 + batch:.4e} ({LOSS[i] + (10 - batch):.4e})\t"
                f"Acc@1  50.00 ( {100 * ACC[i]:.2f})\tAcc@5  90.00 ( {100 * ACC[i]:.2f})"
            )
        yield f"Test: [  0/196]\tTime  1.000 ( 1.000)\tLoss 9.9e+00 ({VAL_LOSS[i]:.4e})"
        yield f" *   Acc@1 {100 * VAL_ACC[i]:.3f} Acc@5 {100 * VAL_ACC[i]:.3f}"


@a_format("keras.txt", KERAS, "console output")
def keras_2_console() -> Iterator[str]:
    yield "2024-05-01 10:00:00.123456: I tensorflow/core/cpu_feature_guard.cc:142] optimized"
    for i in EPOCHS:
        yield f"Epoch {i + 1}/12"
        back = "\b" * 60
        yield (
            f" 60/125 [====>.....] - ETA: 10s - loss: 9.9 - accuracy: 0.5{back}"
            f"125/125 [==========] - 21s 168ms/step - loss: {LOSS[i]} - accuracy: {ACC[i]} - "
            f"val_loss: {VAL_LOSS[i]} - val_accuracy: {VAL_ACC[i]}"
        )
        yield f"Epoch {i + 1:05}: val_loss improved from 9.9 to {VAL_LOSS[i]}, saving model to a.h5"
    yield "Restoring model weights from the end of the best epoch: 3."


@a_format("keras.log", KERAS, "console output")
def keras_3_console() -> Iterator[str]:
    for i in EPOCHS:
        yield f"Epoch {i + 1}/12"
        yield (
            "\x1b[1m  1/782\x1b[0m \x1b[37m━━━━━━━━\x1b[0m \x1b[1m1:02\x1b[0m 80ms/step - "
            "accuracy: 0.1000 - loss: 9.9\r"
            "\x1b[1m782/782\x1b[0m \x1b[32m━━━━━━━━\x1b[0m \x1b[1m5s\x1b[0m 6ms/step - "
            f"accuracy: {ACC[i]} - loss: {LOSS[i]} - val_accuracy: {VAL_ACC[i]} - "
            f"val_loss: {VAL_LOSS[i]} - learning_rate: 1.0000e-03"
        )


@a_format("paddle.txt", KERAS, "console output")
def paddle_console() -> Iterator[str]:
    for i in EPOCHS:
        yield f"Epoch {i + 1}/12"
        yield "step 10/938 - loss: 9.9 - acc: 0.4000 - 10ms/step"
        yield f"step 938/938 [=======] - loss: {LOSS[i]} - acc: {ACC[i]} - 20ms/step"
        yield "Eval begin..."
        yield f"step 157/157 [=======] - loss: {VAL_LOSS[i]} - acc: {VAL_ACC[i]} - 10ms/step"
        yield "Eval samples: 10000"


@a_format("training_log_2020_6_1.txt", {**BOTH, "val_dice": VAL_ACC}, "console output")
def nnunet_1_text() -> Iterator[str]:
    for i in EPOCHS:
        at = f"2020-06-01 12:{i:02}:30.123456: "
        yield f"{at}\nepoch:  {i}"
        yield f"{at}train loss : {LOSS[i]}"
        yield f"{at}validation loss: {VAL_LOSS[i]}"
        per_class = [VAL_ACC[i] + 0.05, VAL_ACC[i] - 0.05]
        yield f"{at}Average global foreground Dice: {per_class}"
        yield f"{at}lr: 0.009"
        yield f"{at}This epoch took 288.0 s\n"


@a_format("training_log_2024_1_1.txt", {**BOTH, "val_dice": VAL_ACC}, "console output")
def nnunet_2_text() -> Iterator[str]:
    for i in EPOCHS:
        at = f"2024-01-01 12:{i:02}:30.123456: "
        yield f"{at}Epoch {i} "
        yield f"{at}Current learning rate: 0.01 "
        yield f"{at}train_loss {LOSS[i]} "
        yield f"{at}val_loss {VAL_LOSS[i]} "
        yield f"{at}Pseudo dice [np.float32({VAL_ACC[i]}), np.float32({VAL_ACC[i]})] "
        yield f"{at}Epoch time: 96.61 s "
        yield f"{at}Yayy! New best EMA pseudo Dice: 0.1 "


@a_format("xgboost.txt", BOTH, "console output")
def xgboost_console() -> Iterator[str]:
    for i in EPOCHS:
        yield f"[{i}]\ttrain-logloss:{LOSS[i]}\teval-logloss:{VAL_LOSS[i]}"


@a_format("lightgbm.txt", BOTH, "console output")
def lightgbm_console() -> Iterator[str]:
    yield "[LightGBM] [Info] Total Bins 2550"
    for i in EPOCHS:
        yield (
            f"[{i + 1}]\ttraining's binary_logloss: {LOSS[i]}\t"
            f"valid_1's binary_logloss: {VAL_LOSS[i]}"
        )
    yield "Early stopping, best iteration is:"
    yield "[4]\ttraining's binary_logloss: 0.3\tvalid_1's binary_logloss: 0.4"


@a_format("catboost.txt", BOTH, "console output", "read as validation")
def catboost_console() -> Iterator[str]:
    yield "Learning rate set to 0.05"
    for i in EPOCHS:
        yield f"{i}:\tlearn: {LOSS[i]}\ttest: {VAL_LOSS[i]}\tbest: 0.01 (0)\ttotal: 50ms"
    yield "bestTest = 0.01"


@a_format("loop.txt", KERAS, "console output")
def a_loop_with_a_line_a_split() -> Iterator[str]:
    for i in EPOCHS:
        yield f"Epoch {i}/24"
        yield "----------"
        yield f"train Loss: {LOSS[i]} Acc: {ACC[i]}"
        yield f"val Loss: {VAL_LOSS[i]} Acc: {VAL_ACC[i]}\n"
    yield "Best val Acc: 0.99"


@a_format("loop.txt", KERAS, "console output")
def a_loop_with_percentages() -> Iterator[str]:
    for i in EPOCHS:
        yield f"Epoch: {i + 1:02} | Epoch Time: 0m 13s"
        yield f"\tTrain Loss: {LOSS[i]} | Train Acc: {100 * ACC[i]:.2f}%"
        yield f"\t Val. Loss: {VAL_LOSS[i]} |  Val. Acc: {100 * VAL_ACC[i]:.2f}%"


@a_format("loop.txt", FASTAI, "console output", "read as validation")
def a_loop_that_prints_batches() -> Iterator[str]:
    for i in EPOCHS:
        for batch, jitter in enumerate((0.05, -0.05)):
            at = f"[{batch * 640}/60000 ({batch}%)]"
            yield f"Train Epoch: {i + 1} {at}\tLoss: {LOSS[i] + jitter:.6f}"
        right = round(10_000 * VAL_ACC[i])
        yield f"\nTest set: Average loss: {VAL_LOSS[i]}, Accuracy: {right}/10000 (55%)\n"


@a_format("loop.txt", BOTH, "console output")
def a_loop_by_iteration() -> Iterator[str]:
    for i in EPOCHS:
        yield f"step {250 * i}: train loss {LOSS[i]}, val loss {VAL_LOSS[i]}"
        yield f"iter {250 * i}: loss 9.9, time 100.20ms, mfu 20.1%"


@a_format("tqdm.log", FASTAI, "console output")
def a_loop_with_tqdm() -> Iterator[str]:
    for i in EPOCHS:
        yield (
            f"Epoch {i + 1}:  50%|##   | 50/100 [00:05<00:05, 9.5it/s, loss=9.9]\r"
            f"Epoch {i + 1}: 100%|#####| 100/100 [00:10<00:00, 9.5it/s, loss={LOSS[i]}]"
        )
        yield f"Epoch {i + 1} val_loss={VAL_LOSS[i]} val_acc={VAL_ACC[i]}"
