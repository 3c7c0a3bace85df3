"""METADATA, WHEEL and RECORD -> facts. Nothing in them is believed beyond its syntax."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name

Content = bytes | bytearray
_MAX_TAGS = 4096
_PROJECT = re.compile(r"[A-Za-z0-9][\w.-]*")
_ORDERED_STAR = re.compile(r"((?:[<>]=?|~=)\s*\d[\w.]*?)\.\*")  # ">=1.16.*", once common
_SHOWN = 200  # letters of a line that is quoted


@dataclass(frozen=True)
class Metadata:
    """What a wheel says of itself.

    requires: Requires-Dist that could be read. requires_python: None where it
    is not said. wheel_tags: of the WHEEL file. record: the paths that RECORD
    lists, None where there is no RECORD. unclear: the projects, normalized, that a
    Requires-Dist is on which could not be read.
    faults: what could not be understood, a sentence each.
    """

    name: str = ""
    version: str = ""
    requires: tuple[Requirement, ...] = ()
    requires_python: SpecifierSet | None = None
    wheel_tags: frozenset[Tag] = frozenset()
    record: frozenset[str] | None = None
    unclear: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()

    def requirements_for(self, project: str) -> tuple[Requirement, ...]:
        """The requirements on one project, markers and extras included."""
        wanted = canonicalize_name(project)
        return tuple(r for r in self.requires if canonicalize_name(r.name) == wanted)


def parse(metadata: Content | None, wheel: Content | None, record: Content | None) -> Metadata:
    """The facts of the three files; None for one that is missing."""
    faults: list[str] = []
    headers = _headers(metadata, "METADATA", faults)
    about = _headers(wheel, "WHEEL", faults)
    requires: list[Requirement] = []
    unclear: set[str] = set()
    for line in headers.get_all("Requires-Dist") or ():
        found = _requirement(str(line), faults)
        if found is not None:
            requires.append(found)
        elif name := _PROJECT.match(str(line)):
            unclear.add(canonicalize_name(name[0]))
    requires_python = None
    said = headers.get("Requires-Python")
    if said is not None:
        try:
            requires_python = SpecifierSet(str(said))
        except InvalidSpecifier:
            faults.append(f"Requires-Python cannot be understood: {str(said)[:_SHOWN]!r}")
    return Metadata(
        name=str(headers.get("Name", "")),
        version=str(headers.get("Version", "")),
        requires=tuple(requires),
        requires_python=requires_python,
        wheel_tags=_tags(about.get_all("Tag") or (), faults),
        record=None if record is None else _record(record, faults),
        unclear=frozenset(unclear),
        faults=tuple(faults),
    )


def _requirement(line: str, faults: list[str]) -> Requirement | None:
    """A requirement as uv, and pip before 24.1, read it; None where it cannot be understood."""
    mended = _ORDERED_STAR.sub(r"\1", line)
    for text in (line, mended):
        try:
            found = Requirement(text)
            if found.marker:
                found.marker.evaluate({"extra": ""})  # raises where it compares what has no order
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
            continue
        if text is not line:
            faults.append(f"Requires-Dist is refused by pip 24.1 and later: {line[:_SHOWN]!r}")
        return found
    faults.append(f"Requires-Dist cannot be understood: {line[:_SHOWN]!r}")
    return None


def _headers(content: Content | None, name: str, faults: list[str]) -> Message:
    if content is None:
        faults.append(f"there is no {name}")
        content = b""
    # The description after the headers is not parsed.
    return HeaderParser().parsestr(content.decode("utf-8", "replace"), headersonly=True)


def _tags(lines: Iterable[str], faults: list[str]) -> frozenset[Tag]:
    tags: set[Tag] = set()
    for line in lines:
        text = str(line)
        if text.count("-") != 2 or text.count(".") > 64 or len(tags) > _MAX_TAGS:
            faults.append(f"Tag cannot be understood: {text[:_SHOWN]!r}")
            continue
        tags |= parse_tag(text)
    return frozenset(tags)


def _record(content: Content, faults: list[str]) -> frozenset[str]:
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        return frozenset(row[0] for row in rows if row)
    except (csv.Error, UnicodeDecodeError):
        faults.append("RECORD cannot be understood")
        return frozenset()
