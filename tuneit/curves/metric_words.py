"""What metrics are called where people read, in sentences, tables and charts alike."""

from __future__ import annotations

WORDS = {
    "accuracy": "accuracy",
    "auc": "AUC",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "bleu": "BLEU",
    "brier": "Brier score",
    "cer": "CER",
    "correlation": "correlation",
    "cosine_similarity": "cosine similarity",
    "cross_entropy": "cross-entropy",
    "deviance": "Poisson deviance",
    "dice": "Dice",
    "f1": "F1",
    "f_beta": "F-beta",
    "hamming_loss": "Hamming loss",
    "iou": "IoU",
    "log_cosh": "log-cosh",
    "log_loss": "log loss",
    "macro_f1": "macro F1",
    "mae": "MAE",
    "map": "mAP",
    "map50": "mAP50",
    "mape": "MAPE",
    "mcc": "MCC",
    "mean_dice": "mean Dice",
    "mean_iou": "mean IoU",
    "median_ae": "median error",
    "micro_f1": "micro F1",
    "mse": "MSE",
    "msle": "MSLE",
    "pixel_accuracy": "pixel accuracy",
    "pr_auc": "PR AUC",
    "precision": "precision",
    "psnr": "PSNR",
    "r2": "R²",
    "recall": "recall",
    "rmse": "RMSE",
    "roc_auc": "ROC AUC",
    "sequence_accuracy": "sequence accuracy",
    "specificity": "specificity",
    "ssim": "SSIM",
    "subset_accuracy": "subset accuracy",
    "token_accuracy": "token accuracy",
    "top5_accuracy": "top-5 accuracy",
    "wer": "WER",
    "weighted_f1": "weighted F1",
}
"""The words for each metric, by the name that it has in JSON and in learning curves."""


def called(name: str) -> str:
    """A metric's words: `F1`, `cross-entropy`; names without a row stay as they are."""
    return WORDS.get(name, name)
