"""Outcomes of requirements as JUnit XML, which CI servers show."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from tuneit.errors.harmless import for_line
from tuneit.study.requirements import Outcome


def junit_xml(study: str, outcomes: Sequence[Outcome]) -> str:
    """Return a suite with a test case for each requirement."""
    failed = sum(not one.passed for one in outcomes)
    suite = ElementTree.Element(
        "testsuite",
        {"name": f"tuneit {study}", "tests": str(len(outcomes)), "failures": str(failed)},
    )
    for one in outcomes:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": study, "name": for_line(str(one.requirement))}
        )
        if not one.passed:
            found = for_line(one.found)
            ElementTree.SubElement(case, "failure", {"message": found}).text = found
    ElementTree.indent(suite)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, "unicode") + "\n"
    )
