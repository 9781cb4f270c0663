"""Charts: a value object computed from values first, then drawn with `plot(ax=None)`."""
