"""A problem in a study, and the error that lists them all."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from dataclasses import dataclass

from tuneit.errors import Location, StudyFileError
from tuneit.errors.harmless import for_line, without_passwords

MOST_SHOWN = 20
"""The most problems that one error lists; a file with more is probably not a study."""

LONGEST_MESSAGE = 600
"""The most characters of one problem; the middle of a longer one is left out."""


class _Short(reprlib.Repr):
    """Hides passwords before it shortens a text, which could remove the `@` that marks them."""

    def repr_str(self, x: str, level: int) -> str:
        return super().repr_str(without_passwords(x), level)


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = 60


def shortened(text: str, most: int) -> str:
    """A text without its middle where it has more than `most` characters."""
    return text if len(text) <= most else f"{text[: most * 2 // 3]} … {text[-most // 3 :]}"


@dataclass(frozen=True)
class Override:
    """A `--set key.path=value`, or an option such as `--trials=5`; `index` counts them from 0."""

    text: str
    index: int = 0

    def __str__(self) -> str:
        text = shortened(without_passwords(self.text), LONGEST_MESSAGE // 4)
        return text if text.startswith("--") else f"--set {text}"


Origin = Location | Override | None
"""Where a value comes from: the file, the command line, or Python (None)."""


@dataclass(frozen=True)
class Problem:
    """One sentence about one value."""

    origin: Origin
    message: str

    def __str__(self) -> str:
        # One line for each problem, even if a name in the study has line breaks.
        message = shortened(for_line(self.message), LONGEST_MESSAGE)
        return message if self.origin is None else f"{self.origin}: {message}"

    def rank(self, first_file: str) -> tuple[int, str, int, int]:
        """Sort key: the study file by line, then other files, then overrides."""
        if isinstance(self.origin, Location):
            other = self.origin.file != first_file
            return (int(other), self.origin.file, self.origin.line, self.origin.column)
        return (2, "", self.origin.index if self.origin else 0, 0)


def study_file_error(problems: Iterable[Problem], file: str = "") -> StudyFileError:
    """Return the error that lists the problems, one a line, in the order of the file."""
    ordered = sorted(problems, key=lambda problem: problem.rank(file))
    distinct = list({str(problem): problem for problem in ordered}.values())
    if len(distinct) > MOST_SHOWN:
        more = len(distinct) - MOST_SHOWN
        message = f"and {more} more problems from here on: correct those above first"
        distinct[MOST_SHOWN:] = [Problem(distinct[MOST_SHOWN].origin, message)]
    return StudyFileError("\n".join(map(str, distinct)))


def shown(value: object) -> str:
    """Return a value as messages show it: shortened, and spelled as in YAML."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _SHORT.repr(value)
