"""What courses teach of learning curves comes out as taught: a table of curve, verdict, action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from curve_zoo import EPOCHS, after, falling, history, shaken

from tuneit.curves import LearningCurve, Series
from tuneit.diagnosis import AdviceContext, diagnose_curve
from tuneit.evaluation import evaluate_classification
from tuneit.evaluation.row_inputs import RowInputs
from tuneit.findings import Diagnosis, Finding, Recommendation, Reference, Severity
from tuneit.findings.reference_models import (
    BOOSTING,
    LOGISTIC,
    TRIVIAL,
    ReferenceModels,
    ReferenceScore,
)
from tuneit.space import Int, SearchSpace


def gap_of_ten(seed: int) -> dict[str, Series]:
    return history(seed, (0.01, 0.10), (0.04, 0.38))


def bias(seed: int) -> dict[str, Series]:
    return history(seed, (0.14, 0.15), (0.44, 0.47))


def flattens(seed: int) -> dict[str, Series]:
    return history(seed, (0.02, 0.22), (0.05, 0.8), tau=4)


def rises(seed: int) -> dict[str, Series]:
    made = history(seed, (0.02, 0.2), (0.05, 0.6), tau=4)
    made["val_loss"] = made["val_loss"] + after(15, EPOCHS, 0.02)
    return made


def both_poor(seed: int) -> dict[str, Series]:
    return history(seed, (0.35, 0.37), (1.0, 1.05))


def both_good(seed: int) -> dict[str, Series]:
    return history(seed, (0.012, 0.018), (0.05, 0.06))


def straight_and_slow(seed: int) -> dict[str, Series]:
    line = np.linspace(2.30, 2.05, 30)
    return {"loss": shaken(line, 0.0005, seed), "val_loss": shaken(line + 0.01, 0.0005, seed + 1)}


def falls_then_rises(seed: int) -> dict[str, Series]:
    up = np.exp(after(12, 30, 0.16))
    loss = shaken(falling(30, 2.3, 0.7, 4) * up, 0.02, seed)
    return {"loss": loss, "val_loss": shaken(loss * 1.05, 0.02, seed + 1)}


def still_falling(seed: int) -> dict[str, Series]:
    return history(seed, (0.2, 0.22), (0.3, 0.33), epochs=20, tau=15, noise=0.004)


def wobbles_from_the_eighth(seed: int) -> dict[str, Series]:
    rng = np.random.default_rng(seed)
    loss = falling(11, 0.7, 0.05, 4)
    val = falling(11, 0.68, 0.36, 2.5) + after(7, 11, 0.05)
    return {"loss": shaken(loss, 0.01, seed), "val_loss": val + 0.004 * rng.standard_normal(11)}


def swings_with_small_batches(seed: int) -> dict[str, Series]:
    loss = np.abs(shaken(falling(40, 2.0, 0.8, 6), 0.3, seed))
    return {"loss": loss, "val_loss": np.abs(shaken(falling(40, 2.0, 0.9, 6), 0.3, seed + 1))}


def people(error: float) -> Reference:
    return Reference(metric="accuracy", maximize=True, human_error=error)


@dataclass(frozen=True)
class Taught:
    """What is expected: verdict, finding, first action, and actions among or not among all."""

    made: Callable[[int], dict[str, Series]]
    verdict: str
    first: str | None = None
    finding: str | None = None
    reference: Reference = field(default_factory=Reference)
    among: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


TAUGHT: dict[str, Taught] = {
    "D1, 1 % against 10 %": Taught(
        gap_of_ten, "overfitting", "dropout", among=("l2", "more_data"), never=("early_stopping",)
    ),
    "D2, 14 % against 15 %, people err in 1 %": Taught(
        bias, "underfitting", "more_capacity", "underfitting", people(0.01), never=("more_data",)
    ),
    "D2 without a reference": Taught(bias, "healthy", None, "bias_not_judged"),
    "D3, cats and dogs": Taught(
        lambda seed: history(seed, (0.05, 0.055), (0.15, 0.16)),
        "underfitting",
        "more_capacity",
        reference=people(0.005),
    ),
    "D3, radiology": Taught(
        lambda seed: history(seed, (0.045, 0.05), (0.14, 0.15)),
        "healthy",
        "stop",
        "at_the_limit",
        people(0.05),
    ),
    "D4 A, validation flattens": Taught(
        flattens, "overfitting", "dropout", among=("more_data",), never=("more_capacity",)
    ),
    "D4 A, validation rises": Taught(
        rises, "overfitting", "early_stopping", among=("more_data",), never=("more_capacity",)
    ),
    "D4 B, both poor": Taught(
        both_poor, "underfitting", "more_capacity", reference=people(0.05), never=("more_data",)
    ),
    "D4 C, both good": Taught(both_good, "healthy"),
    "D5, training is not acceptable": Taught(
        lambda seed: history(seed, (0.25, 0.30), (0.7, 0.8)),
        "underfitting",
        "more_capacity",
        reference=people(0.02),
        never=("more_data",),
    ),
    "D5, training is, validation is not": Taught(
        gap_of_ten,
        "overfitting",
        "dropout",
        reference=people(0.01),
        among=("more_data",),
        never=("more_capacity",),
    ),
    "D6, slowly in a line": Taught(
        straight_and_slow, "not_converged", "raise_learning_rate", "learning_rate_too_low"
    ),
    "D6, falls, then rises": Taught(falls_then_rises, "diverged", "lower_learning_rate"),
    "D6, steep, then flat and low": Taught(
        lambda seed: history(seed, (0.01, 0.015), (0.03, 0.04), tau=3), "healthy"
    ),
    "D7, still falling": Taught(still_falling, "not_converged", "more_epochs"),
    "D8, from epoch 8 of 11": Taught(wobbles_from_the_eighth, "overfitting", "early_stopping"),
    "D9, small batches": Taught(
        swings_with_small_batches, "unstable", "lower_learning_rate", among=("larger_batch_size",)
    ),
}
"""By rule. D10 to D15 are not about a curve alone: see below, and the tests of wiring (D11), of
evaluations (D13), of advice (D14) and of failed trials (D15); `test_taught_on_real_runs.py` has
all of them on real trainings."""


def diagnosed(taught: Taught, seed: int) -> Diagnosis:
    made = {name: list(values) for name, values in taught.made(seed).items()}
    return diagnose_curve(LearningCurve.from_history(made), taught.reference)


@pytest.mark.parametrize("seed", range(0, 60, 10))
@pytest.mark.parametrize("rule", TAUGHT)
def test_it_comes_out_as_taught(rule: str, seed: int) -> None:
    taught = TAUGHT[rule]
    diagnosis = diagnosed(taught, seed)
    assert diagnosis.verdict == taught.verdict, str(diagnosis)
    actions = [advice.key for advice in diagnosis.recommendations]
    assert (actions[0] if actions else None) == taught.first
    assert set(taught.among) <= set(actions)
    assert not set(taught.never) & set(actions)
    assert taught.finding is None or diagnosis.finding(taught.finding) is not None


UNITS = SearchSpace((Int(name="units", low=4, high=64), Int(name="layers", low=1, high=4)))


def advised(taught: str, params: dict[str, int], *seen: Finding) -> list[Recommendation]:
    """Advice on the curve of a rule, as that of a trial with these hyperparameters."""
    made = {name: list(values) for name, values in TAUGHT[taught].made(0).items()}
    context = AdviceContext(space=UNITS, params=dict(params))
    curve = LearningCurve.from_history(made)
    return list(diagnose_curve(curve, people(0.01), context, seen).recommendations)


def test_d10_capacity_grows_where_training_is_poor_and_other_trials_do_not_gainsay() -> None:
    """Width first, then depth; no more of it where validation has stopped improving."""
    poor = "D2, 14 % against 15 %, people err in 1 %"
    wider = advised(poor, {"units": 16, "layers": 2})[0]
    assert (wider.key, wider.parameter, wider.old, wider.new) == ("more_capacity", "units", 16, 32)
    deeper = advised(poor, {"layers": 2})[0]
    assert (deeper.key, deeper.parameter, deeper.new) == ("more_capacity", "layers", 3)
    no_better = Finding(
        "effect", Severity.INFO, 0.95, "trials with units < 32 had better val_accuracy",
        {"parameter": "units", "better_when": "low"},
    )  # fmt: skip
    keys = [r.key for r in advised(poor, {"units": 16, "layers": 2}, no_better)]
    assert "more_capacity" not in keys
    for settled in ("D4 C, both good", "D1, 1 % against 10 %"):
        assert "more_capacity" not in {r.key for r in advised(settled, {"units": 16})}


def test_d11_layers_without_activations_get_one_before_more_units() -> None:
    """They compute one linear layer: its curve settles where a linear model does, and more units
    would change nothing. What the wiring shows comes first."""
    curve = LearningCurve.from_history({k: list(v) for k, v in both_poor(0).items()})
    write = "write activation='relu' in Dense 'hidden'"
    linear = Finding("no_nonlinearity", Severity.WARNING, 0.9, write, {"write": write})
    for reference, verdict in ((people(0.05), "underfitting"), (Reference(), "healthy")):
        alone = diagnose_curve(curve, reference)
        found = diagnose_curve(curve, reference, seen=[linear])
        assert found.verdict == alone.verdict == verdict
        first = found.recommendations[0]
        assert (first.key, first.reason) == ("missing_activation", write)
        assert "missing_activation" not in {r.key for r in alone.recommendations}


def test_d11_a_network_that_is_as_good_as_a_linear_model_is_weak_where_others_do_better() -> None:
    """The curve of linear layers beside reference models on the same rows."""
    scores = ((TRIVIAL, 0.17), (LOGISTIC, 0.63), (BOOSTING, 0.9))
    models = ReferenceModels(
        tuple(ReferenceScore(n, {"accuracy": v}, {"accuracy": 0.01}) for n, v in scores),
        validation_rows=2000,
    )
    curve = LearningCurve.from_history({k: list(v) for k, v in both_poor(0).items()})
    found = diagnose_curve(curve, Reference("accuracy", models=models, n_validation=2000))
    assert found.verdict == "underfitting"
    assert "gradient boosting reaches accuracy 90.0 %" in found.findings[0].summary


def test_d13_the_pictures_that_a_model_gets_most_wrong_are_shown() -> None:
    said = np.array([[0.9, 0.1], [0.3, 0.7], [0.99, 0.01], [0.2, 0.8]])
    pixels = np.arange(4.0)[:, None, None] * np.ones((4, 5, 5))
    truth = np.array([0, 0, 1, 1])
    inputs = RowInputs(array=pixels)
    worst = evaluate_classification(truth, said, ("cat", "dog"), inputs=inputs).worst
    assert worst is not None
    told = [(row.row, row.true, row.predicted, row.score) for row in worst.rows]
    assert told == [(2, "dog", "cat", 0.01), (1, "cat", "dog", 0.3)]
    assert worst.pictures is not None
    assert worst.pictures.pixels.shape == (2, 5, 5)


def stands_still(seed: int) -> dict[str, Series]:
    line = np.full(30, 1.792)
    return {"loss": shaken(line, 0.0005, seed), "val_loss": shaken(line, 0.0005, seed + 1)}


def overflows(seed: int) -> dict[str, Series]:
    loss = np.concatenate([shaken(1.8 * 8.0 ** np.arange(6), 0.1, seed), np.full(6, np.nan)])
    return {"loss": loss, "val_loss": loss}


@pytest.mark.parametrize(
    ("made", "name", "remedy", "verdict", "lesser"),
    [
        (stands_still, "vanishing_gradients",
         "use activation='relu' and kernel_initializer='he_normal'", "no_learning",
         "batch_normalisation"),
        (overflows, "exploding_gradients", "clip gradients (clipnorm=1)", "diverged",
         "gradient_clipping"),
    ],
)  # fmt: skip
def test_d12_gradients_that_vanish_or_explode_are_mended_first(
    made: Callable[[int], dict[str, Series]],
    name: str,
    remedy: str,
    verdict: str,
    lesser: str,
) -> None:
    """The curve's own verdict stands; what was seen inside the model says what to write."""
    curve = LearningCurve.from_history({k: list(v) for k, v in made(0).items()})
    alone = diagnose_curve(curve)
    seen = Finding(name, Severity.WARNING, 0.95, remedy, {"write": remedy})
    found = diagnose_curve(curve, seen=[seen])
    assert found.verdict == alone.verdict == verdict
    assert found.recommendations[0].key == "mend_the_layers"
    assert found.recommendations[0].reason == remedy
    assert lesser in {r.key for r in alone.recommendations}


