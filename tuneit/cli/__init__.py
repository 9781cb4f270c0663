"""The command line."""

from tuneit.cli.app import main

__all__ = ["main"]
