"""Reference models of a study: fitted once, and kept in its ledger."""

from __future__ import annotations

from tuneit.findings.reference_models import ReferenceModels
from tuneit.ledger import Ledger
from tuneit.search.protocols import View
from tuneit.study import Study
from tuneit.workbench.prepared import PreparedStudy

_KEY = "reference_models"
"""The entry of a ledger's header that holds them, with the fingerprint of their data."""


def reference_models(ledger: Ledger, prepared: PreparedStudy, view: View) -> ReferenceModels | None:
    """Return the study's reference models; fit them where its ledger has none of these data.

    None where the study wants none.
    """
    wanted, data = prepared.study.diagnosis, prepared.data.fingerprint
    if not wanted.reference_models:
        return None
    kept = ledger.header.get(_KEY)
    if kept is None or kept["data"] != data:
        from tuneit.data.references import fit_references

        view.preparing("fitting reference models")
        models = fit_references(prepared.dataset, wanted.reference_time).to_dict()
        ledger.set_header({**ledger.header, _KEY: {"data": data, "models": models}})
    return recorded_references(ledger, prepared.study)


def recorded_references(ledger: Ledger, study: Study) -> ReferenceModels | None:
    """Read back the reference models; None where the study wants none, or none were fitted."""
    kept = ledger.header.get(_KEY)
    if kept is None or not study.diagnosis.reference_models:
        return None
    return ReferenceModels.from_dict(kept["models"])
