"""Everything that uses Keras: the only package that imports keras, tensorflow or keras_tuner.

`recipe` is what all trials share. Trainers take a recipe and train proposals: `single` one after
another, `workers/` in processes side by side, `cohort/` many in one program. `builders/` builds
models and finds the search space, `fitting/` trains a proposal, `saving/` writes and reads models,
`models/` reads facts from models, `probes/` measures inside them, and `user_code/` imports the
user's files and digests them. Importing the package loads none of the three libraries;
`keras_loader.load_keras` does, silently.
"""
