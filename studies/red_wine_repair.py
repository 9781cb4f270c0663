"""Puts back the decimal points that some copies of the table of red wines have lost.

    python studies/red_wine_repair.py red_wine.csv red_wine_repaired.csv

A density of 100369 is 1.00369, and 956666666666667 % of alcohol are 9.56666666666667.
"""

import sys

import pandas as pd

MOST = {"density": 1.1, "alcohol": 20.0, "volatile acidity": 2.0}
"""More than any wine has."""


def repaired(table):
    table = table.copy()
    for name, most in MOST.items():
        while (high := table[name] > most).any():
            table.loc[high, name] = table.loc[high, name] / 10
    return table


if __name__ == "__main__":
    source, destination = sys.argv[1:]
    repaired(pd.read_csv(source)).to_csv(destination, index=False)
