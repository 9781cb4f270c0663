"""Treatments: changes of the best model, each compared with it in pairs of trainings.

The modules here load no Keras: they are given an object that builds and trains the models.
"""
