"""What only a wheel's content tells of a machine: the NumPy that it loads on, pages, stack.

The audit reads it; here its facts meet machines. A wheel of which only the name is
known tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from packaging.version import Version

from npwheel.audit.environments import Environment
from npwheel.audit.gather import gather
from npwheel.audit.subject import Module, Subject
from npwheel.wheel import open_wheel
from npwheel.where.candidates import Candidate
from npwheel.where.machines import Machine

EXEC_STACK_REFUSED = Version("2.41")  # glibc: dlopen fails instead of making the stack executable
_PAGED = ("aarch64",)  # the architecture whose kernels differ in page size


@cache
def subject_of(path: Path) -> Subject:
    """Return the facts of a wheel that the audit reads."""
    with open_wheel(path) as source:
        return gather(source, lambda _done, _total: None)


def loads(candidate: Candidate, machine: Machine, release: str) -> bool:
    """Does the wheel load on this NumPy release there, as far as its modules tell?"""
    if candidate.path is None:
        return True
    there = Environment(machine.minor, machine.libc, machine.arch)
    verdict = next((v for v in subject_of(candidate.path).verdicts if v.environment == there), None)
    return verdict is None or release not in verdict.refused


def doubt(candidate: Candidate) -> str:
    """Why nobody can say on which NumPy it loads; "" where it was read or is not at hand."""
    if candidate.path is None:
        return ""
    unread = subject_of(candidate.path).unclear
    return f"{unread[0]} could not be read" if unread else ""


def heed(candidate: Candidate, machine: Machine) -> Sequence[str]:
    """Why a wheel that installs there does not import."""
    found = _unaligned(candidate, machine, min(machine.place.page_kib, default=0))
    if machine.libc == "glibc" and Version(machine.libc_version) >= EXEC_STACK_REFUSED:
        found += [
            f"{module.file} wants an executable stack: glibc {machine.libc_version} refuses"
            for module in _modules(candidate)
            if module.exec_stack
        ]
    return found


def sometimes(candidate: Candidate, machine: Machine) -> Sequence[str]:
    """Why it does not import on those machines of the place that have the larger pages."""
    return _unaligned(candidate, machine, max(machine.place.page_kib, default=0))


def _unaligned(candidate: Candidate, machine: Machine, page: int) -> list[str]:
    """Modules that a kernel with pages of so many KiB does not map."""
    if machine.arch not in _PAGED:
        return []
    return [
        f"{module.file} is aligned to {module.min_align // 1024} KiB: not for pages of {page} KiB"
        for module in _modules(candidate)
        if 0 < module.min_align < page * 1024
    ]


def _modules(candidate: Candidate) -> Sequence[Module]:
    return subject_of(candidate.path).modules if candidate.path else ()