@pytest.mark.parametrize("seed", range(3))
def test_bias_without_a_reference_is_asked_for_first(seed: int) -> None:
    bare = diagnosed(TAUGHT["D2 without a reference"], seed)
    assert bare.findings[0].name == "bias_not_judged"
    assert bare.confidence < 0.6
    said = bare.findings[0].summary
    for word in ("no variance problem seen", "is not known", "target", "human_error", "the data"):
        assert word in said
    assert "uncertain" not in {finding.name for finding in bare.findings}


@pytest.mark.parametrize("seed", range(3))
def test_a_finding_of_overfitting_says_what_it_rests_on(seed: int) -> None:
    by_gap = diagnosed(TAUGHT["D1, 1 % against 10 %"], seed).findings[0]
    assert by_gap.evidence["evidence"] == "gap"
    assert "nothing rises" in by_gap.summary
    assert by_gap.evidence["gap"] == pytest.approx(0.09, abs=0.005)
    assert by_gap.evidence["gap_of_error"] == pytest.approx(0.9, abs=0.03)
    both = diagnosed(TAUGHT["D4 A, validation rises"], seed).findings[0]
    assert both.evidence["evidence"] == "rise"
    assert both.evidence["gap"] == pytest.approx(0.18, abs=0.01)
    assert "rose from" in both.summary
    assert "the gap of" in both.summary


