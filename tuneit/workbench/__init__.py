"""Prepare a study: load or make everything that it needs to run."""

from tuneit.workbench.prepared import PreparedStudy
from tuneit.workbench.preparing import prepare

__all__ = ["PreparedStudy", "prepare"]
