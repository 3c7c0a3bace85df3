"""Which file of the wheel the loader takes for a needed library, and which it does not find.

A library is found in the folders of the search path, which begin at $ORIGIN, or because
another module has loaded a file of that name before. In which order Python's code imports
modules is not read, so a library that any module reaches counts as loaded for all.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.utils import canonicalize_name

from npwheel.audit import policies
from npwheel.audit.subject import Module, Subject
from npwheel.core.requirements import of_extra
from npwheel.wheel.extension_modules import installed_path

DATA = Path(__file__).parent / "data" / "without_libraries.json"
# The C library, under the names that Alpine, musl itself and glibc give it.
_LIBC = re.compile(
    r"libc\.musl-\w+\.so\.1|ld-musl-\w+\.so\.1|ld-linux[\w.-]*\.so\.\d+|ld64\.so\.\d+"
)
_PYTHON = re.compile(r"libpython\d\.\d+\w*\.so(\.\d\.\d)?")
_MAX_STEPS = 20_000
_ORIGINS = ("$ORIGIN", "${ORIGIN}")


@dataclass(frozen=True)
class Unreached:
    """A library that lies in the wheel, where no search path of those that need it leads."""

    name: str
    lies_at: str
    needed_by: tuple[str, ...]


def folders(module: Module, paths: Iterable[str]) -> Iterator[str]:
    """The folders that $ORIGIN/… of a module means, below site-packages."""
    origin = posixpath.dirname(installed_path(module.path))
    for path in paths:
        for word in _ORIGINS:
            if path == word or path.startswith(word + "/"):
                yield posixpath.normpath(posixpath.join(origin, path[len(word) :].lstrip("/")))


def unreached(
    modules: Iterable[Module], members: Iterable[str], musl: bool = False
) -> list[Unreached]:
    """The libraries of the wheel that are needed and that nothing in it reaches."""
    known = {m.path: m for m in modules if not m.damage}
    installed = {installed_path(path): path for path in members}
    by_name = {m.file: m.path for m in known.values()}
    # What Python imports is loaded too, under its DT_SONAME.
    reached = {m.soname for m in known.values() if m.is_extension and m.soname}
    # (module, folders that it inherits from what loads it)
    queue: list[tuple[Module, tuple[str, ...]]] = [(m, ()) for m in known.values()]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while queue:
        module, inherited = queue.pop()
        if (module.path, inherited) in seen:
            continue
        if len(seen) > _MAX_STEPS:
            return []  # more ways than any real wheel has: nothing is shown
        seen.add((module.path, inherited))
        own = (*folders(module, module.rpath), *inherited)
        if musl or not module.runpath:
            looked = own + tuple(folders(module, module.runpath))
        else:  # then DT_RPATH does not count, not even that of what loads it
            looked = tuple(folders(module, module.runpath))
        for name in module.needed:
            for folder in looked:
                place = installed.get(posixpath.join(folder, name).removeprefix("./"))
                if place:
                    reached.add(name)
                    if place in known:
                        queue.append((known[place], tuple(dict.fromkeys(looked if musl else own))))
                    break
    missing: dict[str, list[str]] = {}
    for module in known.values():
        for name in module.needed:
            if name in by_name and name not in reached:
                missing.setdefault(name, []).append(module.path)
    return [Unreached(n, by_name[n], tuple(users)) for n, users in sorted(missing.items())]


def missing(subject: Subject) -> dict[str, list[str]]:
    """Return library -> the files that need it, for those that the wheel and its tag lack."""
    found = [p for p in map(policies.policy_of, subject.platforms) if p]
    if not found:
        return {}
    allowed = policies.allowed_libraries(*min(found))
    lacking: dict[str, list[str]] = {}
    for module in subject.elf_modules:
        for name in module.needed:
            if name not in subject.by_name and name not in allowed and not _LIBC.fullmatch(name):
                lacking.setdefault(name, []).append(module.path)
    return lacking


def is_python(name: str) -> bool:
    """Is it libpython, which the process mostly is or has loaded?"""
    return bool(_PYTHON.fullmatch(name))


def providers(subject: Subject) -> list[str]:
    """Return the requirements that may bring libraries."""
    needed = {canonicalize_name(r.name) for r in subject.metadata.requires if not of_extra(r)}
    if subject.installed:
        return sorted(needed) or ["another package"]
    return sorted(needed - _bring_none())


@cache
def _bring_none() -> frozenset[str]:
    return frozenset(json.loads(DATA.read_text("utf-8"))["distributions"])
