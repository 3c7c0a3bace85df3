"""NPA110: libraries of Windows, macOS or WebAssembly, which are not read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_SYSTEMS = (
    (re.compile(r"win32|win_"), "Windows", re.compile(r"\.(?:pyd|dll)$", re.IGNORECASE)),
    (re.compile(r"macosx_"), "macOS", re.compile(r"\.(?:so|dylib)$")),
    (re.compile(r"ios_|android_"), "phones", re.compile(r"\.(?:so|dylib|fwork)$")),
    (re.compile(r"(?:wasm|emscripten|pyodide|pyemscripten|wasi)"), "WebAssembly",
     re.compile(r"\.(?:so|wasm)$")),
)  # fmt: skip


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each system of the tags."""
    for tag, system, suffix in _SYSTEMS:
        if any(tag.match(platform) for platform in subject.platforms):
            files = [path for path in subject.members if suffix.search(path)]
            if files:
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
