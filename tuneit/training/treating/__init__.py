"""Change compiled models as treatments ask, and train the changed models beside the unchanged
one."""
