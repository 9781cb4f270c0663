"""What an explanation says of one name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from textwrap import TextWrapper
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.diagnosis.explanations.source import Rule
from tuneit.diagnosis.explanations.text_plot import text_plot
from tuneit.findings.example import Example

WIDTH = 80
"""Columns of the text at most."""

LIMITS = (
    "a ± w: a confidence is 0.5 at a, and 0.73 at a distance of w beyond it; a × f: 0.73 at f "
    "times a. Where a limit names no other source, it was fitted on the fit half of "
    "studies/benchmarks/lab."
)
"""How limits among a rule's numbers are to be read, and where they come from."""


class Kind(StrEnum):
    """What a name is the name of."""

    VERDICT = "verdict"
    FINDING = "finding"
    ACTION = "action"
    KEY = "study key"


_ADVICE = {
    Kind.VERDICT: "What to do",
    Kind.FINDING: "What to do",
    Kind.ACTION: "How",
    Kind.KEY: "In study.yaml",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation:
    """What a verdict, finding, action or key of study.yaml means, and what follows from it.

    `rule` says when tuneit speaks of it, with the numbers and their sources. `advice` is what to
    do, a sentence or line of code each. `refuted_by` says what would show that it was wrong.
    `example` is a run that gets the verdict or finding; of an action, a run with a finding that
    calls for it, whose name is `example_of`. `related` are names of explanations. What a kind of
    name does not have is empty or None.
    """

    name: str
    kind: Kind
    meaning: str
    rule: Rule | None = None
    advice: tuple[str, ...] = ()
    refuted_by: str = ""
    example: Example | None = None
    example_of: str = ""
    related: tuple[str, ...] = ()

    @property
    def curve(self) -> LearningCurve | None:
        """The example's learning curve."""
        return None if self.example is None else LearningCurve.from_history(self.example.history())

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        rule, example = self.rule, self.example
        return {
            "name": self.name,
            "kind": str(self.kind),
            "meaning": self.meaning,
            "rule": None if rule is None else rule.words,
            "source": None if rule is None else rule.file,
            "numbers": [number.to_dict() for number in (rule.numbers if rule else ())],
            "advice": list(self.advice),
            "refuted_by": self.refuted_by or None,
            "related": list(self.related),
            "example": None
            if example is None
            else {
                "of": self.example_of or self.name,
                "target": example.target,
                "history": example.history(),
            },
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    # In a notebook or a console the text itself is what was asked for.
    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        yield f"{self.name} ({self.kind})"
        yield from _wrapped(self.meaning)
        if self.example is not None and self.curve is not None:
            yield from ("", f"Example ({self.example_of})" if self.example_of else "Example")
            yield text_plot(self.curve, self.example.metric)
            if self.example.target is not None:
                yield f"{'':>10}with a target of {self.example.target:g}"
        if self.advice:
            yield from ("", _ADVICE[self.kind])
            for line in self.advice:
                yield from _wrapped(line, "  - ", "    ")
        if self.refuted_by:
            yield from ("", "What would refute it")
            yield from _wrapped(self.refuted_by)
        if self.rule is not None:
            yield from ("", f"The rule ({self.rule.file})")
            for paragraph in self.rule.words.split("\n\n"):
                yield from _wrapped(paragraph)
            if self.rule.numbers:
                yield from ("", "Its numbers")
                for number in self.rule.numbers:
                    said = f"{number.name} = {number.shown}"
                    words = f"{said}: {number.words}" if number.words else said
                    yield from _wrapped(words, rest="      ")
                if any(number.is_limit for number in self.rule.numbers):
                    yield from ("", *_wrapped(LIMITS))
        if self.related:
            yield from ("", "See also")
            yield from _wrapped(", ".join(self.related))


def _wrapped(text: str, first: str = "  ", rest: str = "  ") -> list[str]:
    wrapper = TextWrapper(
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.wrap(text)
