"""Cohorts: trials that share an architecture, trained together as one TensorFlow program.

One member's training step is written as for a single model (`template`), with a scalar of its own
for each member (`batched_scalars`) and its noise drawn per member (`noise`); `program` maps it over
all members and over an epoch. Around it: `structure` says which models are alike,
`supported_layers` what can train in a cohort at all, `prepared_trial` builds, `cohort` trains epoch
by epoch, `capacity` says how many at once, `cost_model` whether it is faster; `trainer` is the
`Trainer` that puts them together.
"""
