"""The values that a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuneit.diagnosis.comparison import Comparison
from tuneit.diagnosis.importance import Importances
from tuneit.evaluation import Evaluation
from tuneit.evaluation.images import Images
from tuneit.findings import Diagnosis, Finding
from tuneit.findings.reference_models import ReferenceModels
from tuneit.space import SearchSpace
from tuneit.study import Study
from tuneit.study.requirements import Outcome
from tuneit.treatments.outcome import Treatments
from tuneit.trials import Objective, Trial, TrialState, ranked
from tuneit.trials.named_metric import named_metric
from tuneit.trials.trivial import Trivial


@dataclass(frozen=True, eq=False)
class ReportContent:
    """The values of a search that its report shows.

    `study_text` is the study as YAML, `code` the source of its builder where it is known. `best` is
    the best complete trial, or None; `diagnosis` and `evaluation` are that trial's. `untested` is a
    sentence that says why there is no evaluation. `objective_on_test` is the objective's metric on
    the test split, None where it is unknown; `looks` is the number of evaluations of this study on
    its test split. `data` describes the dataset in JSON-ready values. `stopped` is a sentence
    that says why the search ended. `trivial` is the score of a model that ignores its input.
    `data_findings` are those of the data checks. `others` are the objectives beside `objective`,
    the primary one. `changes` are sentences on changes of the code, the data or the space between
    trials. `reference_models` are the scores of simple models on the validation rows, None if none
    were wanted; `compared` has the best trial beside the best of them, in each quantity that they
    share. `treatments` are the results of `tuneit treat`, None if it was not run. `checks` says
    which requirements the result fulfils. `augmented` are pictures of training rows before and
    after augmentation.
    """

    study: Study
    study_text: str
    objective: Objective
    space: SearchSpace
    trials: Sequence[Trial]
    best: Trial | None = None
    diagnosis: Diagnosis | None = None
    evaluation: Evaluation | None = None
    untested: str = ""
    looks: int = 0
    objective_on_test: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    importances: Importances = field(default_factory=Importances)
    versions: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    interrupted: bool = False
    trivial: Trivial = field(default_factory=Trivial)
    data_findings: Sequence[Finding] = ()
    others: Sequence[Objective] = ()
    changes: Sequence[str] = ()
    reference_models: ReferenceModels | None = None
    compared: Sequence[Comparison] = ()
    treatments: Treatments | None = None
    checks: Sequence[Outcome] = ()
    code: str = ""
    augmented: Sequence[Images] = ()

    @property
    def ranked(self) -> list[Trial]:
        """Complete trials, best first."""
        return ranked(self.trials, self.objective)

    @property
    def ordered(self) -> list[Trial]:
        """All trials: complete ones best first, then pruned, failed and running ones."""
        complete = self.ranked
        known = {t.number for t in complete}
        rest = [t for t in self.trials if t.number not in known]
        return complete + sorted(rest, key=lambda t: (_REST.index(t.state), t.number))

    def named(self, metric: str) -> str:
        """The metric's name, followed by the positive class if the metric is about that class."""
        return named_metric(metric, self.data)

    @property
    def duration_s(self) -> float:
        """Seconds spent training, all trials together."""
        return sum(t.duration_s for t in self.trials)


# COMPLETE is in the list because a complete trial may have no usable score.
_REST = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED, TrialState.RUNNING)