def test_the_gap_of_a_classifier_is_that_of_its_accuracy_though_the_loss_is_the_objective() -> None:
    asked = Reference(metric="loss", maximize=False, baseline=1.8, n_validation=1000)
    found = diagnosed(Taught(gap_of_ten, "overfitting", reference=asked), 0).findings[0]
    assert found.name == "overfitting"
    assert found.evidence["quantity"] == "accuracy"


@pytest.mark.parametrize("seed", range(5))
def test_a_small_gap_near_the_ceiling_is_named_and_harmless(seed: int) -> None:
    made = history(seed, (0.0, 0.014), (0.003, 0.05))
    bare = diagnosed(Taught(lambda _: made, "healthy"), seed)
    assert bare.verdict == "healthy"
    # Of few rows the gap would not even be certain.
    many = Taught(lambda _: made, "healthy", reference=Reference(n_validation=5000))
    diagnosis = diagnosed(many, seed)
    assert diagnosis.verdict == "healthy"
    gap = diagnosis.finding("generalisation_gap")
    assert gap is not None
    assert "whether it does harm is not" in gap.summary
    assert not diagnosis.recommendations


def test_a_gap_that_still_closes_or_was_there_at_once_is_no_overfitting() -> None:
    t = np.arange(40)
    train = falling(40, 0.8, 0.02, 4)
    closing = {"accuracy": 1 - train, "val_accuracy": 1 - falling(40, 0.8, 0.02, 25)}
    assert "overfitting" not in verdicts_of(closing)
    at_once = {
        "accuracy": 1 - falling(40, 0.6, 0.05, 6),
        "val_accuracy": 1 - (falling(40, 0.6, 0.05, 6) + 0.25 + 0.002 * (-1.0) ** t),
    }
    assert "overfitting" not in verdicts_of(at_once)


