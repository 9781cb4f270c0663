"""A study with everything that it needs laid out."""

from tuneit.workbench.bench import Workbench, lay_out

__all__ = ["Workbench", "lay_out"]
