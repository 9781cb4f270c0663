"""Probes: measurements inside a model, on one fixed sample of its training rows.

Each probe is a function of a model, or of values measured in it, that yields findings. All run in
inference mode, eagerly, on at most 256 rows. They change no weights, moving averages or random
states, and cost about as much as one batch.
"""
