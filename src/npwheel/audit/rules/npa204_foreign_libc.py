"""NPA204: a C library that is another's, or one inside the wheel."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_GLIBC = re.compile(
    r"(libc\.so\.6|ld-linux[\w.-]*\.so\.\d+|libpthread\.so\.0|libdl\.so\.2|libm\.so\.6)"
)
_MUSL = re.compile(r"(libc\.musl-\w+\.so\.1|ld-musl-\w+\.so\.1|libc\.so)")
_GRAFTED = re.compile(
    r"(libc|ld-musl-\w+|ld-linux[\w-]*|libc\.musl-\w+)(-[0-9a-f]{8})?\.so(\.\d+)*"
)


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each file that needs the other C library, and for each grafted one."""
    for module in subject.elf_modules:
        if _GRAFTED.fullmatch(module.file):
            yield rule.found(
                f"{module.file} is a C library, expected that of the system: two C libraries in "
                "one process",
                module.path,
            )
            continue
        wrong = _GLIBC if subject.is_musl else _MUSL if subject.is_glibc else None
        if wrong is None:
            continue
        # A grafted copy keeps its name with a hash, and is recognised by the file itself.
        found = tuple(name for name in module.needed if wrong.fullmatch(name))
        if found:
            wanted, other = ("musl", "glibc") if subject.is_musl else ("glibc", "musl")
            yield rule.found(
                f"needs {', '.join(found)} of {other}, the tag promises {wanted}",
                module.path,
                symbols=found,
            )


RULE = Rule(
    id="NPA204",
    title="another C library",
    severity="error",
    what=(
        "A library needs glibc in a musllinux wheel or musl in a manylinux one, or carries a libc."
    ),
    why=(
        "A process has one C library. What needs another does not load (`libc.so.6: cannot open "
        "shared object file`, `symbol not found`); a copy inside the wheel loads and then crashes, "
        "since both keep their own heap and threads. `libc.so` as a needed name comes from linking "
        "with musl's development files on a glibc system, or the other way round."
    ),
    fix=(
        "build in the image of the target (musllinux or manylinux) and repair with auditwheel there"
    ),
    check=check,
    sources=("https://peps.python.org/pep-0656/",),
)
