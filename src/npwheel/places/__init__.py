"""Real places where NumPy runs: systems, boards, images and services, as data.

`data/places.json` lists them with their sources. Each field is `sourced` (from a document
or issue), `measured` (by this project) or `inferred`. Runs on Python 3.6 with the standard
library only.
"""

import json
import os
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple


class Place(NamedTuple):
    """One place.

    family:   pi, alpine, debian, ubuntu, rhel, amazon, lambda, gcp, docker, jetson
    os_match: (ID, VERSION_ID) of its os-release; empty strings if there is no single one
    libc:     (name, version) pairs, the version empty if unknown
    pip:      the preinstalled version, empty if unknown or bundled
    pips:     Python's minor release -> its preinstalled version, where that is another
    page_kib: possible sizes of a memory page
    status:   field -> sourced | measured | inferred; `default` for the rest
    """

    id: str
    family: str
    name: str
    os: str
    os_match: Tuple[str, str]
    arch: Sequence[str]
    libc: Sequence[Tuple[str, str]]
    python: Sequence[str]
    pip: str
    page_kib: Sequence[int]
    notes: Sequence[str]
    sources: Sequence[str]
    status: Mapping[str, str]
    pips: Mapping[str, str] = {}


def load() -> List[Place]:
    """Return all places, in the order of the file. Works in a zip archive and a single file."""
    loader = globals()["__loader__"]
    path = os.path.join(os.path.dirname(__file__), "data", "places.json")
    document = json.loads(loader.get_data(path).decode("utf-8"))
    return [place_of(row) for row in document["places"]]


def place_of(row: Mapping[str, Any]) -> Place:
    """Convert a row of the file to a Place."""
    return Place(
        id=row["id"],
        family=row["family"],
        name=row["name"],
        os=row["os"],
        os_match=(row["match"]["id"], row["match"]["version"] or ""),
        arch=tuple(row["arch"]),
        libc=tuple((libc["name"], libc["version"] or "") for libc in row["libc"]),
        python=tuple(row["python"]),
        pip=row["pip"] or "",
        page_kib=tuple(row["page_kib"]),
        notes=tuple(row["notes"]),
        sources=tuple(row["sources"]),
        status=row["status"],
        pips=row.get("pips", {}),
    )


def of_family(*families: str) -> List[Place]:
    """Return the places of these families."""
    return [place for place in load() if place.family in families]


def matching(os_id: str, version_id: str, arch: str) -> Optional[Place]:
    """Return the place of an os-release (ID, VERSION_ID) and an architecture, or None."""
    for place in load():
        name, version = place.os_match
        known = version and (version_id == version or version_id.startswith(version + "."))
        if name and name == os_id and known and arch in place.arch:
            return place
    return None
