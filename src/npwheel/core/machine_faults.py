"""Faults of the machine in what programs print: whatever else they say follows from these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_FAULTS = (
    (
        re.compile(r"(?i)no space left on device|disk quota exceeded|not enough free space"),
        "free space where TMPDIR, the cache (NPWHEEL_CACHE) and the container engine keep their "
        "files; `df -h` shows it, `npwheel cache --older-than 30` removes what is old",
    ),
    (
        re.compile(r"(?i)read-only file system"),
        "set TMPDIR and NPWHEEL_CACHE to folders that can be written; the engine needs one too",
    ),
    (
        re.compile(r"No usable temporary directory"),
        "set TMPDIR to a folder that exists and can be written",
    ),
)


@dataclass(frozen=True)
class MachineFault:
    """The line that shows a fault, and what to do."""

    line: str
    next: str


def find(lines: Iterable[str]) -> MachineFault | None:
    """Return the first fault that the lines show; None where they show none."""
    for line in lines:
        for pattern, advice in _FAULTS:
            if pattern.search(line):
                return MachineFault(line.strip()[:300], advice)
    return None
