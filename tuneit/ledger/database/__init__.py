"""Databases that keep trials: SQLite, PostgreSQL and what else SQLAlchemy connects to."""

from tuneit.ledger.database.connection import anchored, close_database, open_database, why_silent
from tuneit.ledger.database.driver import Driver

__all__ = ["Driver", "anchored", "close_database", "open_database", "why_silent"]
