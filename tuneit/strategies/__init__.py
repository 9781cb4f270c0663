"""Search strategies: one file each, and one line in the registry."""
