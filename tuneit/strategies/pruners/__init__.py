"""Pruners, which stop trials that are unlikely to become the best: one file a rule, and one line in
the registry.

All compare best-so-far values: the best weights are restored when a trial ends, so that a bad
epoch after a good one costs nothing. A trial that ended by itself (early stopping) before the
epoch in question stands with its final best; one that was pruned or paused before it does not
count. A trial that continues a paused one's training stands for both.
Options bear the names that Optuna gives them; epochs count from 1.
"""
