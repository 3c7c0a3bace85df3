"""auditwheel's findings (`auditwheel show --json`), with the symbols that cause each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from npwheel import elf
from npwheel.audit.catalogue import rule
from npwheel.audit.model import Finding
from npwheel.audit.outside.tool import ToolFailed, run
from npwheel.audit.subject import Subject
from npwheel.core.tags import parse_platform
from npwheel.elf.versions import needed_symbols
from npwheel.wheel import Unreadable, open_wheel

_FLAGS = {
    "pyfpe": "it uses PyFPE_jbuf, which no manylinux or musllinux Python has",
    "ucs2": "it is built for a narrow-unicode Python",
    "unsupported_isa": "it is marked as needing instructions above the baseline",
}


def findings(wheel: Path, subject: Subject) -> Iterator[Finding]:
    """NPA601 for each fault; "unchecked" where auditwheel did not answer."""
    found_by = rule("NPA601")
    try:
        answer = json.loads(run("auditwheel", "show", "--json", str(wheel.absolute())))
    except (ToolFailed, ValueError) as error:
        yield found_by.found(str(error), severity="unchecked", fix="install npwheel[build]")
        return
    if answer.get("version") != 1 or answer.get("error"):
        said = answer.get("error") or f"answer of version {answer.get('version')}, expected 1"
        yield found_by.found(f"auditwheel: {said}", severity="unchecked")
        return
    for flag, meaning in _FLAGS.items():
        if answer.get(flag):
            yield found_by.found(meaning)
    yield from _tag(wheel, subject, answer)


def _tag(wheel: Path, subject: Subject, answer: Mapping[str, Any]) -> Iterator[Finding]:
    promised = [level for p in subject.platforms if (level := level_of(p)) is not None]
    if not promised:
        return  # a plain linux_… tag promises nothing
    found_by = rule("NPA601")
    lowest, overall = min(promised), level_of(answer["overall_tag"])
    if overall is not None and overall <= lowest:
        return
    tags = ", ".join(sorted(subject.platforms))
    libraries = sorted(answer.get("external_libs") or {})
    versions = sorted({v for needs in answer.get("versioned_symbols", {}).values() for v in needs})
    too_new = [v for v in versions if _newer(v, lowest)]
    yield found_by.found(
        f"consistent with {answer['overall_tag']}, expected {tags}; symbol versions alone allow "
        f"{answer['sym_tag']}; libraries outside: {', '.join(libraries) or 'none'}",
        symbols=tuple(_symbols(wheel, subject, too_new)) or tuple(libraries),
    )


def level_of(tag: str) -> tuple[int, int] | None:
    """(2, 28) of manylinux_2_28_…, None for what is no policy."""
    found = parse_platform(tag)
    return found.release if found else None


def _newer(version: str, level: tuple[int, int]) -> bool:
    match = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version)
    # Versions of other libraries have no such order; auditwheel's verdict names them.
    return (int(match[1]), int(match[2])) > level if match else not version.startswith("GLIBC_")


def _symbols(wheel: Path, subject: Subject, versions: list[str]) -> Iterator[str]:
    """ "fcntl64@GLIBC_2.28 (pkg/mod.so)", of the modules that need one of the versions."""
    wanted = frozenset(v for v in versions if v.startswith("GLIBC_"))
    paths = {
        m.path for m in subject.elf_modules for needs in m.verneed.values() if wanted & set(needs)
    }
    if not paths:
        return
    with open_wheel(wheel) as source:
        for member in source.members:
            if member.path in paths:
                try:
                    named = needed_symbols(elf.read(source.read(member)))
                except (elf.ElfError, Unreadable):
                    continue
                for version in sorted(wanted & named.keys()):
                    for symbol in named[version]:
                        yield f"{symbol}@{version} ({member.path})"
