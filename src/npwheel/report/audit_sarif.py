"""Render an audit as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from npwheel import __version__
from npwheel.audit.model import Finding, Rule, WheelReport
from npwheel.core.terminal import plain

_LEVELS = {"error": "error", "warning": "warning", "note": "note", "unchecked": "error"}
_UNREADABLE = "NPA000"


def render(reports: Iterable[WheelReport], rules: Iterable[Rule]) -> str:
    """One run; a wheel's member is a logical location, as SARIF's files are not in archives."""
    results = [result for report in reports for result in _results(report)]
    named = {rule.id: rule for rule in rules}
    used = sorted({result["ruleId"] for result in results})
    driver = {
        "name": "npwheel",
        "version": __version__,
        "rules": [_rule(id, named.get(id)) for id in used],
    }
    document = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(document, indent=1)


def _rule(id: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": id, "shortDescription": {"text": "found by another tool, or unreadable"}}
    return {
        "id": id,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _results(report: WheelReport) -> list[dict[str, Any]]:
    findings = list(report.findings)
    if report.error:
        findings.append(Finding(_UNREADABLE, "unchecked", "", report.error, "fetch it again"))
    return [
        {
            "ruleId": finding.id,
            "level": _LEVELS[finding.severity],
            "message": {"text": plain(f"{finding.message}. Fix: {finding.fix}")},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(os.fsencode(report.file))}
                    },
                    "logicalLocations": [
                        {"fullyQualifiedName": plain(finding.where or report.file)}
                    ],
                }
            ],
        }
        for finding in findings
    ]
