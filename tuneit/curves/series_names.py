"""What the columns of training logs mean: people's names → Keras's names, percent → fraction.

`Val Acc (%)`, `valid_accuracy` and `eval/accuracy` are all `val_accuracy`. A name that is not
known is left out and reported, never guessed: a wrong guess is a wrong diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from tuneit.curves import SCHEDULES, UNFROZEN, VALIDATION_PREFIX, Series
from tuneit.trials import Goal

METRICS: Mapping[str, Goal] = {
    "accuracy": "maximize", "f1": "maximize", "auc": "maximize", "pr_auc": "maximize",
    "dice": "maximize", "iou": "maximize", "map": "maximize", "map50": "maximize",
    "r2": "maximize", "precision": "maximize", "recall": "maximize",
    "top5_accuracy": "maximize", "cosine_similarity": "maximize", "mcc": "maximize",
    "kappa": "maximize", "specificity": "maximize", "correlation": "maximize",
    "psnr": "maximize", "ssim": "maximize", "bleu": "maximize",
    "error": "minimize", "mae": "minimize", "mse": "minimize", "rmse": "minimize",
    "mape": "minimize", "msle": "minimize", "log_cosh": "minimize", "wer": "minimize",
    "cer": "minimize", "perplexity": "minimize",
}  # fmt: skip
"""Metrics that are recognised in logs, the more telling first, and which way is better."""

SHARES = (
    "accuracy", "f1", "auc", "pr_auc", "dice", "iou", "precision", "recall", "top5_accuracy",
    "specificity", "map", "map50", "error",
)  # fmt: skip
"""Metrics in [0, 1]; a log may give them in percent."""

_SPELLINGS = {
    "loss": "loss cost nll ce crossentropy cross_entropy bce criterion total_loss loss_total "
    "epoch_loss avg_loss average_loss mean_loss running_loss overall_loss loss_epoch elbo losses "
    "loss_mean objective_loss logloss log_loss mlogloss binary_logloss multi_logloss "
    "cross_entropy_loss negative_log_likelihood",
    "accuracy": "acc accuracy acc1 top1 top1_acc top1_accuracy acc_top1 categorical_accuracy "
    "sparse_categorical_accuracy binary_accuracy epoch_accuracy epoch_acc mean_accuracy "
    "avg_acc accuracy_score acc_epoch accuracy_epoch epoch_sparse_categorical_accuracy "
    "epoch_categorical_accuracy epoch_binary_accuracy compile_metrics accuracies accs "
    "balanced_accuracy weighted_accuracy pixel_accuracy multiclass_accuracy accuracy_top1 acc_1 "
    "accuracy_top_1",
    "f1": "f1 f1_score fscore f_score f1_macro macro_f1 f1score f1_m weighted_f1 f1_weighted",
    "auc": "auc roc_auc auroc auc_roc rocauc auc_score epoch_auc roc_auc_score",
    "pr_auc": "pr_auc prc auprc auc_pr aucpr auc_prc average_precision average_precision_score",
    "dice": "dice dice_coef dice_coefficient dice_score dsc dice_coeff mean_dice mean_fg_dice "
    "pseudo_dice average_global_foreground_dice",
    "iou": "iou miou mean_iou jaccard jaccard_index iou_score iou_coef jaccard_coef",
    "r2": "r2 r2_score r_squared rsquared r_square r2score coefficient_of_determination",
    "precision": "precision precision_score prec precision_m epoch_precision",
    "recall": "recall recall_score sensitivity rec tpr recall_m epoch_recall",
    "top5_accuracy": "top5 acc5 top5_acc acc_top5 top5_accuracy top_5_accuracy top_k "
    "accuracy_top5 accuracy_top_5 acc_5 "
    "top_k_categorical_accuracy sparse_top_k_categorical_accuracy",
    "cosine_similarity": "cosine_similarity cosine_proximity",
    "mcc": "mcc matthews_corrcoef matthews_correlation",
    "kappa": "kappa cohen_kappa quadratic_kappa qwk",
    "specificity": "specificity tnr",
    "correlation": "pearson pearsonr spearman correlation corr pearson_correlation",
    "psnr": "psnr",
    "ssim": "ssim",
    "bleu": "bleu bleu_score",
    "map": "map map50_95 map_50_95 map_0_5_0_95 mean_average_precision bbox_map bbox_ap",
    "map50": "map50 map_50 map_0_5 bbox_map_50 bbox_ap50",
    "error": "error err error_rate err_rate misclassification_rate classification_error merror "
    "binary_error multi_error",
    "mae": "mae mean_absolute_error l1 epoch_mae mean_abs_error l1_error",
    "mse": "mse mean_squared_error epoch_mse l2_error l2 squared_error",
    "rmse": "rmse root_mean_squared_error epoch_rmse root_mean_square_error",
    "mape": "mape mean_absolute_percentage_error",
    "msle": "msle mean_squared_logarithmic_error",
    "log_cosh": "log_cosh logcosh",
    "wer": "wer word_error_rate",
    "cer": "cer character_error_rate",
    "perplexity": "ppl perplexity",
    "learning_rate": "lr learning_rate learningrate epoch_learning_rate epoch_lr lr_adam lr_sgd "
    "lr_adamw lrs current_learning_rate lr_pg0 x_lr0",
    UNFROZEN: UNFROZEN,
    "epoch": "epoch epochs ep epoch_num epoch_number epoch_idx epoch_index num_epoch epoch_id "
    "n_epoch train_epoch",
    "step": "step steps iteration iterations iter global_step batch batches evaluation_iterations "
    "trainer_global_step train_global_step n_iter",
    "time": "time timestamp seconds duration epoch_time elapsed wall_time runtime date eta "
    "time_s train_time samples_per_second steps_per_second train_runtime eval_runtime "
    "samples_per_sec elapsed_time time_elapsed time_taken total_time "
    "train_samples_per_second train_steps_per_second eval_samples_per_second "
    "eval_steps_per_second grad_norm total_flos num_input_tokens_seen data_time "
    "eta_seconds",
}
_MEANING = {
    spelling: meaning for meaning, spellings in _SPELLINGS.items() for spelling in spellings.split()
}

_TRAIN = ("train", "training", "trn", "tr", "fit", "learn", "trainings")
_VALIDATION = ("val", "valid", "validation", "dev", "eval", "evaluation", "holdout", "vali",
               "validierung", "validierungs")  # fmt: skip
_TEST = ("test", "tst", "testing")
_PART = re.compile(r"^(?:phase|stage|fold|run|exp|experiment|model|trial|cv|part|round)_?(\d+)$")


@dataclass(frozen=True, slots=True)
class SeriesName:
    """What a column is: `meaning` (`loss`, `accuracy`, `epoch`, …), of which split and part.

    `split` is `train`, `validation` or `test`; `part` is what the log itself numbers
    (`phase1`, `fold3`), or an empty string.
    """

    meaning: str
    split: str = "train"
    part: str = ""

    @property
    def is_schedule(self) -> bool:
        """Whether this counts or schedules the epochs instead of measuring the model."""
        return self.meaning in SCHEDULES

    def keras(self) -> str:
        """Keras's name: `loss`, `val_loss`, `learning_rate`; test counts as validation."""
        if self.split == "train" or self.is_schedule:
            return self.meaning
        return f"{VALIDATION_PREFIX}{self.meaning}"


