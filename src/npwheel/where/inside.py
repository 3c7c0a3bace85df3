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
from npwheel.audit.subject import Subject
from npwheel.wheels import open_wheel
from npwheel.where.candidates import Candidate
from npwheel.where.machines import Machine

EXEC_STACK_REFUSED = Version("2.41")  # glibc: dlopen fails instead of making the stack executable
_PAGED = ("aarch64",)  # the architecture whose kernels differ in page size


@cache
def _subject(path: Path) -> Subject:
    with open_wheel(path) as source:
        return gather(source, lambda _done, _total: None)


def loads(candidate: Candidate, machine: Machine, release: str) -> bool:
    """Does the wheel load on this NumPy release there, as far as its modules tell?"""
    if candidate.path is None:
        return True
    there = Environment(machine.minor, machine.libc, machine.arch)
    verdict = next((v for v in _subject(candidate.path).verdicts if v.environment == there), None)
    return verdict is None or release not in verdict.refused


def doubt(candidate: Candidate) -> str:
    """Why nobody can say on which NumPy it loads; "" where it was read or is not at hand."""
    if candidate.path is None:
        return ""
    subject = _subject(candidate.path)
    unread = [module.file for module in subject.modules if module.numpy.unread or module.damage]
    unread += [path for path, _ in subject.unread]
    return f"{unread[0]} could not be read" if unread else ""


def heed(candidate: Candidate, machine: Machine) -> Sequence[str]:
    """Why a wheel that installs there does not import, or not on every machine of the place."""
    if candidate.path is None:
        return ()
    found = []
    page = max(machine.place.page_kib, default=0)
    for module in _subject(candidate.path).modules:
        aligned = module.min_align // 1024
        if machine.arch in _PAGED and 0 < module.min_align < page * 1024:
            found.append(f"{module.file} is aligned to {aligned} KiB, pages there have {page} KiB")
        newest = machine.libc == "glibc" and Version(machine.libc_version) >= EXEC_STACK_REFUSED
        if module.exec_stack and newest:
            found.append(
                f"{module.file} wants an executable stack: glibc {machine.libc_version} refuses"
            )
    return found
