"""The store of a study: its trials, kept as an Optuna study, and the files of its folder."""

from tuneit.ledger.store import JOURNAL, LOCK, Ledger

__all__ = ["JOURNAL", "LOCK", "Ledger"]
