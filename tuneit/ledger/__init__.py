"""The ledger: the one store of a study's trials, an Optuna study."""

from tuneit.ledger.store import JOURNAL, LOCK, Ledger

__all__ = ["JOURNAL", "LOCK", "Ledger"]
