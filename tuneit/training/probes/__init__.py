"""What curves cannot show: looks inside a model, on one fixed sample of its training rows.

Each probe is a small function of a model (or of what one look at it measured) that yields
findings. All run in inference mode, eagerly, on at most 256 rows: they touch neither weights nor
moving averages nor random states, and cost about as much as one batch.
"""
