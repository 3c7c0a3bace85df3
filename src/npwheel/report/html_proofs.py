"""Render the sections of `report.html` about a build: its proofs, and targets without a wheel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from npwheel.prove.proof import TESTED
from npwheel.prove.result import ProveResult
from npwheel.report.html_elements import table, tag
from npwheel.report.outcome_badge import outcome

_HEADINGS = ("Python", "outcome", "with", "imported", "test", "in")
SHOWN = 8  # names of imported modules


def proof_sections(result: ProveResult) -> list[Element]:
    """Return a table for each wheel: the proofs of its build, every Python and NumPy."""
    found: list[Element] = []
    for entry in result.wheels:
        own = result.of_build(entry)
        if not own:
            continue
        target = (entry.record or {}).get("target", "")
        lines = [_line(proof) for proof in own]
        caption = f"{entry.wheel.path.name}, proven for {target} when it was built"
        found.append(table(caption, _HEADINGS, lines))
    return [tag("h2", "Proofs of the builds"), *found] if found else []


def _line(proof: Mapping[str, Any]) -> list[Element | str]:
    libc = proof.get("libc", "")
    version = proof.get("interpreter", {}).get("version") or proof["python"]
    names = list(proof.get("modules") or ())
    more = f" and {len(names) - SHOWN} more" if names[SHOWN:] else ""
    modules = tag("span", f"{len(names)} ", tag("small", ", ".join(names[:SHOWN]) + more))
    seconds = f"{proof['seconds']:.1f} s" if proof["seconds"] else ""
    test = proof.get("test", "")
    return [
        tag("span", proof["python"], tag("small", f"{version}, {libc}".rstrip(", "))),
        outcome(proof["outcome"], proof["reason"]),
        tag("span", f"numpy {proof['numpy'] or '–'} ", tag("small", seconds)),
        modules if names else "nothing",
        "passed" if test == TESTED else test,
        proof["where"],
    ]


def missing_section(missing: Sequence[Mapping[str, Any]]) -> list[Element]:
    """Return the targets that were requested and have no proven wheel."""
    if not missing:
        return []
    lines: list[list[Element | str]] = [
        [entry["target"], str(entry["exit_code"]), entry["reason"], entry.get("log", "")]
        for entry in missing
    ]
    headings = ("target", "exit code", "reason", "log")
    return [
        tag("h2", "Targets without a proven wheel"),
        table("Requested, and not proven", headings, lines),
    ]