def test_a_gap_of_losses_must_be_wide() -> None:
    narrow = {"loss": falling(40, 1.0, 0.1, 5), "val_loss": falling(40, 1.0, 0.2, 5)}
    wide = {"loss": falling(40, 1.0, 0.02, 5), "val_loss": falling(40, 1.0, 0.5, 5)}
    assert verdicts_of(narrow) == {"healthy"}
    assert verdicts_of(wide) == {"overfitting"}


def test_a_gap_that_costs_a_known_target_needs_no_other_scale() -> None:
    error = {"mae": falling(40, 0.8, 0.08, 5), "val_mae": falling(40, 0.8, 0.16, 5)}
    assert verdicts_of(error) == {"healthy"}
    asked = Reference(metric="mae", maximize=False, target=0.05, baseline=0.8)
    assert verdicts_of(error, asked) == {"overfitting"}
    near = Reference(metric="mae", maximize=False, target=0.15, baseline=0.8)
    assert verdicts_of(error, near) == {"healthy"}


def verdicts_of(made: dict[str, Series], reference: Reference | None = None) -> set[str]:
    shaken_ones = (
        {
            name: list(shaken(values, 0.004, 7 * seed + i))
            for i, (name, values) in enumerate(made.items())
        }
        for seed in range(5)
    )
    curves = map(LearningCurve.from_history, shaken_ones)
    return {str(diagnose_curve(curve, reference).verdict) for curve in curves}
