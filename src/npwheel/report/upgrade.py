"""Format `npwheel audit --installed --with-numpy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from npwheel.audit.upgrade import BREAKS, DOUBT, FORBIDS, WORKS, Prospect

SCHEMA_VERSION = 1
_WORDS = {BREAKS: "breaks", FORBIDS: "forbids", DOUBT: "unknown", WORKS: "works"}


def upgrade_text(numpy: str, found: Sequence[Prospect]) -> str:
    """Return a line a distribution, the broken ones first, and the sum."""
    lines = []
    for outcome in (BREAKS, FORBIDS, DOUBT):
        for entry in found:
            if entry.outcome == outcome:
                fixed = f"; {entry.name}=={entry.fixed_by} works" if entry.fixed_by else ""
                lines.append(
                    f"{_WORDS[outcome]:<8} {entry.name} {entry.version}: {entry.reason}{fixed}"
                )
    counts = {word: sum(e.outcome == kind for e in found) for kind, word in _WORDS.items()}
    summed = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return "\n".join([*lines, f"with NumPy {numpy}: {summed or 'nothing here uses NumPy'}"])


def upgrade_json(numpy: str, found: Sequence[Prospect]) -> dict[str, Any]:
    """Return the document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "numpy": numpy,
        "distributions": [
            {
                "name": e.name,
                "version": e.version,
                "outcome": e.outcome,
                "reason": e.reason or None,
                "fixed_by": e.fixed_by or None,
            }
            for e in found
        ],
    }
