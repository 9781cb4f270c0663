"""Databases that keep trials: SQLite, PostgreSQL and others that SQLAlchemy connects to."""

from tuneit.ledger.database.connection import anchored, close_database, open_database, why_silent
from tuneit.ledger.database.retrying import retried
from tuneit.ledger.database.study_writer import StudyWriter

__all__ = ["StudyWriter", "anchored", "close_database", "open_database", "retried", "why_silent"]
