"""NPA211: a library that is cut short or contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each file."""
    for module in subject.elf_modules:
        if module.damage:
            severity = "error" if module.truncated else "unchecked"
            yield rule.found(module.damage, module.path, severity)  # type: ignore[arg-type]


RULE = Rule(
    id="NPA211",
    title="a damaged library",
    severity="unchecked",
    what="A file with the name or the first bytes of a library cannot be read as one.",
    why=(
        "It is cut short (then nothing can load it: an error), or its headers contradict the file, "
        "so that nothing about it could be checked."
    ),
    fix="build the wheel again; compare the file with the one that the build made",
    check=check,
)
