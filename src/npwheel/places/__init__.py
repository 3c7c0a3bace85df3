"""Real places where NumPy runs: systems, boards, images and services, as data.

`data/places.json` holds them with their sources. Each field is `sourced` (a
document or issue says so), `measured` (seen by this project) or `inferred`.
Runs on Python 3.6 with the standard library alone.
"""

import json
import os
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple


class Place(NamedTuple):
    """One place.

    family:   pi, alpine, debian, ubuntu, rhel, amazon, lambda, gcp, docker, jetson
    os_match: (ID, VERSION_ID) of its os-release; empty where there is no single one
    libc:     (name, version) pairs, the version empty if unknown
    pip:      the version that comes with it, empty if unknown or bundled
    pips:     Python's minor release -> the version that comes with it, where that is another
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

    def status_of(self, field: str) -> str:
        """How we know that field."""
        return self.status.get(field) or self.status["default"]


def load() -> List[Place]:
    """All places, in the order of the file; also from a zip or a single file."""
    loader = globals()["__loader__"]
    path = os.path.join(os.path.dirname(__file__), "data", "places.json")
    document = json.loads(loader.get_data(path).decode("utf-8"))
    return [place_of(row) for row in document["places"]]


def place_of(row: Mapping[str, Any]) -> Place:
    """One row of the file as a Place."""
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
    """The places of these families."""
    return [place for place in load() if place.family in families]


def matching(os_id: str, version_id: str, arch: str) -> Optional[Place]:
    """The most specific place that an os-release and a machine speak of, or None."""
    for place in load():
        name, version = place.os_match
        known = version and (version_id == version or version_id.startswith(version + "."))
        if name and name == os_id and known and arch in place.arch:
            return place
    return None
