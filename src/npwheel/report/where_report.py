"""Render the answers of `npwheel where` as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from npwheel.places import Place
from npwheel.where.compatibility import Answer
from npwheel.where.machines import PlaceMachine

SCHEMA_VERSION = 1


def where_text(answers: Sequence[Answer]) -> str:
    """Return one block per place, one line per answer of its machines. No final newline."""
    lines: list[str] = []
    places: dict[str, list[Answer]] = {}
    for entry in answers:
        places.setdefault(entry.machine.place.name, []).append(entry)
    for name, found in places.items():
        lines.append(name)
        groups: dict[tuple[str, str], list[PlaceMachine]] = {}
        for entry in found:
            groups.setdefault((entry.outcome, _detail(entry)), []).append(entry.machine)
        for (outcome, detail), machines in groups.items():
            lines.append(f"  {outcome:<9} {_machines(machines)}{': ' if detail else ''}{detail}")
    counted: dict[str, int] = {}
    for entry in answers:
        counted[entry.outcome] = counted.get(entry.outcome, 0) + 1
    lines.append(", ".join(f"{number} {outcome}" for outcome, number in counted.items()))
    return "\n".join(lines)


def _detail(entry: Answer) -> str:
    parts = list(entry.reasons)
    if entry.numpy and not entry.reasons:
        parts.append(f"gets NumPy {entry.numpy.wheel}")
    return "; ".join(parts)


def _machines(machines: Sequence[PlaceMachine]) -> str:
    """Return "Python 3.11 3.12, x86_64 aarch64, glibc 2.31 2.36"."""
    pythons = " ".join(dict.fromkeys(m.python for m in machines))
    archs = " ".join(dict.fromkeys(m.arch for m in machines))
    libcs = " ".join(dict.fromkeys(m.libc_version for m in machines if m.libc_version))
    libc = f", {machines[0].libc} {libcs}" if libcs else ""
    return f"Python {pythons}, {archs}{libc}"


def where_json(project: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return `{"schema_version", "project", "answers": […]}`, one answer per machine."""
    return {
        "schema_version": SCHEMA_VERSION,
        "project": project,
        "answers": [
            {
                "place": entry.machine.place.id,
                "arch": entry.machine.arch,
                "python": entry.machine.python,
                "libc": entry.machine.libc or None,
                "libc_version": entry.machine.libc_version or None,
                "pip": entry.machine.pip or None,
                "outcome": entry.outcome,
                "file": entry.file or None,
                "reasons": list(entry.reasons),
                "numpy": entry.numpy
                and {"chosen": entry.numpy.chosen or None, "wheel": entry.numpy.wheel or None},
            }
            for entry in answers
        ],
    }


def places_text(places: Sequence[Place]) -> str:
    """Return the places, with the status and sources of each fact. No final newline."""
    lines = []
    for place in places:
        libc = (
            ", ".join(f"{name} {version or '?'}" for name, version in place.libc) or "libc unknown"
        )
        lines.append(f"{place.id}: {place.name}")
        lines.append(
            f"  {place.os}; {libc}; {' '.join(place.arch)}; Python {' '.join(place.python)}; "
            f"pip {place.pip or 'not known, taken as current'}"
        )
        lines += [f"  note: {note}" for note in place.notes]
        known = [f"{field} {how}" for field, how in place.status.items() if field != "default"]
        lines.append(
            f"  {'; '.join([place.status['default'], *known])}: {', '.join(place.sources)}"
        )
    return "\n".join(lines)
