"""Treatments: a recommendation applied and measured in pairs of trainings.

Everything here works on values. What builds and trains models is an argument.
"""
