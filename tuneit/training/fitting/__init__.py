"""Training the model of a trial, execution by execution."""
