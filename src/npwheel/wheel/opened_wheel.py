"""The common interface of a wheel file and an installed distribution."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from packaging.tags import Tag

from npwheel.core.errors import NotChecked
from npwheel.wheel.metadata import Metadata

# Suffixes of text files; all other files are checked for ELF's first four bytes.
_SUFFIXES = (
    ".py .pyi .pyx .pxd .pxi .h .hpp .hh .c .cc .cpp .cu .cuh .f .f90 .txt .md .rst .json "
    ".toml .ini .cfg .html .css .js .svg .png .csv .xml .yaml .yml .ipynb .mo .po .ttf"
)
_TEXT = frozenset(_SUFFIXES.split())
ELF_MAGIC = b"\x7fELF"


class Unreadable(NotChecked):
    """The wheel or one of its members cannot be read; the message has the reason."""


@dataclass(frozen=True)
class WheelMember:
    """A file in a wheel: its path there, its size and compressed size in bytes."""

    path: str
    size: int
    packed: int

    @property
    def may_be_elf(self) -> bool:
        """Whether it may be an ELF file: not a text file by its suffix, and not too short."""
        dot = self.path.rfind(".")
        suffix = self.path[dot:].lower() if dot > self.path.rfind("/") else ""
        return self.size >= 52 and suffix not in _TEXT and ".dist-info/" not in self.path


@dataclass(frozen=True)
class Problem:
    """A defect of the archive. kind: a word by which audit rules select problems."""

    kind: str
    where: str
    message: str


class OpenedWheel(ABC):
    """Files and metadata of a wheel file or an installed distribution.

    name: for reports. file_tags: the tags in the file name, empty without one. members:
    its files. problems: defects of the archive.
    """

    name: str
    installed = False
    file_tags: frozenset[Tag] = frozenset()
    project: str = ""
    version: str = ""
    size: int = 0
    metadata: Metadata
    members: tuple[WheelMember, ...] = ()
    problems: tuple[Problem, ...] = ()

    @abstractmethod
    def head(self, member: WheelMember) -> bytes:
        """Return the first four bytes of a member. Raises Unreadable."""

    @abstractmethod
    def read(self, member: WheelMember) -> Any:
        """Return the content of a member: bytes, or a mapped file. Raises Unreadable."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> OpenedWheel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
