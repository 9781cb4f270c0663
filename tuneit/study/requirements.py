"""Requirements on a study's result, such as `test.f1 >= 0.9` or `verdict != overfitting`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.errors import did_you_mean, one_of
from tuneit.findings.observations import OBSERVATIONS
from tuneit.findings.verdict import Verdict

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}

_SENTENCE = re.compile(r"\s*(\S+?)\s*(>=|<=|==|!=|>|<)\s*(.+?)\s*")

_WORDS: Mapping[str, tuple[str, ...]] = {
    "verdict": tuple(map(str, Verdict)),
    "finding": (*map(str, Verdict), *OBSERVATIONS),
}
"""What is not compared with a number, and the words that it is compared with."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a result must fulfil: `name` stands in the relation `sign` to `value`.

    `name` is a metric (`val_accuracy`, `test.f1`), `verdict` or `finding`. `finding != NAME` holds
    where the diagnosis and the data checks found nothing of that name.
    """

    name: str
    sign: str
    value: float | str

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read a sentence. Raises ValueError with what is wrong in it."""
        found = _SENTENCE.fullmatch(text)
        if found is None:
            raise ValueError(
                f"a check compares a name with a value, such as test.f1 >= 0.9 or verdict != "
                f"overfitting, but is {text[:80]!r}"
            )
        name, sign, value = found.groups()
        if name in _WORDS:
            return cls(name, sign, _word(name, sign, value))
        try:
            return cls(name, sign, float(value))
        except ValueError:
            raise ValueError(f"{name} is compared with a number, not with {value[:40]!r}") from None

    @classmethod
    def not_found(cls, name: str) -> Requirement:
        """The requirement that this is not the verdict, nor a finding.

        Raises ValueError where there is neither a verdict nor a finding of this name.
        """
        kind = "verdict" if name in _WORDS["verdict"] else "finding"
        return cls(kind, "!=", _word(kind, "!=", name))

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.name} {self.sign} {value}"

    def holds(self, measured: Any) -> bool:
        """Whether a measured value fulfils it; of `finding` the value is the set of names."""
        if self.name == "finding":
            return (self.value in measured) == (self.sign == "==")
        return bool(_COMPARED[self.sign](measured, self.value))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a result fulfils a requirement.

    `found` says what was measured, or why nothing was. `problem` is the sentence where the result
    has no metric of this name; "" otherwise.
    """

    requirement: Requirement
    passed: bool
    found: str
    problem: str = ""

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'failed'}  {self.requirement}: {self.found}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {"check": str(self.requirement), "passed": self.passed, "found": self.found}


def sentence(text: str) -> str:
    """Return a requirement's text as it is; raise ValueError if it cannot be read."""
    Requirement.parse(text)
    return text


def _word(name: str, sign: str, value: str) -> str:
    if sign not in ("==", "!="):
        raise ValueError(f"{name} is compared by == or !=, not by {sign}")
    if value not in _WORDS[name]:
        raise ValueError(f"there is no {name} '{value[:40]}'{_nearest(value, _WORDS[name])}")
    return value


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return did_you_mean(name, names) or (f"; there are {one_of(names)}" if len(names) < 20 else "")
