"""Worker processes: trials that train side by side.

`trainer` is the `Trainer`: it gives proposals to free workers, and trains a proposal again whose
worker died. `pool` starts, replaces and ends the workers. `process` is a worker as the parent sees
it, `child` the code that runs in it. They exchange `messages`; `remote_observer` asks the trainer
for a trial in another process. `shared_recipe` is the file with which all workers get the recipe.
`sandbox` builds models in a worker before there is any trial.

Workers are started as fresh interpreters, not by multiprocessing: its `spawn` would run the
user's script again in each of them.
"""
