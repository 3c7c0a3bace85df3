"""NPA213: symbols of librt without librt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Module, Subject
from npwheel.core.tags import parse_platform

_LIBRARY = "librt.so.1"
_FIRST_WITHOUT = (2, 34)  # the glibc whose libc defines them


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each module that a glibc of the tags would not load."""
    found = filter(None, map(parse_platform, subject.platforms))
    oldest = [tag.release for tag in found if tag.libc == "glibc" and tag.release]
    if not oldest or min(oldest) >= _FIRST_WITHOUT:
        return
    for module in subject.elf_modules:
        if module.librt and not _requires(module, subject.by_name):
            yield rule.found(
                f"uses {', '.join(module.librt)} and does not require {_LIBRARY}, which defines "
                "it before glibc 2.34",
                module.path,
                symbols=module.librt,
            )


def _requires(module: Module, by_name: Mapping[str, Module]) -> bool:
    """Does it, or a library of the wheel that it requires, require librt?"""
    seen, queue = {module.path}, [module]
    while queue:
        for name in queue.pop().needed:
            if name == _LIBRARY:
                return True
            library = by_name.get(name)
            if library is not None and library.path not in seen:
                seen.add(library.path)
                queue.append(library)
    return False


RULE = Rule(
    id="NPA213",
    title="symbols of librt without librt",
    severity="error",
    what="A module uses functions of librt (shm_open, timer_create …) and does not require librt.",
    why=(
        "Since glibc 2.34 they are in libc, so that the build passes without -lrt and the import "
        "works on new systems. On older ones, which the tag admits, it fails: `undefined symbol: "
        "shm_open`."
    ),
    fix="link with -lrt (-Wl,--no-as-needed where the linker drops it)",
    check=check,
    sources=("https://github.com/amnsbr/cubnm/issues/3",),
)
