"""Format `npwheel audit -r`: the range of NumPy on which all pinned wheels load."""

from __future__ import annotations

from typing import Any

from npwheel.audit.common_numpy import CommonNumpy

SCHEMA_VERSION = 1


def together_text(found: CommonNumpy) -> str:
    """Return the conflicts, what was not read, and the line to paste."""
    lines = [f"{found.environment}: {len(found.needs)} of the pinned wheels use or require NumPy"]
    for need in found.needs:
        span = f"{need.releases[0]} to {need.releases[-1]}" if need.releases else "none"
        lines.append(f"  {need.pin}: NumPy {span}")
        if found.locked and found.locked not in need.releases:
            reason = f": {need.reason}" if need.reason else ""
            lines.append(f"    does not load with the pinned NumPy {found.locked}{reason}")
    lines += [f"  conflict: {a} and {b}" for a, b in found.conflicts]
    lines += [f"  could not check {name}: {why}" for name, why in found.unread]
    lines.append(found.constraint or "no release of NumPy satisfies them all")
    return "\n".join(lines)


def together_json(found: CommonNumpy) -> dict[str, Any]:
    """Return the document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": found.environment,
        "locked": found.locked or None,
        "constraint": found.constraint or None,
        "releases": list(found.releases),
        "wheels": [
            {"pin": n.pin, "file": n.file, "releases": list(n.releases), "reason": n.reason or None}
            for n in found.needs
        ],
        "conflicts": [list(pair) for pair in found.conflicts],
        "unread": [{"pin": name, "reason": why} for name, why in found.unread],
    }
