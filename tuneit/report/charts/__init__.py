"""Charts: each is a value computed first, and drawn by its `plot(ax=None)`."""
