"""Charts. Each is an object that holds computed values, and draws them with `plot(ax=None)`."""
