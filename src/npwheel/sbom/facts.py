"""What is said of a wheel: one shape for what the build recorded and what the binary shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Source:
    """A package that libraries were taken from: its file on the index, and what that holds."""

    name: str
    version: str
    file: str | None = None
    sha256: str | None = None  # of the file; None where it could not be looked up
    libraries: Mapping[str, str] = field(default_factory=dict)  # library file name -> sha256


@dataclass(frozen=True)
class BuildFacts:
    """What only the build knows; the rest is read from the wheel.

    numpy: the release whose headers were used, None where the build did not say.
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
    sources: tuple[Source, ...]
    epoch: int


@dataclass(frozen=True)
class Library:
    """A shared library that the wheel carries. original: its name before auditwheel's."""

    file: str
    original: str
    sha256: str
    version: str | None = None
    source: Source | None = None

    @property
    def name(self) -> str:
        """The last part of `file`."""
        return self.file.rpartition("/")[2]


@dataclass(frozen=True)
class Claims:
    """What a wheel says of itself, or what its binaries show; None where it is unknown.

    numpy: the release built against; headers: their era, "1.x", "2.x" or "1.x+2.x".
    """

    wheel: str
    numpy: str | None = None
    headers: str | None = None
    target_api: str | None = None  # "0xd"
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
        """The `claims` item of `npwheel show --json`."""
        return asdict(self)


@dataclass(frozen=True)
class Disagreement:
    """One thing that the SBOM says and the binary does not show."""

    subject: str
    said: str
    found: str
