"""What is fuzzed: a wheel file from its first byte to the text and JSON that are printed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.report import audit_json, audit_sarif, audit_text

FOLDER = Path(tempfile.mkdtemp(prefix="npwheel-fuzz-wheel-"))
NAME = "pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
RULES = catalogue.all_rules()


def one(data: bytes) -> None:
    """Audit a file of these bytes. An exception, or one that the audit swallowed, is a finding."""
    path = FOLDER / NAME
    path.write_bytes(data)
    report = audit_wheel(path, RULES)
    if "please report this" in report.error:
        raise AssertionError(report.error)
    audit_text.render([report], True)
    audit_json.render([report])
    audit_sarif.render([report], RULES)
    if [entry.name for entry in FOLDER.iterdir()] != [NAME]:
        raise AssertionError("the audit wrote a file")
