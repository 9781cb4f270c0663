"""Treating a search's best trial: choose treatments, train them in pairs, write the best one."""
