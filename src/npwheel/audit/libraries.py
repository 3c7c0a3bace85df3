"""Which file of the wheel the loader takes for a needed library, and which it does not find.

A library is found in the folders of the search path, which begin at $ORIGIN, or because
another module has loaded a file of that name before. In which order Python's code imports
modules is not read, so a library that any module reaches counts as loaded for all.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from npwheel.audit.subject import Module
from npwheel.wheel.extension_modules import installed_path

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
