"""Hypothesis draws the same examples in every run, and no test is timed: machines are shared."""

from hypothesis import settings

settings.register_profile("tuneit", derandomize=True, deadline=None)
settings.load_profile("tuneit")
