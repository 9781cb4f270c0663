"""The best trial of a search as an estimator of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError

if TYPE_CHECKING:
    from tuneit.result import SearchResult
    from tuneit.training.estimator import TunedClassifier, TunedRegressor


def estimator_of(result: SearchResult) -> TunedClassifier | TunedRegressor:
    """The best trial as an estimator, as `SearchResult.best_estimator` returns it."""
    from tuneit.training.estimator import TunedClassifier, TunedRegressor

    best, study, data = result.best, result.study, result.prepared.dataset
    output, *more = data.outputs
    single = not isinstance(data.train.x, (dict, tuple)) and not more and not output.positions
    if not single or output.task == "multilabel":
        raise InputError(
            "an estimator of scikit-learn takes one array of features and has one target, but this "
            "model has others: use best_model()"
        )
    given: dict[str, Any] = {
        "builder": result.prepared.builder,
        "space": result.space,
        "params": dict(best.params),
        "epochs": best.best_epoch or best.epochs,
        "batch_size": int(best.params.get("batch_size") or study.batch_size),
        "scale": study.data.scale,
        "seed": best.seed,
    }
    if output.task != "classification":
        return TunedRegressor(**given)
    weighed = "balanced" if study.data.class_weight == "balanced" else None
    return TunedClassifier(**given, one_hot=study.data.one_hot, class_weight=weighed)
