"""A Ray cluster: trials that train on other machines; needs the extra `[ray]`.

`trainer` is the `Trainer`: it gives proposals to free actors, and trains a proposal again whose
actor died. `actors` starts, replaces and ends the actors of a cluster that `connection` has joined.
`actor` is the code that runs on a node; `outbox` holds what it says to the trainer.
`shared_study` is what all trials share and travels to a node once; `trial_files` are the models and
checkpoints that travel with a trial.
"""