LONGEST_NAME = 200
"""Characters of a column's name that are read."""


def _tokens(name: str) -> list[str]:
    spaced = name[:LONGEST_NAME].strip().replace("mAP", "map").replace("'s ", " ")
    spaced = re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced)
    spaced = re.sub(r"\(.*?\)|\[.*?\]|%", " ", spaced).lower().replace("r²", "r2")
    tokens = [token for token in re.split(r"[^a-z0-9]+", spaced) if token]
    if len(tokens) > 1 and tokens[0] in ("metrics", "metric"):
        return tokens[1:]
    return tokens[:-1] if len(tokens) > 1 and tokens[-1] in ("history", "hist") else tokens


_SPLITS = {
    word: split
    for split, words in (("train", _TRAIN), ("validation", _VALIDATION), ("test", _TEST))
    for word in words
}


def split_of(name: str) -> str | None:
    """The split that a set's name says and nothing else: `training`, `valid_0`, `eval`."""
    splits = {_SPLITS.get(token) for token in _tokens(name) if not token.isdecimal()}
    return splits.pop() if len(splits) == 1 else None


def says_split(name: str) -> bool:
    """Whether a column's name says of which split it is: `train_loss`, but not `loss`."""
    return any(token in _SPLITS for token in _tokens(name))


def stem_of(name: str, meaning: str) -> tuple[str, str]:
    """The part of `meaning` that a column is, and its split: `val/box_loss` is (`box`, validation).

    An empty stem where the column is no part of it. `loss_cls` is read as `cls_loss` is.
    """
    tokens = _tokens(name)
    splits = {_SPLITS[token] for token in tokens if token in _SPLITS}
    rest = [token for token in tokens if token not in _SPLITS]
    if len(rest) < 2 or len(splits) > 1 or meaning not in (rest[0], rest[-1]):
        return "", ""
    parts = rest[:-1] if rest[-1] == meaning else rest[1:]
    return "_".join(parts), next(iter(splits), "train")


def is_known(name: str) -> bool:
    """Whether a column's name is understood."""
    return recognise(name) is not None


