"""Worker processes: trials that train side by side.

`trainer` is the `Trainer`: it hands proposals to whichever worker is free, and
trains again what a worker took down with it. `pool` keeps the workers; `process` is one of them
as the parent sees it, `child` as it sees itself; they exchange `messages`, and a `parcel` holds
what all trials share. `sandbox` builds models in a worker before there is any trial.

Workers are started as fresh interpreters, not by multiprocessing: its `spawn` would run the
user's script again in each of them.
"""
