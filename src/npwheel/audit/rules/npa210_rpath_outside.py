"""NPA210: a search path that leads out of the wheel."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject
from npwheel.wheel.extension_modules import installed_path


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each such file."""
    for module in subject.elf_modules:
        outside = tuple(dict.fromkeys(p for p in module.search if _leads_outside(p, module.path)))
        if outside:
            shown = (repr(p) if p else "'' (the working directory)" for p in outside)
            yield rule.found(
                f"RPATH has {', '.join(shown)}, expected paths below $ORIGIN inside the wheel",
                module.path,
                symbols=outside,
            )


def _leads_outside(path: str, module: str) -> bool:
    if not path:
        return True  # the working directory
    for origin in ("$ORIGIN", "${ORIGIN}"):
        if path == origin or path.startswith(origin + "/"):
            folder = posixpath.dirname(installed_path(module))
            inside = posixpath.join(folder, path[len(origin) :].lstrip("/"))
            return posixpath.normpath(inside).startswith("..")
    return True


RULE = Rule(
    id="NPA210",
    title="RPATH outside the wheel",
    severity="warning",
    what="A library looks for others in a folder that is not part of the wheel.",
    why=(
        "Whatever lies there on the user's machine is loaded first: another library of "
        "that name, or "
        "one that somebody else put there. It is left over from the build machine."
    ),
    fix="remove it with `patchelf --remove-rpath`, or build without -Wl,-rpath; then repair",
    check=check,
    sources=("https://cwe.mitre.org/data/definitions/426.html",),
)
