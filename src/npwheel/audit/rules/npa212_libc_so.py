"""NPA212: `libc.so` by its development name in a musl wheel."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each file that needs `libc.so`."""
    if not subject.is_musl:
        return
    for module in subject.elf_modules:
        if "libc.so" in module.needed:
            yield rule.found(
                "needs libc.so, expected libc.musl-ARCH.so.1", module.path, symbols=("libc.so",)
            )


RULE = Rule(
    id="NPA212",
    title="musl by its development name",
    severity="warning",
    what="A library of a musllinux wheel needs `libc.so` instead of `libc.musl-ARCH.so.1`.",
    why=(
        "musl's own loader takes either name, so the wheel loads. But it was not linked as on "
        "Alpine: the name is that of musl's development files, as zig and cross compilers find "
        "them, and nothing in it tells musl from glibc. auditwheel stops at it (`couldn't detect "
        "libc`), or on a system that holds both copies a whole libc into the wheel, which then "
        "crashes (NPA204)."
    ),
    fix=(
        "link with /lib/libc.musl-ARCH.so.1 of an Alpine, or build in a musllinux image, whose "
        "compiler does"
    ),
    check=check,
    sources=("https://peps.python.org/pep-0656/",),
)
