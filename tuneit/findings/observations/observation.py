"""What an observation is: a finding that is no verdict."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.findings.example import Example
from tuneit.findings.remedy import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that depends on a finding that is no verdict.

    `meaning` says it in a sentence or two, `refuted_by` what would show that it was wrong. `rule`
    is the function that yields it, as `module:function` below `tuneit`: its docstring is the rule
    in words, and the numbers are the constants that it uses. `plan` are the actions that it calls
    for; where it calls for none by itself, `advice` says what to do. `example` is a run with it,
    of findings on learning curves. `verdict` is the word of a run with such a finding where it is
    critical, whatever the rest of its curve shows.
    """

    meaning: str
    rule: str
    refuted_by: str
    plan: Plan | None = None
    advice: str = ""
    example: Example | None = None
    verdict: str = ""
