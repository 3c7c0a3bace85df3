"""NPA110: libraries of Windows, macOS, phones or WebAssembly: little or nothing of them is read."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.other_systems import READ, other_systems
from npwheel.audit.subject import Subject


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each system of the tags."""
    damaged = [m for m in subject.modules if m.form != "ELF" and m.damage]
    for system, files in other_systems(subject).items():
        if system not in READ:
            yield rule.found(f"{_count(files)} for {system} not read", files[0])
        elif damaged:
            yield rule.found(
                f"{len(damaged)} of {len(files)} libraries for {system} could not be read: "
                f"{damaged[0].damage}",
                damaged[0].path,
                symbols=tuple(m.path for m in damaged[1:]),
            )
        else:
            yield rule.found(
                f"{_count(files)} for {system}: only what they show of NumPy was read",
                files[0],
                severity="note",
                fix="none is needed; prove what else matters by importing the package there",
            )


def _count(files: list[str]) -> str:
    return "1 library" if len(files) == 1 else f"{len(files)} libraries"


RULE = Rule(
    id="NPA110",
    title="libraries of another system than Linux",
    severity="unchecked",
    what="The wheel is for Windows, macOS, a phone or WebAssembly.",
    why=(
        "Of libraries for Windows and macOS, the texts and version checks of NumPy are read, which "
        "decide on which NumPy the wheel loads; which libraries they need, and which instructions "
        "they use, is checked on Linux only. Libraries for phones and WebAssembly are not read."
    ),
    fix="import the package there under the oldest and the newest NumPy that its metadata admits",
    check=check,
)
