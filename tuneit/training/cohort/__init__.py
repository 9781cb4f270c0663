"""Cohorts: trials that share an architecture, trained together as one TensorFlow program.

One member's training step is written as for a single model (`template`), with its numbers lifted
out of it (`lifting`) and its noise drawn per member (`noise`); `program` maps it over all members
and over an epoch. Around it: `structure` says which models are alike, `kinds` what is supported
at all, `candidates` builds, `running` trains a cohort epoch by epoch, `worth` decides how many
at once, and whether; `trainer` is the `Trainer` that puts them together.
"""
