"""The failure modes as text or data, for `--list` and for the documentation."""

from typing import Any, Dict, List

from npwheel.doctor import modes
from npwheel.doctor.jsonreport import SCHEMA_VERSION
from npwheel.doctor.mode import Mode


def entry(mode: Mode) -> Dict[str, Any]:
    """The declared metadata of a mode."""
    return {
        "id": mode.id,
        "title": mode.title,
        "seen": mode.seen,
        "detected": mode.detected,
        "fixes": [{"platform": p, "command": c} for p, c in mode.fixes],
        "sources": list(mode.sources),
        "signature": mode.signature or None,
    }


def document() -> Dict[str, Any]:
    """All modes with their metadata."""
    return {"schema_version": SCHEMA_VERSION, "modes": [entry(mode) for mode in by_id()]}


def listing() -> str:
    """All modes, one line each."""
    return "".join("{}  {}\n".format(mode.id, mode.title) for mode in by_id())


def by_id() -> List[Mode]:
    """All modes by their ids."""
    return sorted(modes.load(), key=lambda mode: mode.id)
