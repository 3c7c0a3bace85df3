"""NPA208: instructions that not every CPU of the tag has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.isa import PROPERTY
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

# Packages name what they choose by hand after the instructions that are in it.
_BY_NAME = re.compile(
    r"avx|sse4|fma|simd|dotprod|sve|neon|x86_64_v[234]|haswell|skylake", re.IGNORECASE
)


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each file and each level of instructions."""
    for module in subject.elf_modules:
        for needs, how in module.isa:
            if how == PROPERTY:
                yield rule.found(
                    f"a property note says that it needs {needs}: the loader refuses it on older "
                    f"CPUs, which {module.machine} tags admit",
                    module.path,
                    "error",
                )
            elif not _BY_NAME.search(module.file):
                yield rule.found(
                    f"has {needs} instructions, and the code around them is not chosen by the CPU",
                    module.path,
                )


RULE = Rule(
    id="NPA208",
    title="instructions above the baseline",
    severity="warning",
    what=(
        "Code uses AVX and BMI (x86-64) or armv8.1 atomics (aarch64) without asking whether the "
        "CPU has them, or a file was compiled for them as a whole."
    ),
    why=(
        "Tags promise x86-64 and armv8.0: without dispatch such code ends in `Illegal instruction` "
        "on older PCs and virtual machines, and on a Raspberry Pi 3 or 4. A property "
        "note is worse: "
        "glibc then refuses the file with `CPU ISA level is lower than required`. It is a warning "
        "where another file may ask the CPU first, which cannot be seen from here."
    ),
    fix="compile without -march=native, -mavx or -march=armv8.1-a, or dispatch at run time",
    check=check,
    sources=("https://gitlab.com/x86-psABIs/x86-64-ABI",),
)
