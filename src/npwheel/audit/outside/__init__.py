"""`--full`: what auditwheel and abi3audit find is taken from them, not done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from npwheel.audit.model import Finding
from npwheel.audit.outside.abi3audit import findings as of_abi3audit
from npwheel.audit.outside.auditwheel import findings as of_auditwheel
from npwheel.audit.subject import Subject


def findings(wheel: Path, subject: Subject) -> Iterator[Finding]:
    """The findings of both tools; a tool that is missing or fails is reported as unchecked."""
    if subject.elf_modules:
        yield from of_auditwheel(wheel, subject)
    if any(tag.abi.startswith("abi3") for tag in subject.tags):
        yield from of_abi3audit(wheel)
