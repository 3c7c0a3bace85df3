"""NPA304: modules whose file name belongs to another Python or C library."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.numpy_releases.table import key

_SUFFIX = re.compile(r"\.cpython-(\d)(\d+)([a-z]*)-([\w-]+)\.so$")
_ABI = re.compile(r"cp(\d)(\d+)([a-z]*)")

# The first Python that names its modules for musl: before, they end in …-linux-gnu there too.
_MUSL_NAMED = (3, 11)


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each module that no Python of the tags would import."""
    exact = {m.groups() for tag in subject.tags for m in [_ABI.fullmatch(tag.abi)] if m}
    stable = [
        m for t in subject.tags if t.abi == "abi3" for m in [_ABI.fullmatch(t.interpreter)] if m
    ]
    if not exact and not stable:
        return
    for module in subject.modules:
        match = _SUFFIX.search(module.path)
        if match is None or not module.is_extension:
            continue
        python = (match[1], match[2], match[3])
        named = f"cpython-{match[1]}{match[2]}{match[3]}"
        if stable:
            yield rule.found(
                f"its name is for {named} alone, the tag promises every Python from "
                f"{min(f'{m[1]}.{m[2]}' for m in stable)} on",
                module.path,
            )
        elif python not in exact and not _same(python, exact):
            abis = ", ".join(sorted({tag.abi for tag in subject.tags}))
            yield rule.found(f"its name is for {named}, the tag promises {abis}", module.path)
        elif (
            subject.is_musl
            and match[4].endswith("-gnu")
            and key(f"{match[1]}.{match[2]}") >= _MUSL_NAMED
        ):
            yield rule.found(
                f"its name ends in {match[4]}, on musl Pythons expect …-linux-musl", module.path
            )
        elif subject.is_glibc and match[4].endswith("-musl"):
            yield rule.found(
                f"its name ends in {match[4]}, on glibc Pythons expect …-linux-gnu", module.path
            )


def _same(python: tuple[str, ...], exact: set[tuple[str, ...]]) -> bool:
    """3.8 and later have no m: cp37m is written both with and without it in old wheels."""
    plain = {(a, b, flags.replace("m", "")) for a, b, flags in exact}
    return (python[0], python[1], python[2].replace("m", "")) in plain


RULE = Rule(
    id="NPA304",
    title="a module named for another Python",
    severity="error",
    what="An extension module's suffix is not one that the Pythons of the wheel's tag import.",
    why=(
        "The import system only looks for its own suffixes: .cpython-312-x86_64-linux-gnu.so, "
        ".abi3.so and .so. Such a file is ignored, and the import ends in ModuleNotFoundError."
    ),
    fix=(
        "build once for each Python, or build against the stable ABI so that the suffix is .abi3.so"
    ),
    check=check,
    sources=("https://peps.python.org/pep-3149/", "https://peps.python.org/pep-0384/", "bpo-43112"),
)
