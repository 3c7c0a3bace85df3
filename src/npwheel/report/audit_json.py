"""Render an audit as JSON; its schema is `data/audit.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from npwheel.audit.model import Finding, ModuleRow, WheelReport

SCHEMA_VERSION = 1


def render(reports: Iterable[WheelReport]) -> str:
    """Return the JSON document."""
    wheels = [_wheel(report) for report in reports]
    return json.dumps({"schema_version": SCHEMA_VERSION, "wheels": wheels}, indent=1)


def _wheel(report: WheelReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "error": report.error or None,
        "numpy": {
            "floor": report.numpy.floor,
            "ceiling": report.numpy.ceiling,
            "declared": report.numpy.declared,
            "baked": report.numpy.baked or None,
            "reachable_refused": list(report.numpy.refused),
        },
        "modules": [_module(row) for row in report.modules],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _module(row: ModuleRow) -> dict[str, Any]:
    return {
        "path": row.path,
        "binding": row.binding,
        "api": None if row.api is None else f"{row.api:#x}",
        "numpy": row.numpy or None,
        "epoch": row.epoch,
        "cython_sizes": dict(row.cython_sizes),
        "check": row.check,
        "status": row.status,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "where": finding.where,
        "message": finding.message,
        "fix": finding.fix,
        "symbols": list(finding.symbols),
    }
