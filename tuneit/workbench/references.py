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

_OTHERS = "other_folds"
"""In that entry, the models of all folds but the first."""


def reference_models(
    header: dict[str, Any], prepared: PreparedStudy, view: View
) -> tuple[ReferenceModels, ...]:
    """Return the study's reference models; fit them if the header has none of these data.

    With folds there are some for each fold, fitted on its training rows and scored on its
    validation rows. None are there if the study wants none.
    """
    wanted, data = prepared.study.diagnosis, prepared.data.fingerprint
    if not wanted.reference_models:
        return ()
    count, kept = max(1, prepared.data.folds), header.get(_KEY)
    if kept is not None and kept["data"] == data and 1 + len(kept.get(_OTHERS, ())) == count:
        return recorded_references(header, prepared.study)
    from tuneit.data.references import fit_references

    view.preparing("fitting reference models")
    seconds = wanted.reference_time / count
    fitted = tuple(
        fit_references(prepared.dataset.of_execution(fold), seconds) for fold in range(count)
    )
    models, *others = (reference.to_dict() for reference in fitted)
    header[_KEY] = {"data": data, "models": models, **({_OTHERS: others} if others else {})}
    return fitted


def recorded_references(header: Header, study: Study) -> tuple[ReferenceModels, ...]:
    """Read back the reference models by fold; none if the study wants none, or none were fitted.

    Earlier versions fitted those of the first fold alone.
    """
    kept = header.get(_KEY)
    if kept is None or not study.diagnosis.reference_models:
        return ()
    return tuple(map(ReferenceModels.from_dict, (kept["models"], *kept.get(_OTHERS, ()))))
