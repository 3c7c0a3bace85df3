"""NPA202: a library that wants an executable stack."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each such file."""
    for module in subject.elf_modules:
        if module.exec_stack:
            yield rule.found(
                "PT_GNU_STACK is executable (RWE), expected RW: glibc 2.41 and later, and "
                "SELinux, refuse to load it",
                module.path,
            )


RULE = Rule(
    id="NPA202",
    title="executable stack",
    severity="error",
    what="An ELF file asks the loader to make the stack executable.",
    why=(
        "glibc 2.41 and later answer dlopen() with `cannot enable executable stack as shared "
        "object requires: Invalid argument`; SELinux policies refuse it too. It mostly comes from "
        "an assembler file without a .note.GNU-stack section."
    ),
    fix="link with -Wl,-z,noexecstack, or `patchelf --clear-execstack` (0.18 or later)",
    check=check,
    sources=("CTranslate2#1849", "NixOS/patchelf#456"),
)
