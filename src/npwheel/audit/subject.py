"""What rules judge: the facts of one wheel, without its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from packaging.tags import Tag

from npwheel.audit.capi import NumpyUse
from npwheel.audit.environments import Environment
from npwheel.audit.numpy_verdicts import NumpyVerdict, verdicts
from npwheel.wheel import Metadata, Problem


@dataclass(frozen=True)
class Module:
    """Facts of one library of a wheel. damage: why it could not be read, else empty.

    form: "ELF"; of a "PE" (Windows) or "Mach-O" (macOS) file only what it shows of NumPy is read.
    """

    path: str
    size: int
    machine: str = ""
    form: str = "ELF"
    float_abi: str = ""
    is_extension: bool = False
    needed: tuple[str, ...] = ()
    soname: str = ""
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    verneed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exec_stack: bool | None = False
    textrel: bool = False
    min_align: int = 0
    truncated: bool = False
    openblas: str = ""
    isa: tuple[tuple[str, str], ...] = ()
    numpy: NumpyUse = field(default_factory=NumpyUse)
    librt: tuple[str, ...] = ()  # undefined symbols that glibc has in librt.so.1 before 2.34
    gil: str = ""  # of a module for free-threaded Pythons, as `capi.gil` reads it
    damage: str = ""

    @property
    def search(self) -> tuple[str, ...]:
        """The folders in which its libraries are looked for."""
        return self.rpath + self.runpath

    @property
    def file(self) -> str:
        """The name without its folder."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def vendored(self) -> bool:
        """Does it lie where repair tools put libraries?"""
        folders = self.path.split("/")[:-1]
        return any(folder.endswith(".libs") or folder == ".libs" for folder in folders)


@dataclass(frozen=True)
class Subject:
    """Facts of one wheel.

    members: path -> size in bytes. unread: (path, why) of members that could not
    be read. tags: of the file's name, else those of WHEEL. altered: members whose content
    is not what RECORD's hash names. loaders: Python files that load libraries by their path.
    """

    name: str
    project: str
    version: str
    size: int
    installed: bool
    tags: frozenset[Tag]
    metadata: Metadata
    members: Mapping[str, int]
    problems: tuple[Problem, ...]
    modules: tuple[Module, ...]
    unread: tuple[tuple[str, str], ...] = ()
    altered: tuple[str, ...] = ()
    loaders: tuple[str, ...] = ()

    @cached_property
    def verdicts(self) -> tuple[NumpyVerdict, ...]:
        """One for each environment that the tags admit."""
        return verdicts(self.tags, self.metadata, self._uses)

    def _uses(self, environment: Environment) -> dict[str, NumpyUse]:
        """Module -> its use of NumPy; of a universal library the part for that machine."""
        return {
            module.path: module.numpy
            for module in self.modules
            if module.numpy.binding != "none"
            and (module.form == "ELF" or module.machine in (environment.arch, ""))
        }

    @cached_property
    def elf_modules(self) -> tuple[Module, ...]:
        """The libraries for Linux, of which everything is read."""
        return tuple(module for module in self.modules if module.form == "ELF")

    @cached_property
    def by_name(self) -> dict[str, Module]:
        """Each library for Linux under its file's name and its DT_SONAME."""
        return {name: m for m in self.elf_modules for name in (m.file, m.soname)}

    @property
    def unclear(self) -> tuple[str, ...]:
        """Files of which it could not be read what they require of NumPy."""
        torn = [module.file for module in self.modules if module.numpy.unread or module.damage]
        return (*torn, *(path for path, _ in self.unread))

    @property
    def platforms(self) -> frozenset[str]:
        """The platform tags."""
        return frozenset(tag.platform for tag in self.tags)

    @property
    def is_musl(self) -> bool:
        """Is it for musl alone?"""
        return bool(self.platforms) and all(p.startswith("musllinux") for p in self.platforms)

    @property
    def is_glibc(self) -> bool:
        """Is it for a manylinux policy?"""
        return any(p.startswith("manylinux") for p in self.platforms)
