"""Render the audit of all wheels of a release: a table, then each rule's findings once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from npwheel.audit.model import Finding, WheelReport
from npwheel.report.audit_text import finding_lines, loads_on, plain_line

_HEAD = ("Python", "platform", "NumPy", "found")


def render(reports: Sequence[WheelReport]) -> str:
    """Return the table and the findings of errors, warnings and what could not be checked."""
    rows = [_HEAD, *map(_row, reports)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append(plain_line("  " + "  ".join([*cells, row[-1]])))
    return "\n".join([*lines, *_findings(reports)])


def _row(report: WheelReport) -> tuple[str, ...]:
    parts = report.file.removesuffix(".whl").split("-")
    python, platform = (f"{parts[-3]}-{parts[-2]}", parts[-1]) if len(parts) > 4 else ("", "")
    names = platform.split(".")
    platform = next((n for n in names if n.startswith(("manylinux_", "musllinux_"))), names[0])
    if report.error:
        return python, platform, "", f"could not check: {report.error}"
    counts: dict[str, int] = {}
    for finding in report.findings:
        if finding.severity != "note":
            counts[f"{finding.severity} {finding.id}"] = 1
    loads = loads_on(report.numpy).removeprefix("loads on NumPy ")
    return python, platform, loads, ", ".join(counts) or "nothing"


def _findings(reports: Sequence[WheelReport]) -> Iterator[str]:
    """Each rule's first finding, with the number of wheels in which there are others."""
    first: dict[str, tuple[str, Finding]] = {}
    wheels: dict[str, set[str]] = {}
    for report in reports:
        for finding in report.findings:
            if finding.severity != "note":
                key = f"{finding.severity} {finding.id}"
                first.setdefault(key, (report.file, finding))
                wheels.setdefault(key, set()).add(report.file)
    for key, (file, finding) in first.items():
        others = len(wheels[key]) - 1
        yield plain_line(f"{file}" + (f", and {others} more wheels" if others else ""))
        yield from finding_lines(finding)
