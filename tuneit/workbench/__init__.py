"""Preparing a study: everything that it needs to run is loaded or made."""

from tuneit.workbench.prepared import PreparedStudy
from tuneit.workbench.preparing import prepare

__all__ = ["PreparedStudy", "prepare"]
