"""The systems other than Linux that a wheel is for, and its libraries for them."""

from __future__ import annotations

import re

from npwheel.audit.subject import Subject

# Of these, what libraries show of NumPy is read.
READ = ("Windows", "macOS")
_SYSTEMS = (
    (re.compile(r"win32|win_"), "Windows", re.compile(r"\.(?:pyd|dll)$", re.IGNORECASE)),
    (re.compile(r"macosx_"), "macOS", re.compile(r"\.(?:so|dylib)$")),
    (re.compile(r"ios_|android_"), "phones", re.compile(r"\.(?:so|dylib|fwork)$")),
    (
        re.compile(r"(?:wasm|emscripten|pyodide|pyemscripten|wasi)"),
        "WebAssembly",
        re.compile(r"\.(?:so|wasm)$"),
    ),
)


def other_systems(subject: Subject) -> dict[str, list[str]]:
    """Return system -> the libraries for it in the wheel."""
    found = {}
    for tag, system, suffix in _SYSTEMS:
        files = [path for path in subject.members if suffix.search(path)]
        if files and any(tag.match(platform) for platform in subject.platforms):
            found[system] = files
    return found
