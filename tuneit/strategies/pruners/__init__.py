"""Pruners, which stop trials that are unlikely to become the best; one file for each rule.

All compare the best value so far: the best weights are restored when a trial ends, so that a bad
epoch after a good one does no harm. A trial that ended earlier by itself (early stopping) is
compared by its final best value. A trial that was pruned earlier, or waits to be continued, is not
compared. A trial that continues another one has the epochs of both.

Options have the names that Optuna gives them; epochs count from 1.
"""
