"""The ledger: the store of a study's trials, kept as an Optuna study."""

from tuneit.ledger.store import JOURNAL, LOCK, Ledger

__all__ = ["JOURNAL", "LOCK", "Ledger"]
