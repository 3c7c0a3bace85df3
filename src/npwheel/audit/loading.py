"""What keeps a wheel's modules from loading on one system: the rules' facts against that system.

`npwheel where` asks this, so that it never contradicts `npwheel audit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from npwheel.audit import libraries
from npwheel.audit.subject import Module, Subject
from npwheel.core.module_suffixes import imports, is_known
from npwheel.core.tags import fits_machine
from npwheel.numpy_releases.table import key

EXEC_STACK_REFUSED = (2, 41)  # glibc: dlopen fails instead of making the stack executable
_PAGED = ("aarch64",)  # the machines whose kernels differ in page size
_MUSL = ("libc.musl-", "ld-musl-")


@dataclass(frozen=True)
class LoadingSystem:
    """python: "3.11"; libc: "glibc" or "musl"; arch: as in tags; page: bytes, 0 if unknown."""

    python: str
    libc: str
    libc_version: str
    arch: str
    page: int = 0


@dataclass(frozen=True)
class Obstacles:
    """Why nothing of a wheel loads (fatal), or some of it does not (partly)."""

    fatal: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()


def obstacles(subject: Subject, system: LoadingSystem) -> Obstacles:
    """Return what keeps the wheel from loading there."""
    roots = [m for m in subject.elf_modules if m.is_extension] or [
        m for m in subject.elf_modules if not m.vendored
    ]
    groups: dict[str, list[Module]] = {}
    for module in roots:
        known = module.is_extension and is_known(module.file)
        stem = module.file.split(".", 1)[0] if known else module.file
        groups.setdefault(module.path.removesuffix(module.file) + stem, []).append(module)
    shared = [
        reason
        for module in subject.elf_modules
        if module.vendored
        for reason in _reasons(module, subject, system)
    ]
    lost = _unreached(subject)
    if not libraries.providers(subject):
        shared += [
            f"{users[0].rsplit('/', 1)[-1]} needs {name}, which is not part of the wheel"
            for name, users in sorted(libraries.missing(subject).items())
            if not libraries.is_python(name)
        ]
    hindered = [
        reason for files in groups.values() if (reason := _of_group(files, subject, system, lost))
    ]
    reasons = tuple(dict.fromkeys([*shared, *hindered]))
    if groups and len(hindered) == len(groups):
        return Obstacles(fatal=reasons)
    return Obstacles(partly=reasons)


def _of_group(
    files: Iterable[Module], subject: Subject, system: LoadingSystem, lost: Mapping[str, str]
) -> str:
    """Why none of the files of one module loads; "" where one does."""
    first = ""
    for module in files:
        reason = next(_reasons(module, subject, system), "") or lost.get(module.path, "")
        if not reason:
            return ""
        first = first or reason
    return first


def _reasons(module: Module, subject: Subject, system: LoadingSystem) -> Iterator[str]:
    file = module.file
    if module.truncated:
        yield f"{file} is cut short"
    elif module.machine and not fits_machine(module.machine, system.arch):
        yield f"{file} is for {module.machine}, not {system.arch}"
    elif module.is_extension and is_known(file) and not imports(system.python, file):
        yield f"Python {system.python} does not look for {file}"
    else:
        yield from _by_libc(module, subject, system)


def _by_libc(module: Module, subject: Subject, system: LoadingSystem) -> Iterator[str]:
    file = module.file
    if system.libc == "musl" and "libc.so.6" in module.needed:
        yield f"{file} needs glibc, this is musl"
    elif system.libc == "glibc" and any(name.startswith(_MUSL) for name in module.needed):
        yield f"{file} needs musl, this is glibc"
    elif system.libc == "glibc" and system.libc_version:
        needed = [
            version.removeprefix("GLIBC_")
            for library, versions in module.verneed.items()
            if library not in subject.by_name
            for version in versions
            if version.startswith("GLIBC_") and version[6:].replace(".", "").isdigit()
        ]
        highest = max(needed, key=key, default="0")
        if key(highest) > key(system.libc_version):
            yield f"{file} needs GLIBC_{highest}, this is glibc {system.libc_version}"
        if module.exec_stack and key(system.libc_version) >= EXEC_STACK_REFUSED:
            yield f"{file} wants an executable stack: glibc {system.libc_version} refuses"
    if system.arch in _PAGED and 0 < module.min_align < system.page:
        yield (
            f"{file} is aligned to {module.min_align // 1024} KiB: not for pages of "
            f"{system.page // 1024} KiB"
        )


def _unreached(subject: Subject) -> dict[str, str]:
    """Path of a module -> which library of the wheel it does not find."""
    if subject.loaders:
        return {}
    return {
        user: f"{user.rsplit('/', 1)[-1]} needs {found.name}, to which no RPATH leads"
        for found in libraries.unreached(subject.elf_modules, subject.members, subject.is_musl)
        for user in found.needed_by
    }
