"""NPA304: modules whose file name belongs to another Python or C library."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.environments import environments
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Module, Subject
from npwheel.core.module_suffixes import imports, is_known
from npwheel.numpy_releases.table import key

_TRIPLET = re.compile(r"\.cpython-(\d)(\d+)[a-z]*-([\w-]+)\.so$")
# The first Python that names its modules for musl: before, they end in …-linux-gnu there too.
_MUSL_NAMED = (3, 11)


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each module that a Python of the tags would not import."""
    tags = [tag for tag in subject.tags if tag.abi != "none"]
    pythons = [e.python for e in environments(tags, subject.metadata.requires_python)]
    modules: dict[str, list[Module]] = {}
    for module in subject.elf_modules:
        if module.is_extension and is_known(module.file):
            # One module may come as several files, for several Pythons.
            name = module.path.removesuffix(module.file) + module.file.split(".", 1)[0]
            modules.setdefault(name, []).append(module)
    for files in modules.values():
        lacking = [
            python
            for python in dict.fromkeys(pythons)
            if not any(imports(python, module.file) for module in files)
        ]
        if lacking:
            yield rule.found(
                f"Python {', '.join(lacking)}, which the tags admit, does not look for "
                f"{' or '.join(module.file for module in files)}",
                files[0].path,
            )
        else:
            yield from _other_libc(rule, subject, files)


def _other_libc(rule: Rule, subject: Subject, files: list[Module]) -> Iterator[Finding]:
    for module in files:
        match = _TRIPLET.search(module.file)
        if match is None:
            continue
        named_for_musl = key(f"{match[1]}.{match[2]}") >= _MUSL_NAMED
        if subject.is_musl and match[3].endswith("-gnu") and named_for_musl:
            yield rule.found(
                f"its name ends in {match[3]}, on musl Pythons expect …-linux-musl", module.path
            )
        elif subject.is_glibc and match[3].endswith("-musl"):
            yield rule.found(
                f"its name ends in {match[3]}, on glibc Pythons expect …-linux-gnu", module.path
            )


RULE = Rule(
    id="NPA304",
    title="a module named for another Python",
    severity="error",
    what="An extension module's suffix is not one that each Python of the wheel's tags imports.",
    why=(
        "The import system only looks for its own suffixes: .cpython-312-x86_64-linux-gnu.so, "
        ".abi3.so (not free-threaded Pythons) and .so; since 3.15 also .abi3-x86_64-linux-gnu.so "
        "and .abi3t.so. Such a file is ignored, and the import ends in ModuleNotFoundError. "
        "setuptools and CMake run on 3.15 write the form with the machine's name, which 3.14 and "
        "older do not know."
    ),
    fix=(
        "build once for each Python, or build against the stable ABI with the oldest Python of the "
        "tag, so that the suffix is .abi3.so"
    ),
    check=check,
    sources=(
        "https://peps.python.org/pep-3149/",
        "https://peps.python.org/pep-0384/",
        "https://peps.python.org/pep-0803/",
        "bpo-43112",
    ),
)
