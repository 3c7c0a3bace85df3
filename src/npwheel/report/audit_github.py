"""Render an audit as GitHub Actions annotations (workflow commands)."""

from __future__ import annotations

from collections.abc import Iterable

from npwheel.audit.model import WheelReport
from npwheel.report.audit_text import headline

_COMMANDS = {"error": "error", "unchecked": "error", "warning": "warning", "note": "notice"}


def render(reports: Iterable[WheelReport]) -> str:
    """Return one annotation per finding, and one per wheel that could not be read."""
    lines: list[str] = []
    for report in reports:
        if report.error:
            lines.append(_command("error", f"npwheel: {report.file}", headline(report)))
        for finding in report.findings:
            place = f"{report.file}: {finding.where}" if finding.where else report.file
            body = f"{place}\n{finding.message}\nfix: {finding.fix}"
            lines.append(_command(_COMMANDS[finding.severity], f"npwheel {finding.id}", body))
    return "\n".join(lines)


def _command(command: str, title: str, body: str) -> str:
    return f"::{command} title={_property(title)}::{_data(body)}"


def _data(text: str) -> str:
    """Escape text as the runner's toolkit does; names in a wheel may contain any character."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
