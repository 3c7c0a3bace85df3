"""NPA403: metadata that cannot be understood."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each fault."""
    for fault in subject.metadata.faults:
        yield rule.found(fault)
    for what in subject.metadata.unread:
        yield rule.found(f"{what}: not read", severity="unchecked")


RULE = Rule(
    id="NPA403",
    title="metadata that cannot be understood",
    severity="warning",
    what="METADATA, WHEEL or RECORD is missing or has a line that the standards do not allow.",
    why="Installers refuse the wheel or ignore the line; a requirement that is ignored is not met.",
    fix="correct the project's metadata and build again; `twine check --strict` shows more",
    check=check,
    sources=("https://packaging.python.org/en/latest/specifications/core-metadata/",),
)
