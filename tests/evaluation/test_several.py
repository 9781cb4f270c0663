from __future__ import annotations

import json

import numpy as np
import pytest

from tuneit.evaluation import NamedEvaluation, SeveralEvaluation, evaluate_predictions


def two_outputs() -> SeveralEvaluation:
    kind = evaluate_predictions("classification", [0, 1], [0, 1], np.eye(2), ["a", "<b>"])
    size = evaluate_predictions("regression", [0.0, 2.0], [1.0, 3.0], [1.0, 2.0])
    return SeveralEvaluation((NamedEvaluation("kind", kind), NamedEvaluation("size", size)))


def test_each_output_has_its_own_numbers_by_name() -> None:
    result = two_outputs()
    assert (result.n, result["size"].task) == (2, "regression")
    assert result.headline().startswith("kind: accuracy 1.0000")
    assert "; size: MAE 0.5" in result.headline()
    assert str(result).splitlines()[1].startswith("size: MAE 0.5")
    with pytest.raises(KeyError):
        result["colour"]


def test_it_goes_to_json_and_to_a_notebook() -> None:
    record = json.loads(json.dumps(two_outputs().to_dict(), allow_nan=False))
    assert [(o["name"], o["task"]) for o in record["outputs"]] == [
        ("kind", "classification"),
        ("size", "regression"),
    ]
    assert "<h4>size</h4>" in two_outputs()._repr_html_()
    assert "&lt;b&gt;" in two_outputs()._repr_html_()
