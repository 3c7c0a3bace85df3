"""NPA203: code that the loader has to patch."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each such file."""
    for module in subject.elf_modules:
        if module.textrel:
            yield rule.found("DT_TEXTREL is set, expected none", module.path)


RULE = Rule(
    id="NPA203",
    title="text relocations",
    severity="warning",
    what="A library's code contains addresses that the loader must write into it.",
    why=(
        "musl does not load such a library, nor do SELinux and other policies that forbid writable "
        "code. It comes from objects that were compiled without -fPIC."
    ),
    fix="compile every object with -fPIC, assembler files included; link with -Wl,-z,text",
    check=check,
    sources=("https://wiki.gentoo.org/wiki/Hardened/Textrels_Guide",),
)
