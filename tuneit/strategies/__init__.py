"""Search strategies, one file for each."""
