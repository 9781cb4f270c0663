"""Reference models of a study: fitted once, and kept in its ledger."""

from __future__ import annotations

from typing import Any

from tuneit.findings.reference_models import ReferenceModels
from tuneit.search.protocols import View
from tuneit.study import Study
from tuneit.workbench.differences import Header
from tuneit.workbench.prepared import PreparedStudy

_KEY = "reference_models"
"""The entry of a ledger's header that holds them, with the fingerprint of their data."""


def reference_models(
    header: dict[str, Any], prepared: PreparedStudy, view: View
) -> ReferenceModels | None:
    """Return the study's reference models; fit them if the header has none of these data.

    None if the study wants none.
    """
    wanted, data = prepared.study.diagnosis, prepared.data.fingerprint
    if not wanted.reference_models:
        return None
    kept = header.get(_KEY)
    if kept is None or kept["data"] != data:
        from tuneit.data.references import fit_references

        view.preparing("fitting reference models")
        models = fit_references(prepared.dataset, wanted.reference_time).to_dict()
        header[_KEY] = {"data": data, "models": models}
    return recorded_references(header, prepared.study)


def recorded_references(header: Header, study: Study) -> ReferenceModels | None:
    """Read back the reference models; None if the study wants none, or none were fitted."""
    kept = header.get(_KEY)
    if kept is None or not study.diagnosis.reference_models:
        return None
    return ReferenceModels.from_dict(kept["models"])
