from __future__ import annotations
def recommend(verdict, findings, context): return ()
