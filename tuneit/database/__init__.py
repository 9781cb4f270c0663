"""Databases that keep trials: SQLite, PostgreSQL and what else SQLAlchemy connects to."""

from tuneit.database.connection import close_database, open_database, why_silent
from tuneit.database.driver import Driver

__all__ = ["Driver", "close_database", "open_database", "why_silent"]
