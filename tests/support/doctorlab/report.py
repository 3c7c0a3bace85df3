"""A public report: its true cause, from before the doctor saw it, and what must be named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from doctorlab.lab import Lab
from doctorlab.scene import Setup

TEXTS = Path(__file__).with_name("report_texts")


@dataclass(frozen=True)
class PublicReport:
    """One thread, its true cause, and what the answer must name."""

    thread: str
    cause: str
    first_line: Sequence[str]  # facts of the cause, all of them in the first line
    command: Sequence[str]  # parts of a command that fixes it, all of them in the second line
    text: str = ""  # a file of TEXTS; else `make` builds an environment
    make: Callable[[Lab, Path], Setup] | None = None
