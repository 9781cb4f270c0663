"""The plan of each finding, in the order in which findings are worked on."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations import OBSERVATIONS
from tuneit.findings.remedy import Plan
from tuneit.findings.verdict import Verdict

_PLANS: dict[str, Plan | None] = {
    **{str(verdict): verdict.row.plan for verdict in Verdict},
    **{name: observation.plan for name, observation in OBSERVATIONS.items()},
}

PLANS: Mapping[str, Plan] = dict(
    sorted(
        ((name, plan) for name, plan in _PLANS.items() if plan is not None),
        key=lambda item: item[1].stage,
    )
)
"""The plans by finding, in the order of their stages; in a stage verdicts come first."""
