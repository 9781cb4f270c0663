"""A metric of one of several outputs is not told as if it were the whole model's."""

from __future__ import annotations

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.curves.metric_words import WORDS, called
from tuneit.curves.series_names import METRICS, output_of
from tuneit.diagnosis import diagnose_curve
from tuneit.evaluation.measures import MEANINGS, Measure
from tuneit.findings import Finding


def a_curve(of: str) -> LearningCurve:
    epochs = np.arange(12.0)
    learned, held = 1 - 0.4 * 0.5**epochs, 0.8 - 0.2 * 0.5**epochs
    losses = {"loss": 0.5**epochs, "val_loss": 0.3 + 0.5**epochs}
    return LearningCurve.from_epochs(
        [
            {name: float(series[n]) for name, series in losses.items()}
            | {f"{of}accuracy": float(learned[n]), f"val_{of}accuracy": float(held[n])}
            for n in range(len(epochs))
        ]
    )


def test_a_finding_names_the_output_whose_metric_it_is_about() -> None:
    found = [f for f in diagnose_curve(a_curve("last_kind_")).findings if "accuracy" in f.summary]
    assert found
    for finding in found:
        assert finding.output == "last_kind"
        assert str(finding) == f"output 'last_kind': {finding.summary}"
        assert "last_kind" not in finding.summary
        assert finding.to_dict()["output"] == "last_kind"
    alone = diagnose_curve(a_curve("")).findings
    assert not any("output" in str(f) or f.output for f in alone)
    assert [f.name for f in alone] == [f.name for f in diagnose_curve(a_curve("kind_")).findings]


def test_a_finding_of_the_whole_model_names_the_output_of_a_metric_that_it_mentions() -> None:
    epochs = np.arange(20.0)
    losses = {"loss": 0.7**epochs, "val_loss": 0.3 + 0.7**epochs + 0.05 * np.maximum(0, epochs - 6)}
    metric = {"kind_accuracy": 1 - 0.4 * 0.5**epochs, "val_kind_accuracy": 0.8 - 0.2 * 0.5**epochs}
    curve = LearningCurve.from_epochs(
        [{k: float(v[n]) for k, v in (losses | metric).items()} for n in range(20)]
    )
    found = diagnose_curve(curve).finding("calibration_loss")
    assert found is not None
    assert found.output == ""
    assert "validation accuracy of output 'kind' held" in found.summary


def test_a_finding_of_an_earlier_version_names_its_output_once() -> None:
    record = diagnose_curve(a_curve("")).findings[0].to_dict()
    del record["output"]
    told = "output 'kind': accuracy is low"
    old = Finding(**{**record, "summary": told, "evidence": {"output": "kind"}})
    assert str(old) == told


def test_an_output_is_read_from_keras_names() -> None:
    assert output_of("val_kind_accuracy", "accuracy") == "kind"
    assert output_of("kind_sparse_categorical_accuracy", "accuracy") == "kind"
    assert output_of("a_b_acc", "accuracy") == "a_b"
    assert output_of("val_accuracy", "accuracy") == output_of("binary_accuracy", "accuracy") == ""


def test_metrics_have_one_table_of_words() -> None:
    assert set(MEANINGS) <= set(WORDS)
    assert Measure("r2", 0.5).label == called("r2") == "R²"
    assert called("cross_entropy") == "cross-entropy"
    assert called("of_my_own") == "of_my_own"
    assert set(METRICS) - set(WORDS) == {"error", "kappa", "perplexity"}  # the name is the word
