"""The failure modes as text or data, for `--list` and for the documentation."""

import json
from typing import Any, Dict

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


def listing(as_json: bool) -> str:
    """All modes by id: one line each, or the whole metadata as JSON."""
    found = sorted(modes.load(), key=lambda mode: mode.id)
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "modes": [entry(mode) for mode in found]}
        return json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    return "".join("{}  {}\n".format(mode.id, mode.title) for mode in found)