@lru_cache(maxsize=4096)
def recognise(name: str) -> SeriesName | None:
    """Read a column's name; None where its meaning is not known.

    `Train Loss`, `valLoss`, `eval/accuracy`, `phase1_val_loss` and `auc_2` are understood.
    """
    tokens = _tokens(name)
    whole = "_".join(tokens)
    if _MEANING.get(whole) in ("time", "epoch", "step"):
        return SeriesName(_MEANING[whole])
    splits = {_SPLITS[token] for token in tokens if token in _SPLITS}
    if len(splits) > 1:
        return None
    rest = [token for token in tokens if token not in _SPLITS]
    if len(rest) > 1 and splits and rest[0].isdecimal():
        # Gradient boosting numbers its evaluation sets: validation_0-rmse.
        rest = rest[1:]
    part = ""
    for width in (2, 1):
        label = "_".join(rest[:width])
        if len(rest) > width and _PART.match(label):
            part, rest = label.replace("_", ""), rest[width:]
            break
    bare = "_".join(rest)
    # Keras numbers a metric's second instance: auc_1, precision_2. XGBoost's cv() gives means.
    meaning = _MEANING.get(bare) or _MEANING.get(re.sub(r"_(?:\d+|mean)$", "", bare))
    if meaning is None:
        return None
    return SeriesName(meaning, next(iter(splits), "train"), part)


def canonical(name: str) -> str:
    """The plain name of a metric, without split: `Val Acc` → `accuracy`; others as they are."""
    known = recognise(name)
    return name.removeprefix(VALIDATION_PREFIX) if known is None else known.meaning


def output_of(name: str, meaning: str) -> str:
    """The model's output that a column is of: `val_kind_accuracy` is the accuracy of `kind`.

    Empty where the name is that of the whole model.
    """
    parts = name.removeprefix(VALIDATION_PREFIX).split("_")
    if recognise(name) is not None:
        return ""
    cuts = (at for at in range(1, len(parts)) if _MEANING.get("_".join(parts[at:])) == meaning)
    return "_".join(parts[: next(cuts, 0)])


def to_fraction(series: Mapping[str, Series]) -> dict[str, Series]:
    """Turn shares given in percent into fractions; a metric's two splits are decided together."""
    result = dict(series)
    for metric in SHARES:
        names = [n for n in (metric, f"{VALIDATION_PREFIX}{metric}") if n in series]
        if not names:
            continue
        values = np.concatenate([series[n] for n in names])
        values = values[np.isfinite(values)]
        if len(values) and 1.5 < values.max() <= 100.5 and values.min() >= 0:
            result.update({n: series[n] / 100.0 for n in names})
    return result


@dataclass(frozen=True)
class NamedColumns:
    """Columns sorted by meaning: per part, Keras's name → the column's own name."""

    parts: Mapping[str, Mapping[str, str]]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def sort_columns(names: Iterable[str]) -> NamedColumns:
    """Give each column its meaning; two columns of one meaning leave the later one unknown.

    A test split stands in for validation only where there is no validation of that metric.
    """
    found: dict[str, dict[str, str]] = {}
    shared: dict[str, str] = {}
    unknown: list[str] = []
    late: list[tuple[str, SeriesName]] = []
    for name in names:
        known = recognise(name)
        if known is None:
            unknown.append(name)
        elif known.is_schedule:
            if known.meaning != "time":
                shared.setdefault(known.meaning, name)
        elif known.split == "test":
            late.append((name, known))
        elif known.keras() in found.setdefault(known.part, {}):
            unknown.append(name)
        else:
            found[known.part][known.keras()] = name
    notes = _only_of_its_kind(found, unknown)
    for name, known in late:
        part = found.setdefault(known.part, {})
        if known.keras() in part:
            unknown.append(name)
        else:
            part[known.keras()] = name
            notes.append(f"'{name}' is read as validation")
    if len(found) > 1 and "" in found and "loss" not in found[""] and "val_loss" not in found[""]:
        # Metrics without a part belong to the only part there is; beside several, to none of them.
        alone = found.pop("")
        only = next(iter(found.values())) if len(found) == 1 else None
        for meaning, name in alone.items():
            if only is None or meaning in only:
                unknown.append(name)
            else:
                only[meaning] = name
    parts = {part: {**shared, **columns} for part, columns in found.items() if columns}
    return NamedColumns(parts, tuple(unknown), tuple(notes))


def _only_of_its_kind(found: dict[str, dict[str, str]], unknown: list[str]) -> list[str]:
    """Read `seg_loss` and `val_seg_loss` as the loss where the log has no other; say so."""
    notes = []
    for meaning in ("loss", "accuracy"):
        if any(f"{prefix}{meaning}" in part for part in found.values() for prefix in ("", "val_")):
            continue
        stems: dict[str, dict[str, str]] = {}
        for name in unknown:
            tokens = [t for t in _tokens(name) if t not in (*_TRAIN, *_VALIDATION)]
            split = VALIDATION_PREFIX if set(_tokens(name)) & set(_VALIDATION) else ""
            if len(tokens) > 1 and _MEANING.get(tokens[-1]) == meaning:
                stems.setdefault("_".join(tokens), {}).setdefault(f"{split}{meaning}", name)
        if len(stems) != 1:
            continue
        for keras, name in next(iter(stems.values())).items():
            found.setdefault("", {})[keras] = name
            unknown.remove(name)
            notes.append(f"'{name}' is read as {keras}")
    return notes
