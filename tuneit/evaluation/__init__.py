"""Predictions in, numbers out: how good a model is, beside a predictor that learned nothing."""
