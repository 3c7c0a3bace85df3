"""NPA110: libraries of Windows, macOS or WebAssembly, which are not read."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.other_systems import other_systems
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each system of the tags."""
    for system, files in other_systems(subject).items():
        yield rule.found(f"{len(files)} libraries for {system} were not read", files[0])


RULE = Rule(
    id="NPA110",
    title="libraries of another system",
    severity="unchecked",
    what="The wheel is for Windows, macOS, a phone or WebAssembly.",
    why=(
        "Only ELF files are read, those of Linux. What the libraries of this wheel require of "
        "NumPy is not known; its metadata and its archive were checked."
    ),
    fix="import the package there under the oldest and the newest NumPy that its metadata admits",
    check=check,
)
