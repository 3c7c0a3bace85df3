"""Parse METADATA, WHEEL and RECORD. Only their syntax is checked."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from itertools import islice

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name

Content = bytes | bytearray
_MAX_TAGS = 4096
_PROJECT = re.compile(r"[A-Za-z0-9][\w.-]*")
_ORDERED_STAR = re.compile(r"((?:[<>]=?|~=)\s*\d[\w.]*?)\.\*")  # ">=1.16.*", once common
_MAX_HEADERS = 256 * 1024  # bytes before the description; real ones have under 50,000
_MAX_REQUIRES = 2000  # lines; real ones have under 500
_MAX_LINE = 4096  # letters of a requirement
_MAX_FILES = 200_000  # rows of RECORD
_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64 = re.compile(r"[A-Za-z0-9_-]+")
_STRONGER = ("sha384", "sha512")
_SHOWN = 200  # characters of a quoted line


@dataclass(frozen=True)
class Metadata:
    """The metadata of a wheel.

    requires: the valid Requires-Dist. requires_python: None if absent. wheel_tags: from
    WHEEL. record: the paths in RECORD, None without a RECORD. unclear: normalized names of
    the projects of invalid Requires-Dist. faults: what is invalid, one sentence each.
    unread: parts that were not read because they exceed a limit, one sentence each.
    hashes: path -> its SHA-256 in hexadecimal digits.
    odd_hashes: paths whose hash in RECORD is not written as the standard demands.
    """

    name: str = ""
    version: str = ""
    requires: tuple[Requirement, ...] = ()
    requires_python: SpecifierSet | None = None
    wheel_tags: frozenset[Tag] = frozenset()
    record: frozenset[str] | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    odd_hashes: tuple[str, ...] = ()
    unclear: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def requirements_for(self, project: str) -> tuple[Requirement, ...]:
        """Return the requirements on one project, with markers and extras."""
        wanted = canonicalize_name(project)
        return tuple(r for r in self.requires if canonicalize_name(r.name) == wanted)


def parse(metadata: Content | None, wheel: Content | None, record: Content | None) -> Metadata:
    """Return the facts of the three files; None for one that is missing."""
    faults: list[str] = []
    unread: list[str] = []
    headers = _headers(metadata, "METADATA", faults, unread)
    about = _headers(wheel, "WHEEL", faults, unread)
    requires: list[Requirement] = []
    unclear: set[str] = set()
    lines = [str(line) for line in headers.get_all("Requires-Dist") or ()]
    if len(lines) > _MAX_REQUIRES:
        unread.append(f"METADATA has {len(lines)} Requires-Dist, expected at most {_MAX_REQUIRES}")
    for number, line in enumerate(lines):
        found = _requirement(line, faults) if number < _MAX_REQUIRES else None
        if found is not None:
            requires.append(found)
        elif name := _PROJECT.match(line):
            unclear.add(canonicalize_name(name[0]))
    requires_python = None
    declared = headers.get("Requires-Python")
    if declared is not None:
        try:
            requires_python = SpecifierSet(str(declared))
        except InvalidSpecifier:
            faults.append(f"Requires-Python cannot be understood: {str(declared)[:_SHOWN]!r}")
    rows = None if record is None else _rows(record, faults, unread)
    hashes, odd = _hashes(rows or ())
    return Metadata(
        name=str(headers.get("Name", "")),
        version=str(headers.get("Version", "")),
        requires=tuple(requires),
        requires_python=requires_python,
        wheel_tags=_tags(about.get_all("Tag") or (), faults),
        record=None if rows is None else frozenset(row[0] for row in rows),
        hashes=hashes,
        odd_hashes=odd,
        unclear=frozenset(unclear),
        faults=tuple(faults),
        unread=tuple(unread),
    )


def _requirement(line: str, faults: list[str]) -> Requirement | None:
    """Parse a requirement like uv and pip before 24.1; None if it is invalid."""
    repaired = _ORDERED_STAR.sub(r"\1", line)
    for text in (line, repaired) if len(line) <= _MAX_LINE else ():
        try:
            found = Requirement(text)
            if found.marker:
                found.marker.evaluate({"extra": ""})  # raises for a comparison without an order
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName, RecursionError):
            continue
        if text is not line:
            faults.append(f"Requires-Dist is refused by pip 24.1 and later: {line[:_SHOWN]!r}")
        return found
    faults.append(f"Requires-Dist cannot be understood: {line[:_SHOWN]!r}")
    return None


def _headers(content: Content | None, name: str, faults: list[str], unread: list[str]) -> Message:
    """Parse the headers; the description after them is not parsed."""
    if content is None:
        faults.append(f"there is no {name}")
        content = b""
    end = re.search(rb"\r?\n\r?\n", content)
    content = content[: end.start()] if end else content
    if len(content) > _MAX_HEADERS:
        unread.append(
            f"{name} has {len(content)} bytes of headers, expected at most {_MAX_HEADERS}"
        )
        content = b""
    return HeaderParser().parsestr(content.decode("utf-8", "replace"), headersonly=True)


def _tags(lines: Iterable[str], faults: list[str]) -> frozenset[Tag]:
    tags: set[Tag] = set()
    for line in lines:
        text = str(line)
        if text.count("-") != 2 or text.count(".") > 64 or len(tags) > _MAX_TAGS:
            faults.append(f"Tag cannot be understood: {text[:_SHOWN]!r}")
            break
        tags |= parse_tag(text)
    return frozenset(tags)


def _rows(content: Content, faults: list[str], unread: list[str]) -> list[list[str]]:
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        found = [row for row in islice(rows, _MAX_FILES) if row]
        if next(rows, None) is not None:
            unread.append(f"RECORD has more than {_MAX_FILES} rows")
        return found
    except (csv.Error, UnicodeDecodeError):
        faults.append("RECORD cannot be understood")
        return []


def _hashes(rows: Iterable[Sequence[str]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """({path: SHA-256 in hexadecimal digits}, the paths whose hash is not well-formed)."""
    found: dict[str, str] = {}
    odd: list[str] = []
    for path, stated in ((row[0], row[1]) for row in rows if len(row) > 1 and row[1]):
        algorithm, _, text = stated.partition("=")
        if algorithm == "sha256" and _SHA256.fullmatch(text):
            found[path] = base64.urlsafe_b64decode(text + "=").hex()
        elif algorithm == "sha256" and _HEXADECIMAL.fullmatch(text):
            found[path] = text.lower()  # wrong, but what it means is plain
            odd.append(path)
        elif algorithm not in _STRONGER or not _BASE64.fullmatch(text):
            odd.append(path)
    return found, tuple(sorted(odd))
