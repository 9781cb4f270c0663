"""`none` stops no trial."""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.strategies.pruners.rule import Standing


@dataclass(frozen=True)
class Never:
    """Lets every trial train to its end."""

    def judge(self, standing: Standing) -> str | None:
        """Return None."""
        return None
