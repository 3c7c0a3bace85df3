"""Facts about a wheel: one type for the claims of its SBOM and for what its binaries show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class LibrarySource:
    """A package whose shared libraries were copied into the wheel, and its file on the index."""

    name: str
    version: str
    file: str | None = None
    sha256: str | None = None  # of the file; None if the index does not have it
    libraries: Mapping[str, str] = field(default_factory=dict)  # library file name -> sha256


@dataclass(frozen=True)
class BuildFacts:
    """Facts that only the build knows; all others are read from the wheel.

    numpy: the release whose headers were used, None if the build log does not name it.
    image: reference, digest ("sha256:…"), kind, and release for local ones.
    libc: "glibc" or "musl", None for a wheel without binaries; libc_version: of the image.
    tools: name -> version of cibuildwheel, auditwheel and npwheel.
    epoch: SOURCE_DATE_EPOCH, seconds.
    """

    numpy: str | None
    image: Mapping[str, str]
    libc: str | None
    libc_version: str | None
    tools: Mapping[str, str]
    sources: tuple[LibrarySource, ...]
    epoch: int


@dataclass(frozen=True)
class Library:
    """A vendored shared library. original: its name before auditwheel renamed it."""

    file: str
    original: str
    sha256: str
    version: str | None = None
    source: LibrarySource | None = None

    @property
    def name(self) -> str:
        """The last part of `file`."""
        return self.file.rpartition("/")[2]


@dataclass(frozen=True)
class Claims:
    """The claims of a wheel's SBOM, or what its binaries show; None if unknown.

    numpy: the release built against. headers: major version of NumPy's headers, "1.x",
    "2.x" or "1.x+2.x". target_api: C-API version, such as "0xd".
    """

    wheel: str
    numpy: str | None = None
    headers: str | None = None
    target_api: str | None = None
    libraries: tuple[Library, ...] = ()
    compilers: tuple[str, ...] = ()
    libc: str | None = None
    libc_version: str | None = None
    image: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def openblas(self) -> str | None:
        """Return the vendored OpenBLAS and its release: "libscipy_openblas-….so 0.3.33"."""
        for library in self.libraries:
            if "openblas" in library.name:
                return f"{library.name} {library.version or 'of unknown release'}"
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the claims as `npwheel show --json` prints them."""
        return asdict(self)


@dataclass(frozen=True)
class Disagreement:
    """A claim of the SBOM that the binaries contradict."""

    subject: str
    recorded: str
    found: str
