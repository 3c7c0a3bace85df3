"""Find extension modules: which files Python can import, and under which name."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, Protocol

# What Python looks up in a module's file (PEP 489, PEP 793); "U" where the name is not ASCII.
FAMILIES: tuple[str, ...] = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")
_SCHEME = re.compile(r"^[^/]+\.data/(?:platlib|purelib)/")


@dataclass(frozen=True)
class Hook:
    """A symbol that Python calls to make a module. name: the module's own, without packages."""

    symbol: str
    name: str
    kind: Literal["init", "export"]  # PyInit_…, or the slots of PyModExport_… (PEP 793)
    address: int


class Exporting(Protocol):
    """An ELF file, as `npwheel.elf` reads it."""

    def exports(self, prefixes: tuple[str, ...]) -> dict[str, int]:
        """Name -> address of the symbols that it defines whose names begin with a prefix."""
        ...


def hooks(found: Exporting) -> tuple[Hook, ...]:
    """Return the hooks that a file exports, sorted by symbol. Raises ElfError."""
    exported = found.exports(FAMILIES)
    return tuple(_hook(symbol, address) for symbol, address in sorted(exported.items()))


def _hook(symbol: str, address: int) -> Hook:
    family, _, name = symbol.partition("_")
    if family.endswith("U"):
        # Only the last "_" can be punycode's delimiter: what follows is letters and digits.
        text = "-".join(name.rsplit("_", 1))
        with contextlib.suppress(UnicodeError):
            name = text.encode("ascii").decode("punycode")
    return Hook(symbol, name, "init" if family.startswith("PyInit") else "export", address)


def installed_path(path: str) -> str:
    """Return the path of a member below site-packages, for `.data/platlib` as well."""
    return _SCHEME.sub("", path)


def import_name(path: str, found: Iterable[Hook]) -> str | None:
    """Return the dotted name under which Python imports a file with these hooks; None: under none.

    path: of the member. `pkg/__init__.abi3.so` is the package, and Python asks it for the
    package's name.
    """
    place = PurePosixPath(installed_path(path))
    if place.suffix != ".so":
        return None
    *folders, stem = [*place.parts[:-1], place.name.split(".", 1)[0]]
    names = {hook.name for hook in found}
    if stem == "__init__" and folders:
        known, parts = bool(names & {stem, folders[-1]}), folders
    else:
        known, parts = stem in names, [*folders, stem]
    # A folder with a dot in its name (pkg.libs) cannot be imported from.
    return ".".join(parts) if known and not any("." in part for part in parts) else None
