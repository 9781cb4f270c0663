"""Model files, weights files and checkpoints: writing them, reading them, predicting."""
