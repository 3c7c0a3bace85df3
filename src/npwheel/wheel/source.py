"""What a wheel file and an installed distribution have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from packaging.tags import Tag

from npwheel.core.errors import NotChecked
from npwheel.wheel.metadata import Metadata

# Texts by their names; everything else is looked into for the four bytes of an ELF file.
_SUFFIXES = (
    ".py .pyi .pyx .pxd .pxi .h .hpp .hh .c .cc .cpp .cu .cuh .f .f90 .txt .md .rst .json "
    ".toml .ini .cfg .html .css .js .svg .png .csv .xml .yaml .yml .ipynb .mo .po .ttf"
)
_TEXT = frozenset(_SUFFIXES.split())
ELF_MAGIC = b"\x7fELF"


class Unreadable(NotChecked):
    """The wheel, or one member of it, cannot be read; the text says why."""


@dataclass(frozen=True)
class Member:
    """A file of a wheel: its path there, its size and packed size in bytes."""

    path: str
    size: int
    packed: int

    @property
    def may_be_elf(self) -> bool:
        """False for what its name calls a text, or is too short."""
        dot = self.path.rfind(".")
        suffix = self.path[dot:].lower() if dot > self.path.rfind("/") else ""
        return self.size >= 52 and suffix not in _TEXT and ".dist-info/" not in self.path


@dataclass(frozen=True)
class Problem:
    """What is wrong with the container. kind: a word that rules select by."""

    kind: str
    where: str
    message: str


class Source(ABC):
    """Files and metadata of one distribution.

    name: what reports call it. file_tags: the tags of the file's name, empty
    when there is none. members: its files. problems: of the container.
    """

    name: str
    installed = False
    file_tags: frozenset[Tag] = frozenset()
    project: str = ""
    version: str = ""
    size: int = 0
    metadata: Metadata
    members: tuple[Member, ...] = ()
    problems: tuple[Problem, ...] = ()

    @abstractmethod
    def head(self, member: Member) -> bytes:
        """The first four bytes. Raises Unreadable."""

    @abstractmethod
    def read(self, member: Member) -> Any:
        """The whole content: bytes, or a map of the file. Raises Unreadable."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
