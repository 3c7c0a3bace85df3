"""A claim of speed or size: what was measured in this run, and its goal."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Claim:
    """One figure. `most` or `least` is the goal; neither: it is only reported."""

    text: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool | None:
        """Does the figure reach its goal? None where it has none."""
        if self.most is not None:
            return self.value <= self.most
        return None if self.least is None else self.value >= self.least

    def line(self) -> str:
        """For a person; the verdict is in words."""
        goal = ""
        if self.most is not None:
            goal = f"  goal: at most {self.most:g}"
        elif self.least is not None:
            goal = f"  goal: at least {self.least:g}"
        verdict = {True: ", met", False: ", NOT MET", None: ""}[self.met]
        return f"{self.text:<58}{self.value:9.2f} {self.unit:<3}{goal}{verdict}".rstrip()


def save(path: Path, name: str, claims: Sequence[Claim], **more: Any) -> None:
    """Put one benchmark's figures into a file of several, written aside and renamed."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        data = {"schema_version": SCHEMA_VERSION}
    entries = [{**asdict(claim), "met": claim.met} for claim in claims]
    data[name] = {"claims": entries, **more}
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    aside.replace(path)
