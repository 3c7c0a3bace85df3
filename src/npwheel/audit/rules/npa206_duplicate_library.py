"""NPA206: the same runtime twice in one wheel."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

# What keeps state in the process, so that two copies disturb or double each other.
_RUNTIMES = {
    "libgfortran": re.compile(r"libgfortran[-.]"),
    "OpenMP": re.compile(r"lib(gomp|iomp5|omp)[-.]"),
    "OpenBLAS": re.compile(r"lib(scipy_)?openblas"),
    "libstdc++": re.compile(r"libstdc\+\+[-.]"),
}


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each runtime that occurs more than once."""
    for name, pattern in _RUNTIMES.items():
        copies = sorted(m.path for m in subject.elf_modules if pattern.match(m.file))
        if len(copies) > 1:
            files = ", ".join(path.rsplit("/", 1)[-1] for path in copies)
            yield rule.found(
                f"{len(copies)} copies of {name}, expected one: {files}",
                copies[0],
                symbols=tuple(copies),
            )


RULE = Rule(
    id="NPA206",
    title="a runtime library twice",
    severity="warning",
    what="The wheel carries two libgfortran, OpenMP runtimes, OpenBLAS or libstdc++.",
    why=(
        "Each copy has its own threads, buffers and settings: more memory, more threads than CPUs, "
        "and for OpenMP crashes or hangs after fork(). It comes from libraries that were "
        "built with "
        "different compilers and repaired together."
    ),
    fix="build everything with one compiler and one BLAS, then repair once",
    check=check,
    sources=("https://github.com/joblib/threadpoolctl/blob/master/multiple_openmp.md",),
)
