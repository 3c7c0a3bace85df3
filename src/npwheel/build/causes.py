"""From the lines of a failed step to its cause and the next step, by the table data/causes.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from npwheel.core import package_data

_PLACE = re.compile(r"\{1(?:\|([^}]*))?\}")


@dataclass(frozen=True)
class Cause:
    """Why a build failed. id: of the table's entry; next: "" where nothing is known to do."""

    id: str
    why: str
    next: str


@dataclass(frozen=True)
class FailureContext:
    """What decides the next step.

    official: the command that builds in the official image. apt: apt-get works in the image.
    """

    step: str
    kind: str  # of the image: "official" or "local"
    image: str
    official: str
    apt: bool = False


@cache
def table() -> tuple[Mapping[str, Any], ...]:
    """The entries of causes.toml, in their order."""
    text = package_data.read_text(__package__, "causes.toml")
    return tuple(tomllib.loads(text)["cause"])


def find(lines: Sequence[str], circumstances: FailureContext) -> Cause | None:
    """Return the cause that the lines of the failed step show; None where no entry knows it."""
    for entry in table():
        if circumstances.step not in entry.get("steps", (circumstances.step,)):
            continue
        pattern = _pattern(entry["pattern"])
        for line in lines:
            if found := pattern.search(line):
                return _cause(entry, found, line, circumstances)
    return None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _cause(
    entry: Mapping[str, Any], found: re.Match[str], line: str, circumstances: FailureContext
) -> Cause:
    named = next((group for group in found.groups() if group), "")
    advice = entry.get(f"next-{circumstances.kind}", entry.get("next", ""))
    if circumstances.apt:
        advice = entry.get("next-apt", advice)
    why = entry.get("why", "")
    said = line.strip()[:300]
    return Cause(
        entry["id"],
        f"{_filled(why, named, circumstances)} ({said})" if why else said,
        _filled(advice, named, circumstances),
    )


def _filled(text: str, named: str, circumstances: FailureContext) -> str:
    text = text.replace("{image}", circumstances.image).replace(
        "{official}", circumstances.official
    )
    return _PLACE.sub(lambda place: named or place[1] or "", text)
