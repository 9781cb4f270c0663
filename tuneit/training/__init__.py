"""Everything that touches Keras: builders, discovery, trainers, predictions.

The only package that imports keras, tensorflow or keras_tuner. Importing the package itself loads
none of them; `quiet.load_keras` does, silently.
"""
